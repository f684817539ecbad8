/* Commands under way: each callback runs exactly once, by a reply, a time-out or the end of the connection. */
#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/base/err.h"
#include "hms/log/log.h"
#include "redis_internal.h"

#define COMMAND_MAX_BYTES (32u << 20)
#define REPLY_ITEMS_MAX_BYTES (64u << 20)

struct call {
	struct hms_list node; /* of pending or failed */
	struct hms_redis *r;
	redis_done_fn *done;
	redis_user_fn *user;
	void *arg;
	uint64_t sent_us, due_ms;
};

static void finish(struct call *call, int code, const struct hms_redis_reply *reply)
{
	struct call done = *call;

	free(call);
	if (code != 0)
		redis_metrics_command(code == HMS_ETIMEOUT ? REDIS_RESULT_TIMEOUT : REDIS_RESULT_UNAVAILABLE);
	else
		redis_metrics_command(reply->type == HMS_REDIS_ERROR ? REDIS_RESULT_ERROR : REDIS_RESULT_OK);
	if (done.done)
		done.done(code, reply, done.user, done.arg);
}

static void no_longer_pending(struct call *call)
{
	hms_list_remove(&call->node);
	call->r->pending_count--;
	hms_gauge_add(&redis_metrics.pending, -1);
}

static void on_reply(redisAsyncContext *ac, void *raw, void *arg)
{
	struct call *call = arg;
	struct hms_redis *r = call->r;
	struct hms_redis_reply reply;

	(void)ac;
	no_longer_pending(call);
	if (!raw) { /* the connection ended before the answer */
		finish(call, call->due_ms <= hms_loop_now_ms(r->loop) ? HMS_ETIMEOUT : HMS_EUNAVAIL, NULL);
		return;
	}
	hms_histogram_observe_us(&redis_metrics.latency, hms_mono_us() - call->sent_us);
	if (redis_reply_view(r->scratch, raw, &reply) == 0)
		finish(call, 0, &reply);
	else
		finish(call, HMS_EUNAVAIL, NULL);
	hms_arena_reset(r->scratch);
}

/* Replies come in the order of the commands: when the oldest is late, the others wait behind it. */
static void on_timeout(struct hms_timer *timer, void *arg)
{
	struct hms_redis *r = arg;
	uint64_t now_ms = hms_loop_now_ms(r->loop);
	struct call *oldest;

	if (hms_list_empty(&r->pending))
		return;
	oldest = hms_container_of(r->pending.next, struct call, node);
	if (oldest->due_ms > now_ms)
		hms_timer_start(timer, oldest->due_ms - now_ms);
	else
		redis_link_renew(&r->commands, "a command was not answered in time");
}

static void tell_failed(struct hms_redis *r)
{
	struct hms_list now;

	/* Only those that are there: a callback may send again, and that fails in the next round. */
	if (hms_list_empty(&r->failed))
		return;
	now = r->failed;
	now.next->prev = now.prev->next = &now;
	hms_list_init(&r->failed);
	while (!hms_list_empty(&now)) {
		struct call *call = hms_container_of(now.next, struct call, node);

		hms_list_remove(&call->node);
		finish(call, HMS_EUNAVAIL, NULL);
	}
}

static void on_tell_failed(struct hms_defer *defer, void *arg)
{
	(void)defer;
	tell_failed(arg);
}

void redis_command_init(struct hms_redis *r)
{
	hms_list_init(&r->pending);
	hms_list_init(&r->failed);
	hms_defer_init(&r->tell_failed, on_tell_failed, r);
	hms_timer_init(&r->timeout, r->loop, on_timeout, r);
	r->out = HMS_BUF_INIT(COMMAND_MAX_BYTES);
	r->scratch = hms_arena_new(REPLY_ITEMS_MAX_BYTES);
}

void redis_command_fini(struct hms_redis *r)
{
	hms_timer_stop(&r->timeout);
	while (!hms_list_empty(&r->failed))
		tell_failed(r);
	hms_defer_cancel(&r->tell_failed);
	hms_buf_fini(&r->out);
	hms_arena_free(&r->scratch);
}

void redis_command_begin(struct hms_redis *r, size_t args)
{
	hms_buf_reset(&r->out);
	hms_buf_char(&r->out, '*');
	hms_buf_u64(&r->out, args);
	hms_buf_strz(&r->out, "\r\n");
}

void redis_arg(struct hms_redis *r, struct hms_str arg)
{
	hms_buf_char(&r->out, '$');
	hms_buf_u64(&r->out, arg.len);
	hms_buf_strz(&r->out, "\r\n");
	hms_buf_str(&r->out, arg);
	hms_buf_strz(&r->out, "\r\n");
	r->args++;
}

static bool can_send(const struct hms_redis *r)
{
	return r->commands.state == LINK_READY && r->out.failed == 0 && r->pending_count < (size_t)r->conf->commands_max;
}

static void become_pending(struct call *call)
{
	struct hms_redis *r = call->r;
	uint64_t timeout_ms = (uint64_t)r->conf->command_timeout;

	call->sent_us = hms_mono_us();
	call->due_ms = hms_loop_now_ms(r->loop) + timeout_ms;
	hms_list_push_back(&r->pending, &call->node);
	r->pending_count++;
	hms_gauge_add(&redis_metrics.pending, 1);
	if (!hms_timer_active(&r->timeout))
		hms_timer_start(&r->timeout, timeout_ms);
}

void redis_command_send(struct hms_redis *r, redis_done_fn *done, redis_user_fn *user, void *arg)
{
	const char *text = hms_buf_z(&r->out); /* hiredis looks at the byte behind a command of one word */
	struct call *call = calloc(1, sizeof(*call));

	if (!call) { /* nothing is left to remember the callback with: better now than never */
		if (done)
			done(HMS_EUNAVAIL, NULL, user, arg);
		return;
	}
	*call = (struct call){ .r = r, .done = done, .user = user, .arg = arg };
	if (can_send(r) && redisAsyncFormattedCommand(r->commands.ac, on_reply, call, text, r->out.len) == REDIS_OK) {
		become_pending(call);
		return;
	}
	hms_list_push_back(&r->failed, &call->node);
	hms_defer_schedule(r->loop, &r->tell_failed);
}

void redis_call_user(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg)
{
	if (user)
		((hms_redis_cb *)user)(code, reply, arg);
}

void hms_redis_command(struct hms_redis *r, const struct hms_str *args, size_t count, hms_redis_cb *cb, void *arg)
{
	redis_command_begin(r, count);
	for (size_t i = 0; i < count; i++)
		redis_arg(r, args[i]);
	redis_command_send(r, redis_call_user, (redis_user_fn *)cb, arg);
}
