/** The event loop: descriptors, timers, signals, wake-ups. libuv is used inside lib/loop only.
 *
 *  Everything here belongs to the loop's thread, but for hms_wake_signal(). Objects are embedded in or owned by
 *  their users and closed in two phases: after hms_..._close() no callback but the closed one runs, and memory may
 *  be freed in the closed callback. */
#ifndef HMS_LOOP_LOOP_H
#define HMS_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "hms/base/list.h"

struct hms_loop;

struct hms_loop *hms_loop_new(void);
/** All objects must have been closed. */
void hms_loop_free(struct hms_loop **loop);
/** Runs until hms_loop_stop(). */
void hms_loop_run(struct hms_loop *loop);
/** Runs one iteration; block = wait for an event. For tests and for closing down. */
void hms_loop_run_once(struct hms_loop *loop, bool block);
void hms_loop_stop(struct hms_loop *loop);

/** Monotonic milliseconds as of the start of this iteration: cheap. */
uint64_t hms_loop_now_ms(const struct hms_loop *loop);

/** Share of time spent working since the last call, 0..1000. Exported as a metric and used for admission. */
unsigned hms_loop_load_permille(struct hms_loop *loop);

/* ---- descriptors ---- */
enum { HMS_IO_READ = 1, HMS_IO_WRITE = 2 };
struct hms_io;
/** @param events  HMS_IO_*: what is ready; an error shows as both. May close io. */
typedef void hms_io_cb(struct hms_io *io, int events, void *arg);

/** Watches fd (kept open by the caller until closed is called). NULL when out of memory. */
struct hms_io *hms_io_new(struct hms_loop *loop, int fd, hms_io_cb *cb, void *arg);
/** Sets what to wait for; 0 pauses. Cheap when nothing changes. Returns 0 or HMS_EIO. */
int hms_io_set(struct hms_io *io, int events);
/** closed (may be NULL) runs later on the loop; the fd may be closed then, and not before. Frees io. */
void hms_io_close(struct hms_io *io, void (*closed)(void *arg), void *arg);

/* ---- timers: a hashed wheel of 4 ms slots driven by one libuv timer ---- */
struct hms_timer {
	struct hms_list node;
	struct hms_loop *loop;
	uint64_t due_ms;
	void (*cb)(struct hms_timer *timer, void *arg);
	void *arg;
};
/** Embedded; needs no fini as long as it is stopped before its memory goes. */
void hms_timer_init(struct hms_timer *timer, struct hms_loop *loop, void (*cb)(struct hms_timer *, void *), void *arg);
/** (Re)arms: cb runs once, not before `ms` after hms_loop_now_ms(); O(1). ms is capped at 30 days. */
void hms_timer_start(struct hms_timer *timer, uint64_t ms);
void hms_timer_stop(struct hms_timer *timer);
bool hms_timer_active(const struct hms_timer *timer);

/* ---- deferred calls: once, after the callbacks of this iteration, before it blocks again ---- */
struct hms_defer {
	struct hms_list node;
	void (*cb)(struct hms_defer *defer, void *arg);
	void *arg;
};
void hms_defer_init(struct hms_defer *defer, void (*cb)(struct hms_defer *, void *), void *arg);
/** No effect when it is scheduled already. */
void hms_defer_schedule(struct hms_loop *loop, struct hms_defer *defer);
void hms_defer_cancel(struct hms_defer *defer);

/* ---- signals and wake-ups from other threads ---- */
struct hms_signal;
struct hms_signal *hms_signal_new(struct hms_loop *loop, int signum, void (*cb)(int signum, void *arg), void *arg);
void hms_signal_close(struct hms_signal **signal);

struct hms_wake;
struct hms_wake *hms_wake_new(struct hms_loop *loop, void (*cb)(void *arg), void *arg);
/** Any thread, any number of times: cb runs at least once afterwards on the loop. */
void hms_wake_signal(struct hms_wake *wake);
void hms_wake_close(struct hms_wake **wake);

/* ---- work that blocks, on a small pool of threads ---- */
/** Embedded; its memory stays until done. */
struct hms_work {
	uint64_t request[16]; /* libuv's */
	struct hms_loop *loop;
	void (*work)(void *arg);
	void (*done)(void *arg);
	void *arg;
};
/** Runs work on a thread of the pool (four, shared by the process; UV_THREADPOOL_SIZE), then done on the loop, exactly once, never inside the call. Nothing
 *  is cancelled: hms_loop_free() waits for what is under way. done may free it, or run it again. */
void hms_work_run(struct hms_work *work, struct hms_loop *loop, void (*fn)(void *arg), void (*done)(void *arg), void *arg);

#endif
