/* Timers: a hashed wheel of 4 ms slots. Starting and stopping are O(1) list operations; one libuv timer waits for
 * the next slot in use. */
#include "loop_internal.h"

#define WHEEL_IDLE UINT64_MAX
#define TIMER_MAX_MS ((uint64_t)30 * 24 * 3600 * 1000)

static void wheel_on_timer(uv_timer_t *driver);

static inline uint64_t wheel_tick_of(const struct hms_timer *timer) { return timer->due_ms / WHEEL_SLOT_MS; }

static inline size_t wheel_slot_of(uint64_t tick) { return tick % WHEEL_SLOTS; }

static void wheel_insert(struct wheel *wheel, struct hms_timer *timer)
{
	size_t slot = wheel_slot_of(wheel_tick_of(timer));

	hms_list_push_back(&wheel->slots[slot], &timer->node);
	wheel->used[slot / 64] |= UINT64_C(1) << slot % 64;
}

static void wheel_remove(struct wheel *wheel, struct hms_timer *timer)
{
	size_t slot = wheel_slot_of(wheel_tick_of(timer));

	hms_list_remove(&timer->node);
	if (hms_list_empty(&wheel->slots[slot])) {
		wheel->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	}
}

static void wheel_arm(struct hms_loop *loop, uint64_t tick)
{
	uint64_t at_ms = tick * WHEEL_SLOT_MS, now = uv_now(&loop->uv);

	loop->wheel.armed = tick;
	uv_timer_start(&loop->wheel.driver, wheel_on_timer, at_ms > now ? at_ms - now : 0, 0);
}

/* The first tick after the cursor whose slot is in use. Its timers may belong to a later turn: then the wheel
 * wakes for nothing, once a turn. */
static uint64_t wheel_next(const struct wheel *wheel)
{
	uint64_t tick = wheel->cursor + 1;
	size_t start = wheel_slot_of(tick), i = start / 64;
	uint64_t word = wheel->used[i] & (~UINT64_C(0) << start % 64);

	for (size_t n = 0; n <= WHEEL_WORDS; n++) {
		if (word) {
			size_t slot = i * 64 + (size_t)__builtin_ctzll(word);

			return tick + (slot + WHEEL_SLOTS - start) % WHEEL_SLOTS;
		}
		i = (i + 1) % WHEEL_WORDS;
		word = wheel->used[i];
	}
	return WHEEL_IDLE;
}

static void wheel_run_slot(struct wheel *wheel, uint64_t tick, uint64_t now_tick)
{
	size_t slot = wheel_slot_of(tick);
	struct hms_list *head = &wheel->slots[slot], due;

	wheel->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	if (hms_list_empty(head)) {
		return;
	}
	due = *head;
	due.next->prev = due.prev->next = &due;
	hms_list_init(head);
	/* A callback may stop or restart any timer, those of this list too: always take the first. */
	while (!hms_list_empty(&due)) {
		struct hms_timer *timer = hms_container_of(due.next, struct hms_timer, node);

		hms_list_remove(&timer->node);
		if (wheel_tick_of(timer) > now_tick) {
			wheel_insert(wheel, timer);
		} else {
			timer->cb(timer, timer->arg);
		}
	}
}

static void wheel_on_timer(uv_timer_t *driver)
{
	struct hms_loop *loop = driver->data;
	struct wheel *wheel = &loop->wheel;
	uint64_t now_tick = uv_now(&loop->uv) / WHEEL_SLOT_MS, next;

	if (loop->once) {
		uv_stop(&loop->uv);
	}
	/* While it runs, a timer that is started must not arm the driver: that is done once, below. */
	wheel->armed = 0;
	if (now_tick - wheel->cursor > WHEEL_SLOTS) {
		wheel->cursor = now_tick - WHEEL_SLOTS; /* each slot once is enough after a long pause */
	}
	while ((next = wheel_next(wheel)) <= now_tick) {
		wheel->cursor = next;
		wheel_run_slot(wheel, next, now_tick);
	}
	wheel->cursor = now_tick;
	next = wheel_next(wheel);
	wheel->armed = WHEEL_IDLE;
	if (next != WHEEL_IDLE) {
		wheel_arm(loop, next);
	}
}

void loop_wheel_init(struct hms_loop *loop)
{
	struct wheel *wheel = &loop->wheel;

	for (size_t i = 0; i < WHEEL_SLOTS; i++) {
		hms_list_init(&wheel->slots[i]);
	}
	wheel->cursor = uv_now(&loop->uv) / WHEEL_SLOT_MS;
	wheel->armed = WHEEL_IDLE;
	wheel->driver.data = loop;
	uv_timer_init(&loop->uv, &wheel->driver);
}

void loop_wheel_close(struct hms_loop *loop) { uv_close((uv_handle_t *)&loop->wheel.driver, NULL); }

void hms_timer_init(struct hms_timer *timer, struct hms_loop *loop, void (*cb)(struct hms_timer *, void *), void *arg)
{
	hms_list_init(&timer->node);
	timer->loop = loop;
	timer->due_ms = 0;
	timer->cb = cb;
	timer->arg = arg;
}

void hms_timer_start(struct hms_timer *timer, uint64_t ms)
{
	struct hms_loop *loop = timer->loop;
	struct wheel *wheel = &loop->wheel;
	uint64_t due = uv_now(&loop->uv) + (ms < TIMER_MAX_MS ? ms : TIMER_MAX_MS);
	uint64_t tick = (due + WHEEL_SLOT_MS - 1) / WHEEL_SLOT_MS;

	hms_timer_stop(timer);
	if (tick <= wheel->cursor) {
		tick = wheel->cursor + 1; /* that slot has been processed */
	}
	timer->due_ms = tick * WHEEL_SLOT_MS;
	wheel_insert(wheel, timer);
	if (tick < wheel->armed) {
		wheel_arm(loop, tick);
	}
}

void hms_timer_stop(struct hms_timer *timer)
{
	if (hms_timer_active(timer)) {
		wheel_remove(&timer->loop->wheel, timer);
	}
}

bool hms_timer_active(const struct hms_timer *timer) { return !hms_list_empty(&timer->node); }
