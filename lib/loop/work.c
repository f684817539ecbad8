/* Work that blocks (disks), on libuv's pool of threads. */
#include "loop_internal.h"

_Static_assert(sizeof(uv_work_t) <= sizeof(((struct hms_work *)0)->request), "libuv's request fits");
_Static_assert(_Alignof(uv_work_t) <= _Alignof(uint64_t), "and lies right");

static uv_work_t *work_request(struct hms_work *work) { return (uv_work_t *)(void *)work->request; }

static void work_on_thread(uv_work_t *uv)
{
	struct hms_work *work = uv->data;

	work->work(work->arg);
}

static void work_on_done(uv_work_t *uv, int status)
{
	struct hms_work *work = uv->data;

	(void)status; /* nothing is ever cancelled */
	work->loop->works--;
	work->done(work->arg);
}

void hms_work_run(struct hms_work *work, struct hms_loop *loop, void (*fn)(void *arg), void (*done)(void *arg), void *arg)
{
	work->loop = loop;
	work->work = fn;
	work->done = done;
	work->arg = arg;
	work_request(work)->data = work;
	loop->works++;
	uv_queue_work(&loop->uv, work_request(work), work_on_thread, work_on_done); /* fails without a callback only */
}
