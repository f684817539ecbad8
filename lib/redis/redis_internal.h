/* What the files of this folder share: the client, its two connections, commands under way. */
#ifndef HMS_REDIS_INTERNAL_H
#define HMS_REDIS_INTERNAL_H

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "hms/redis/redis.h"

/* ---- url.c ---- */
struct redis_url {
	char unix_path[108]; /* of a Unix socket; empty: host and port */
	char host[256];
	char port[6];
	char user[129], password[257];
	char db[6];
};
/** Returns 0 or HMS_ESYNTAX. The text never holds the URL: it may hold a password. */
int redis_url_parse(const char *url, struct redis_url *out, struct hms_err *err);

/* ---- resolve.c: names are looked up beside the loop, since hiredis would block it ---- */
struct redis_resolve {
	struct hms_timer poll;
	struct redis_lookup *lookup; /* under way, or NULL */
	/** address is numeric, NULL on failure; reason is for the log. */
	void (*done)(struct redis_resolve *resolve, const char *address, const char *reason);
};
void redis_resolve_init(struct redis_resolve *resolve, struct hms_loop *loop,
			void (*done)(struct redis_resolve *, const char *, const char *));
/** done runs once, perhaps inside the call. @param attempt  picks one of several addresses. */
void redis_resolve_start(struct redis_resolve *resolve, const char *host, unsigned attempt);
/** done does not run any more. */
void redis_resolve_stop(struct redis_resolve *resolve);

/* ---- adapter.c ---- */
/** Connects hiredis's hooks with the loop. Returns 0, HMS_ENOMEM or HMS_EIO; ac still belongs to the caller then. */
int redis_adapter_attach(redisAsyncContext *ac, struct hms_loop *loop);

/* ---- link.c: one connection, made again for ever ---- */
enum redis_link_state { LINK_STOPPED, LINK_WAITING, LINK_RESOLVING, LINK_HELLO, LINK_READY };
struct redis_link {
	struct hms_loop *loop;
	const struct redis_url *url;
	const struct hms_redis_conf *conf;
	const char *name; /* for the log */
	enum redis_link_state state;
	redisAsyncContext *ac;	/* in HELLO and READY */
	struct hms_timer timer; /* WAITING: until the next attempt; RESOLVING and HELLO: the longest wait */
	struct redis_resolve resolve;
	unsigned attempts, hello_left;
	const char *channel; /* subscribed to as the end of the hello; may be NULL */
	hms_redis_message_cb *message;
	void (*ready)(void *arg);
	void (*lost)(void *arg); /* only after ready */
	void *arg, *message_arg;
};
void redis_link_init(struct redis_link *link, struct hms_loop *loop, const struct redis_url *url, const struct hms_redis_conf *conf,
		     const char *name);
void redis_link_start(struct redis_link *link);
/** Closes what is open; hiredis runs the callbacks of pending commands with a NULL reply. */
void redis_link_stop(struct redis_link *link);
/** As stop, then tries again. */
void redis_link_renew(struct redis_link *link, const char *why);

/* ---- the client ---- */
struct hms_redis {
	struct hms_loop *loop;
	const struct hms_redis_conf *conf;
	struct redis_url url;
	struct hms_redis_state_cb cb;
	void *arg;
	struct redis_link commands, subscription;
	char *channel;

	/* command.c */
	struct hms_list pending; /* sent, the oldest first */
	size_t pending_count;
	struct hms_list failed; /* not sent; told in the next deferred call */
	struct hms_defer tell_failed;
	struct hms_timer timeout;  /* armed while something is pending, for the oldest or earlier */
	struct hms_buf out;	   /* the command that is being formatted */
	size_t args;		   /* arguments in it */
	struct hms_arena *scratch; /* nested replies, during one callback */
};

/** Any callback of a user of this library, carried to a `done` that knows its type. */
typedef void redis_user_fn(void);
/** Runs exactly once for each command. */
typedef void redis_done_fn(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg);

/* command.c */
void redis_command_init(struct hms_redis *r);
/** Callbacks of all that is left run, with HMS_EUNAVAIL. The connection is closed already. */
void redis_command_fini(struct hms_redis *r);
/** The redis_done_fn of a hms_redis_cb. */
void redis_call_user(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg);

/** A command is formatted in r->out: begin, each argument, send. */
void redis_command_begin(struct hms_redis *r, size_t args);
void redis_arg(struct hms_redis *r, struct hms_str arg);
void redis_command_send(struct hms_redis *r, redis_done_fn *done, redis_user_fn *user, void *arg);

/* script.c: begin, each key, each argument (by redis_arg, too), run. */
void redis_script_begin(struct hms_redis *r, size_t keys);
/** A number in decimal, for what Lua calculates with: below 2^53. */
void redis_arg_number(struct hms_redis *r, uint64_t value);
/** A version or sid: 16 hex digits. */
void redis_arg_hex(struct hms_redis *r, uint64_t value);
/** Bytes behind the format byte. */
void redis_arg_bytes(struct hms_redis *r, struct hms_str bytes);
void redis_script_run(struct hms_redis *r, struct hms_redis_script *script, redis_done_fn *done, redis_user_fn *user, void *arg);

/* reply.c */
/** Views a reply of hiredis; nested items are made in the arena. Returns 0 or HMS_ENOMEM. */
int redis_reply_view(struct hms_arena *arena, const redisReply *from, struct hms_redis_reply *to);

/* metrics.c */
struct redis_metrics {
#include "hms/metrics/fields.inc"
#include "hms/redis/metrics.def"
#include "hms/metrics/end.inc"
};
extern struct redis_metrics redis_metrics;
enum redis_result { REDIS_RESULT_OK, REDIS_RESULT_ERROR, REDIS_RESULT_TIMEOUT, REDIS_RESULT_UNAVAILABLE, REDIS_RESULT_COUNT };
void redis_metrics_command(enum redis_result result);

#endif
