/* The mailbox of a live session: POST, TAKE and REVOKE (contracts 3). The rules are in lib/redis/scripts. */
#include "hms/redis/mailbox.h"

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "keys.h"
#include "redis_internal.h"
#include "scripts.h"

static struct hms_redis_script post = { .name = "post", .source = hms_redis_lua_post };
static struct hms_redis_script take = { .name = "take", .source = hms_redis_lua_take };
static struct hms_redis_script revoke = { .name = "revoke", .source = hms_redis_lua_revoke };

/* Finds a script's word among names. Returns its index or HMS_EPROTO; an error of Redis itself is HMS_EUNAVAIL. */
static int read_word(const struct hms_redis_reply *reply, const char *const *names, int count)
{
	if (reply->type == HMS_REDIS_ERROR)
		return HMS_EUNAVAIL;
	for (int i = 0; reply->type == HMS_REDIS_STR && i < count; i++)
		if (hms_str_eqz(reply->str, names[i]))
			return i;
	return HMS_EPROTO;
}

/* Begins a script with m, and with w where sid is not NULL. */
static void begin(struct hms_redis *r, struct hms_device_id id, const uint64_t *waiter_sid)
{
	char m[REDIS_KEY_SIZE], w[REDIS_KEY_SIZE];

	redis_key_of('m', id, m);
	redis_script_begin(r, waiter_sid ? 2 : 1);
	redis_arg(r, hms_str(m));
	if (waiter_sid) {
		redis_waiter_key(id, *waiter_sid, w);
		redis_arg(r, hms_str(w));
	}
}

/* ---- POST ---- */

static void posted(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg)
{
	static const char *const names[] = { [HMS_POST_OK] = "ok", [HMS_POST_STALE] = "stale", [HMS_POST_ENDED] = "ended" };
	int word = code == 0 ? read_word(reply, names, 3) : code;

	if (user)
		((hms_post_cb *)user)(word < 0 ? word : 0, word < 0 ? HMS_POST_STALE : (enum hms_post_result)word, arg);
}

void hms_mail_post(struct hms_redis *r, struct hms_device_id id, uint64_t version, uint64_t sid, uint32_t decided,
		   const struct hms_mail_item *items, size_t count, hms_post_cb *cb, void *arg)
{
	char hex[REDIS_HEX_LEN + 1];

	hms_hex(id.b, sizeof(id.b), hex);
	begin(r, id, &sid);
	redis_arg_hex(r, version);
	redis_arg_hex(r, sid);
	redis_arg_number(r, decided);
	redis_arg(r, hms_str(hex));
	for (size_t i = 0; i < count; i++) {
		redis_arg_number(r, items[i].n);
		redis_arg_bytes(r, items[i].grant);
	}
	redis_script_run(r, &post, posted, (redis_user_fn *)cb, arg);
}

/* ---- TAKE ---- */

/* {'item', n, old t, item} */
static int read_item(const struct hms_redis_reply *reply, struct hms_take *out)
{
	const struct hms_redis_reply *f = reply->items;

	if (reply->count != 4 || f[1].type != HMS_REDIS_INT || f[2].type != HMS_REDIS_INT || f[3].type != HMS_REDIS_STR ||
	    f[3].str.len == 0)
		return HMS_EPROTO;
	if (f[1].integer < 0 || f[1].integer > UINT32_MAX || f[2].integer < 0 || f[2].integer > UINT32_MAX)
		return HMS_EPROTO;
	if (f[3].str.p[0] != REDIS_FORMAT)
		return HMS_EVERSION;
	out->n = (uint32_t)f[1].integer;
	out->old_t = (uint32_t)f[2].integer;
	out->grant = hms_strn(f[3].str.p + 1, f[3].str.len - 1);
	return 0;
}

static int read_take(const struct hms_redis_reply *reply, struct hms_take *out)
{
	static const char *const names[] = {
		[HMS_TAKE_ITEM] = "item",
		[HMS_TAKE_DECIDED] = "decided",
		[HMS_TAKE_NONE] = "none",
		[HMS_TAKE_WAIT] = "wait",
	};
	int word;

	if (reply->type == HMS_REDIS_ERROR)
		return HMS_EUNAVAIL;
	if (reply->type != HMS_REDIS_ARRAY || reply->count == 0)
		return HMS_EPROTO;
	word = read_word(&reply->items[0], names, 4);
	if (word < 0)
		return word;
	out->result = (enum hms_take_result)word;
	return out->result == HMS_TAKE_ITEM ? read_item(reply, out) : 0;
}

static void took(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg)
{
	struct hms_take out = { 0 };

	if (code == 0)
		code = read_take(reply, &out);
	((hms_take_cb *)user)(code, code == 0 ? &out : NULL, arg);
}

void hms_mail_take(struct hms_redis *r, struct hms_device_id id, uint64_t sid, uint32_t seq, uint32_t after, bool need_decided,
		   const char *fe, uint64_t hold_ms, hms_take_cb *cb, void *arg)
{
	begin(r, id, &sid);
	redis_arg_hex(r, sid);
	redis_arg_number(r, seq);
	redis_arg_number(r, after);
	redis_arg_number(r, need_decided);
	redis_arg(r, hms_str(fe));
	redis_arg_number(r, hold_ms);
	redis_script_run(r, &take, took, (redis_user_fn *)cb, arg);
}

/* ---- REVOKE ---- */

static void revoked(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg)
{
	static const char *const names[] = { [HMS_REVOKE_MISS] = "miss", [HMS_REVOKE_TAKEN] = "taken", [HMS_REVOKE_DONE] = "revoked" };
	int word = code == 0 ? read_word(reply, names, 3) : code;

	/* "miss" proves nothing: so it stands where nothing is known */
	if (user)
		((hms_revoke_cb *)user)(word < 0 ? word : 0, word < 0 ? HMS_REVOKE_MISS : (enum hms_revoke_result)word, arg);
}

void hms_mail_revoke(struct hms_redis *r, struct hms_device_id id, uint64_t sid, uint32_t n, hms_revoke_cb *cb, void *arg)
{
	begin(r, id, NULL);
	redis_arg_hex(r, sid);
	redis_arg_number(r, n);
	redis_script_run(r, &revoke, revoked, (redis_user_fn *)cb, arg);
}
