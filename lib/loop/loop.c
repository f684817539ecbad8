/* The loop itself: running, stopping, deferred calls, load. */
#include "loop_internal.h"

#include <stdlib.h>

#include "hms/log/log.h"

/* Runs what is scheduled now; what these calls schedule waits for the next round, so that descriptors get their turn. */
static void loop_run_deferred(struct hms_loop *loop)
{
	struct hms_list now;

	if (hms_list_empty(&loop->deferred)) {
		return;
	}
	now = loop->deferred;
	now.next->prev = now.prev->next = &now;
	hms_list_init(&loop->deferred);
	while (!hms_list_empty(&now)) {
		struct hms_defer *defer = hms_container_of(now.next, struct hms_defer, node);

		hms_list_remove(&defer->node);
		defer->cb(defer, defer->arg);
	}
}

static void loop_on_idle(uv_idle_t *idle) { (void)idle; }

/* Before the loop blocks: calls deferred by timers and close callbacks. */
static void loop_on_prepare(uv_prepare_t *prepare)
{
	struct hms_loop *loop = prepare->data;

	loop_run_deferred(loop);
	if (hms_list_empty(&loop->deferred)) {
		uv_idle_stop(&loop->idle);
	} else {
		uv_idle_start(&loop->idle, loop_on_idle);
	}
}

/* After the descriptors: calls deferred by their callbacks. */
static void loop_on_check(uv_check_t *check) { loop_run_deferred(check->data); }

static void loop_init_handles(struct hms_loop *loop)
{
	uv_prepare_init(&loop->uv, &loop->prepare);
	uv_check_init(&loop->uv, &loop->check);
	uv_idle_init(&loop->uv, &loop->idle);
	loop->prepare.data = loop->check.data = loop;
	uv_prepare_start(&loop->prepare, loop_on_prepare);
	uv_check_start(&loop->check, loop_on_check);
}

struct hms_loop *hms_loop_new(void)
{
	struct hms_loop *loop = calloc(1, sizeof(*loop));

	if (!loop) {
		return NULL;
	}
	if (uv_loop_init(&loop->uv)) {
		free(loop);
		return NULL;
	}
	/* Without it libuv does not count idle time; it cannot fail on Linux before the loop has run. */
	uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME);
	hms_list_init(&loop->deferred);
	loop_init_handles(loop);
	loop_wheel_init(loop);
	loop->load_at_ns = uv_hrtime();
	return loop;
}

void hms_loop_free(struct hms_loop **loop)
{
	enum { ROUNDS_MAX = 64 }; /* closing may take a few rounds: a closed callback may close something else */
	struct hms_loop *l = *loop;
	int busy = UV_EBUSY;

	*loop = NULL;
	if (!l) {
		return;
	}
	uv_close((uv_handle_t *)&l->prepare, NULL);
	uv_close((uv_handle_t *)&l->check, NULL);
	uv_close((uv_handle_t *)&l->idle, NULL);
	loop_wheel_close(l);
	for (int i = 0; i < ROUNDS_MAX && busy; i++) {
		uv_run(&l->uv, UV_RUN_NOWAIT);
		loop_run_deferred(l);
		busy = uv_loop_close(&l->uv);
	}
	if (busy) {
		/* Their handles still point into the loop: its memory must stay. */
		log_error("a loop was freed while objects on it are open");
		return;
	}
	free(l);
}

void hms_loop_run(struct hms_loop *loop) { uv_run(&loop->uv, UV_RUN_DEFAULT); }

void hms_loop_run_once(struct hms_loop *loop, bool block)
{
	loop->once = block;
	uv_run(&loop->uv, block ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	loop->once = false;
}

void hms_loop_stop(struct hms_loop *loop) { uv_stop(&loop->uv); }

uint64_t hms_loop_now_ms(const struct hms_loop *loop) { return uv_now(&loop->uv); }

unsigned hms_loop_load_permille(struct hms_loop *loop)
{
	uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(&loop->uv);
	uint64_t span = now - loop->load_at_ns, rest = idle - loop->load_idle_ns;

	loop->load_at_ns = now;
	loop->load_idle_ns = idle;
	if (span == 0 || rest >= span) {
		return 0;
	}
	return (unsigned)((span - rest) * 1000 / span);
}

void hms_defer_init(struct hms_defer *defer, void (*cb)(struct hms_defer *, void *), void *arg)
{
	hms_list_init(&defer->node);
	defer->cb = cb;
	defer->arg = arg;
}

void hms_defer_schedule(struct hms_loop *loop, struct hms_defer *defer)
{
	if (hms_list_empty(&defer->node)) {
		hms_list_push_back(&loop->deferred, &defer->node);
	}
}

void hms_defer_cancel(struct hms_defer *defer) { hms_list_remove(&defer->node); }
