/* Sessions that ScheduleInform asked for. */
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>

#include "cell.h"
#include "hms/base/clock.h"

static void arm(struct cell *cell)
{
	const struct scheduled *s = &cell->scheduled;
	uint64_t now_ms = hms_mono_ms(), due_ms = UINT64_MAX;

	for (uint16_t i = 0; i < s->count; i++)
		if (s->list[i].due_ms < due_ms)
			due_ms = s->list[i].due_ms;
	if (s->count > 0)
		hms_timer_start(&cell->schedule_timer, due_ms > now_ms ? due_ms - now_ms : 0);
	else
		hms_timer_stop(&cell->schedule_timer);
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct cell *cell = arg;
	struct scheduled *s = &cell->scheduled;
	uint64_t now_ms = hms_mono_ms();
	uint16_t kept = 0;

	(void)timer;
	for (uint16_t i = 0; i < s->count; i++) {
		if (s->list[i].due_ms > now_ms) {
			s->list[kept++] = s->list[i];
			continue;
		}
		events_add(&cell->events, HMS_EVENT_SCHEDULED);
		events_add_m(&cell->events, HMS_EVENT_M_SCHEDULE_INFORM, hms_str(s->list[i].key));
	}
	s->count = kept;
	arm(cell);
	cell_schedule(cell);
}

void schedule_init(struct cell *cell) { hms_timer_init(&cell->schedule_timer, cell->sim->loop, on_timer, cell); }

void schedule_add(struct cell *cell, uint64_t in_ms, struct hms_str key)
{
	struct scheduled *s = &cell->scheduled;

	if (!s->list)
		s->list = calloc(SCHEDULED_MAX, sizeof(*s->list));
	if (!s->list || s->count == SCHEDULED_MAX)
		return;
	s->list[s->count].due_ms = hms_mono_ms() + in_ms;
	snprintf(s->list[s->count].key, sizeof(s->list[0].key), "%.*s", HMS_STR_FMT(key));
	s->count++;
	arm(cell);
}

void schedule_drop(struct cell *cell)
{
	hms_timer_stop(&cell->schedule_timer);
	free(cell->scheduled.list);
	cell->scheduled = (struct scheduled){ 0 };
}
