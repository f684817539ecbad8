/* Scripts: EVALSHA, and EVAL with the whole text when Redis does not know it (NOSCRIPT: restarted, or flushed). */
#include <stdlib.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/crypto/crypto.h"
#include "keys.h"
#include "redis_internal.h"

/* What is needed to send it once more. */
struct run {
	struct hms_redis *r;
	struct hms_redis_script *script;
	redis_done_fn *done;
	redis_user_fn *user;
	void *arg;
	size_t args; /* behind the script: number of keys, keys, arguments */
	size_t len;
	char text[]; /* they, formatted */
};

void redis_script_begin(struct hms_redis *r, size_t keys)
{
	hms_buf_reset(&r->out);
	r->args = 0;
	redis_arg_number(r, keys);
}

void redis_arg_number(struct hms_redis *r, uint64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	redis_arg(r, hms_strn(digits + at, sizeof(digits) - at));
}

void redis_arg_hex(struct hms_redis *r, uint64_t value)
{
	char text[REDIS_U64_LEN + 1];

	redis_u64_text(value, text);
	redis_arg(r, hms_strn(text, REDIS_U64_LEN));
}

void redis_arg_bytes(struct hms_redis *r, struct hms_str bytes)
{
	hms_buf_char(&r->out, '$');
	hms_buf_u64(&r->out, bytes.len + 1);
	hms_buf_strz(&r->out, "\r\n");
	hms_buf_char(&r->out, REDIS_FORMAT);
	hms_buf_str(&r->out, bytes);
	hms_buf_strz(&r->out, "\r\n");
	r->args++;
}

static void name_script(struct hms_redis_script *script)
{
	struct hms_str source = hms_str(script->source);
	uint8_t sha1[HMS_HASH_MAX];

	if (script->sha1[0])
		return;
	hms_hash_parts(HMS_HASH_SHA1, &source, 1, sha1);
	hms_hex(sha1, hms_hash_size(HMS_HASH_SHA1), script->sha1);
}

static void finish(int code, const struct hms_redis_reply *reply, redis_user_fn *unused, void *arg)
{
	struct run *run = arg;

	(void)unused;
	run->done(code, reply, run->user, run->arg);
	free(run);
}

static void send_run(struct run *run, const char *command, const char *script, redis_done_fn *done)
{
	struct hms_redis *r = run->r;

	redis_command_begin(r, 2 + run->args);
	redis_arg(r, hms_str(command));
	redis_arg(r, hms_str(script));
	hms_buf_str(&r->out, hms_strn(run->text, run->len));
	redis_command_send(r, done, NULL, run);
}

static void on_reply(int code, const struct hms_redis_reply *reply, redis_user_fn *unused, void *arg)
{
	struct run *run = arg;

	if (code != 0 || reply->type != HMS_REDIS_ERROR || !hms_str_starts(reply->str, HMS_STR("NOSCRIPT"))) {
		finish(code, reply, unused, run);
		return;
	}
	/* EVAL keeps the script for the EVALSHA of the next time */
	hms_counter_inc(&redis_metrics.script_loads);
	send_run(run, "EVAL", run->script->source, finish);
}

void redis_script_run(struct hms_redis *r, struct hms_redis_script *script, redis_done_fn *done, redis_user_fn *user, void *arg)
{
	struct run *run = r->out.failed ? NULL : malloc(sizeof(*run) + r->out.len);

	name_script(script);
	if (!run) {
		r->out.failed = HMS_ENOMEM; /* so that it is not sent, but told */
		redis_command_send(r, done, user, arg);
		return;
	}
	*run = (struct run){ .r = r, .script = script, .done = done, .user = user, .arg = arg, .args = r->args, .len = r->out.len };
	memcpy(run->text, r->out.p, r->out.len);
	send_run(run, "EVALSHA", script->sha1, on_reply);
}

void hms_redis_script(struct hms_redis *r, struct hms_redis_script *script, const struct hms_str *keys, size_t key_count,
		      const struct hms_str *args, size_t arg_count, hms_redis_cb *cb, void *arg)
{
	redis_script_begin(r, key_count);
	for (size_t i = 0; i < key_count; i++)
		redis_arg(r, keys[i]);
	for (size_t i = 0; i < arg_count; i++)
		redis_arg(r, args[i]);
	redis_script_run(r, script, redis_call_user, (redis_user_fn *)cb, arg);
}
