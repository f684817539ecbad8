/* The Lua scripts of lib/redis/scripts, as text. */
#ifndef HMS_REDIS_SCRIPTS_H
#define HMS_REDIS_SCRIPTS_H

extern const char hms_redis_lua_post[];
extern const char hms_redis_lua_take[];
extern const char hms_redis_lua_revoke[];
extern const char hms_redis_lua_entry_set[];

#endif
