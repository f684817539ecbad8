/* Alarms of a cell: raised, changed and cleared by itself. */
#include "alarm.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"
#include "session.h"

void alarms_fini(struct alarms *alarms)
{
	faults_fini(&alarms->faults);
	free(alarms->queue.list);
	*alarms = (struct alarms){ 0 };
}

static void record_event(const struct cell *cell, const struct fault_event *event)
{
	static const char *const mechanisms[] = { "expedited", "queued", "logged", "disabled" };
	struct record *record = cell->sim->record;
	char serial[CELL_SERIAL_SIZE];

	if (!record_begin(record, cell_serial(cell, serial), "alarm"))
		return;
	record_text(record, "id", hms_str(event->identifier));
	record_text(record, "type", hms_str(fault_type_name(event->type)));
	record_text(record, "time", hms_str(event->time));
	record_text(record, "severity", hms_str(event->severity));
	record_text(record, "mechanism", hms_str(mechanisms[event->mechanism]));
	if (event->lost_identifier[0] != '\0') {
		record_text(record, "lost_id", hms_str(event->lost_identifier));
		record_text(record, "lost_time", hms_str(event->lost_time));
	}
	record_end(record);
}

static void act(struct cell *cell, enum fault_type type, enum fault_alarm alarm)
{
	struct alarms *alarms = &cell->alarms;
	struct tree_env env = cell_env(cell);
	int64_t now_s = hms_wall_us() / 1000000;
	struct fault_event event;
	char object[CELL_DN_SIZE];
	int rc;

	cell_dn(cell, object);
	if (type == FAULT_NEW)
		rc = faults_raise(&alarms->faults, &cell->tree, &env, alarm, object, now_s, &event);
	else if (type == FAULT_CHANGED)
		rc = faults_change(&alarms->faults, &cell->tree, &env, object, now_s, &event);
	else
		rc = faults_clear(&alarms->faults, &cell->tree, &env, object, now_s, &event);
	if (rc != 0)
		return;
	cell->sim->counts.alarms++;
	record_event(cell, &event);
}

static void put_off(struct alarm_queue *queue, enum fault_type type, enum fault_alarm alarm)
{
	if (!queue->list)
		queue->list = calloc(ALARM_WAITING_MAX, sizeof(*queue->list));
	if (!queue->list || queue->count == ALARM_WAITING_MAX)
		return;
	queue->list[queue->count].type = (uint8_t)type;
	queue->list[queue->count++].alarm = (uint8_t)alarm;
}

void alarm_do(struct cell *cell, enum fault_type type, enum fault_alarm alarm)
{
	if (cell->state != CELL_UP)
		return;
	if (alarm == ALARM_ANY)
		alarm = (enum fault_alarm)(cell->alarms.turn++ % FAULT_ALARM_COUNT);
	if (cell->session) {
		put_off(&cell->alarms.queue, type, alarm);
		return;
	}
	act(cell, type, alarm);
	cell_schedule(cell);
}

void alarm_flush(struct cell *cell)
{
	struct alarm_queue *queue = &cell->alarms.queue;

	for (uint16_t i = 0; cell->state == CELL_UP && i < queue->count; i++)
		act(cell, (enum fault_type)queue->list[i].type, (enum fault_alarm)queue->list[i].alarm);
	queue->count = 0;
}

void alarm_random(struct cell *cell)
{
	uint64_t random = rng_next(&cell->sim->rng);

	if (cell->alarms.faults.active_count == 0)
		alarm_do(cell, FAULT_NEW, (enum fault_alarm)(random % FAULT_ALARM_COUNT));
	else
		alarm_do(cell, random % 3 == 0 ? FAULT_CHANGED : FAULT_CLEARED, ALARM_ANY);
}

/* ---- reported ---- */
struct answered {
	struct cell *cell;
	const struct session *session;
};

static void on_reported(const char *identifier, const char *time, const char *type, void *arg)
{
	struct answered *answered = arg;
	struct cell *cell = answered->cell;
	struct record *record = cell->sim->record;
	char serial[CELL_SERIAL_SIZE];

	for (unsigned i = 0; i < 3; i++)
		cell->alarms.reported[i] += strcmp(type, fault_type_name((enum fault_type)i)) == 0;
	if (!record_begin(record, cell_serial(cell, serial), "alarm_reported"))
		return;
	record_text(record, "id", hms_str(identifier));
	record_text(record, "type", hms_str(type));
	record_text(record, "time", hms_str(time));
	record_text(record, "marker", hms_str(answered->session->marker));
	record_bool(record, "partial", answered->session->partial);
	record_end(record);
}

void alarm_answered(struct cell *cell, const struct session *session)
{
	struct answered answered = { cell, session };
	struct tree_env env = cell_env(cell);

	if (tree_changes(&cell->tree) > 0)
		faults_each_reported(&cell->tree, &env, session->changes_sent, on_reported, &answered);
}
