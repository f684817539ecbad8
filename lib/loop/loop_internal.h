/* What the files of lib/loop share: the loop's libuv handles and its timer wheel. */
#ifndef LOOP_INTERNAL_H
#define LOOP_INTERNAL_H

#include <uv.h>

#include "hms/loop/loop.h"

enum {
	WHEEL_SLOT_MS = 4,
	WHEEL_SLOTS = 8192, /* a turn of 33 s: longer timers are looked at once a turn */
	WHEEL_WORDS = WHEEL_SLOTS / 64,
};

/** Ticks are multiples of WHEEL_SLOT_MS of the loop's clock; a timer lies in slot (tick % WHEEL_SLOTS). */
struct wheel {
	struct hms_list slots[WHEEL_SLOTS];
	uint64_t used[WHEEL_WORDS]; /* a bit per slot that is not empty */
	uint64_t cursor;	    /* the last tick that has been processed */
	uint64_t armed;		    /* tick that the libuv timer waits for; WHEEL_IDLE: none */
	uv_timer_t driver;
};

struct hms_loop {
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle; /* active while deferred calls wait: the loop does not block */
	struct hms_list deferred;
	bool once; /* an iteration that waits for one event, which may be a timer that is due before it waits */
	uint64_t load_idle_ns, load_at_ns;
	struct wheel wheel;
};

void loop_wheel_init(struct hms_loop *loop);
void loop_wheel_close(struct hms_loop *loop);

#endif
