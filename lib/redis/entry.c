/* The cache entry of a device: d:{dev} (contracts 3). */
#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/crypto/crypto.h"
#include "hms/redis/mailbox.h"
#include "keys.h"
#include "redis_internal.h"
#include "scripts.h"

#define ENTRY_LIFE_S (24 * 3600)
/* up to a tenth more, so that entries that were written together do not go together */
#define ENTRY_JITTER_S (ENTRY_LIFE_S / 10)

static struct hms_redis_script entry_set = { .name = "entry_set", .source = hms_redis_lua_entry_set };

static bool is_text(const struct hms_redis_reply *item) { return item->type == HMS_REDIS_STR; }

/* The fields as HMGET v f k c a g gave them. What cannot be read is as if it were missing: "ask" (I3). */
static bool read_entry(const struct hms_redis_reply *reply, struct hms_entry *entry)
{
	const struct hms_redis_reply *f = reply->items;
	uint64_t flags;

	if (reply->type != HMS_REDIS_ARRAY || reply->count != 6 || !is_text(&f[0]) || !is_text(&f[1]) || !is_text(&f[2]) || !is_text(&f[3]))
		return false;
	if (redis_u64_parse(f[0].str, &entry->version) != 0 || hms_str_u64(f[1].str, &flags) != 0 || flags > UINT32_MAX)
		return false;
	if (f[3].str.len == 0 || f[3].str.p[0] != REDIS_FORMAT)
		return false;
	entry->flags = (uint32_t)flags;
	entry->key = f[2].str;
	entry->credentials = hms_strn(f[3].str.p + 1, f[3].str.len - 1);
	entry->group = is_text(&f[5]) ? f[5].str : HMS_STR(""); /* entries of older releases have none */
	entry->has_alias = is_text(&f[4]);
	return !entry->has_alias || (f[4].str.len == REDIS_HEX_LEN && hms_unhex(f[4].str, entry->alias.b, 16) == 16);
}

static void got_entry(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg)
{
	struct hms_entry entry = { 0 };

	if (code == 0 && reply->type == HMS_REDIS_ERROR)
		code = HMS_EUNAVAIL;
	((hms_entry_cb *)user)(code, code == 0 && read_entry(reply, &entry) ? &entry : NULL, arg);
}

void hms_entry_get(struct hms_redis *r, struct hms_device_id id, hms_entry_cb *cb, void *arg)
{
	char key[REDIS_KEY_SIZE];

	redis_key_of('d', id, key);
	redis_command_begin(r, 8);
	redis_arg(r, HMS_STR("HMGET"));
	redis_arg(r, hms_str(key));
	for (const char *field = "vfkcag"; *field; field++)
		redis_arg(r, hms_strn(field, 1));
	redis_command_send(r, got_entry, (redis_user_fn *)cb, arg);
}

static void entry_written(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg)
{
	if (code == 0 && (reply->type != HMS_REDIS_STR || !hms_str_eqz(reply->str, "ok")))
		code = reply->type == HMS_REDIS_STR && hms_str_eqz(reply->str, "stale") ? HMS_ESTALE : HMS_EUNAVAIL;
	if (user)
		((hms_code_cb *)user)(code, arg);
}

void hms_entry_set(struct hms_redis *r, struct hms_device_id id, const struct hms_entry *entry, hms_code_cb *cb, void *arg)
{
	char key[REDIS_KEY_SIZE], alias[REDIS_HEX_LEN + 1];

	redis_key_of('d', id, key);
	redis_script_begin(r, 1);
	redis_arg(r, hms_str(key));
	redis_arg_hex(r, entry->version);
	redis_arg_number(r, ENTRY_LIFE_S + hms_random_u64() % ENTRY_JITTER_S);
	redis_arg(r, HMS_STR("f"));
	redis_arg_number(r, entry->flags);
	redis_arg(r, HMS_STR("k"));
	redis_arg(r, entry->key);
	redis_arg(r, HMS_STR("c"));
	redis_arg_bytes(r, entry->credentials);
	redis_arg(r, HMS_STR("g"));
	redis_arg(r, entry->group);
	if (entry->has_alias) {
		hms_hex(entry->alias.b, sizeof(entry->alias.b), alias);
		redis_arg(r, HMS_STR("a"));
		redis_arg(r, hms_str(alias));
	}
	redis_script_run(r, &entry_set, entry_written, (redis_user_fn *)cb, arg);
}
