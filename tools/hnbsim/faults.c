/* FaultMgmt of a cell: rings of events and the table of current alarms. */
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>

#include "value.h"

static const struct alarm {
	const char *event_type, *probable_cause, *specific_problem, *severity, *text;
} alarms[] = {
#define FAULT_ALARM(id, ...) { __VA_ARGS__ },
#include "fault_alarms.def"
#undef FAULT_ALARM
};
#define SUPPORTED_MAX 32 /* rows of SupportedAlarm that are looked at */

static const char *const severities[] = { "Cleared", "Critical", "Major", "Minor", "Warning" };
static const char *const type_names[] = { "NewAlarm", "ChangedAlarm", "ClearedAlarm" };
static const char *const rings[] = { "ExpeditedEvent.", "QueuedEvent.", "HistoryEvent." };

/* In which rings an event is written. */
static const bool written[][FAULT_RING_COUNT] = {
	[FAULT_EXPEDITED] = { true, false, true },
	[FAULT_QUEUED] = { false, true, true },
	[FAULT_LOGGED] = { false, false, true },
	[FAULT_DISABLED] = { false, false, false },
};

const char *fault_type_name(enum fault_type type) { return type_names[type]; }

void faults_fini(struct faults *faults)
{
	free(faults->active);
	*faults = (struct faults){ 0 };
}

static uint16_t find_table(const struct tree *tree, const char *name)
{
	char path[256];

	if (!tree->model->fault_mgmt)
		return MODEL_NO_PARAM;
	snprintf(path, sizeof(path), "%s%s", tree->model->fault_mgmt, name);
	return tree_find_table(tree, hms_str(path));
}

/* ---- SupportedAlarm ---- */
static bool supported_is(const struct tree *tree, const struct tree_env *env, unsigned row, const char *column, const char *text)
{
	char name[256], scratch[TREE_SCRATCH];
	struct tree_ref ref;
	struct hms_str value;

	snprintf(name, sizeof(name), "%sSupportedAlarm.%u.%s", tree->model->fault_mgmt, row, column);
	if (!tree_find(tree, hms_str(name), &ref))
		return false;
	value = tree_value(tree, ref, env, scratch);
	return hms_str_eqz(value, "*") || hms_str_eqz(value, "") || hms_str_eqz(value, text);
}

/* Of the first row that fits: rows of '*' stand last. */
static enum fault_mechanism mechanism_of(const struct tree *tree, const struct tree_env *env, const struct alarm *alarm)
{
	static const char *const mechanisms[] = { "0 Expedited", "1 Queued", "2 Logged", "3 Disabled" };

	for (unsigned row = 1; row <= SUPPORTED_MAX; row++) {
		if (!supported_is(tree, env, row, "EventType", alarm->event_type) ||
		    !supported_is(tree, env, row, "ProbableCause", alarm->probable_cause) ||
		    !supported_is(tree, env, row, "SpecificProblem", alarm->specific_problem))
			continue;
		for (unsigned i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
			if (supported_is(tree, env, row, "ReportingMechanism", mechanisms[i]))
				return (enum fault_mechanism)i;
	}
	return FAULT_LOGGED;
}

/* ---- rows ---- */
struct cellset {
	const char *column, *value;
};

static int set_columns(struct tree *tree, struct tree_row row, const struct cellset *set, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct tree_ref ref = tree_column(tree, row, set[i].column);

		rc = ref.param != MODEL_NO_PARAM ? tree_set(tree, ref, hms_str(set[i].value), true) : HMS_ENOENT;
	}
	return rc;
}

static void copy_value(const struct tree *tree, struct tree_row row, const char *column, const struct tree_env *env, char *out, size_t size)
{
	char scratch[TREE_SCRATCH];
	struct hms_str value = tree_value(tree, tree_column(tree, row, column), env, scratch);

	snprintf(out, size, "%.*s", HMS_STR_FMT(value));
}

/* The next row of a ring: 1, 2, ..., N, 1, ... All ten parameters count as changed, equal ones, too. */
static int write_ring(struct faults *faults, struct tree *tree, enum fault_ring ring, const struct tree_env *env, const char *object,
		      struct fault_event *event)
{
	const struct alarm *alarm = &alarms[event->alarm];
	const struct cellset set[] = { { "EventTime", event->time },
				       { "AlarmIdentifier", event->identifier },
				       { "NotificationType", type_names[event->type] },
				       { "ManagedObjectInstance", object },
				       { "EventType", alarm->event_type },
				       { "ProbableCause", alarm->probable_cause },
				       { "SpecificProblem", alarm->specific_problem },
				       { "PerceivedSeverity", event->severity },
				       { "AdditionalText", alarm->text },
				       { "AdditionalInformation", "" } };
	struct tree_row row = { find_table(tree, rings[ring]), 0 };

	if (row.table == MODEL_NO_PARAM)
		return HMS_ENOENT;
	row.number = (uint16_t)(faults->last[ring] % tree->model->tables[row.table].initial + 1);
	if (tree_changed(tree, tree_column(tree, row, "EventTime")) > 0) {
		copy_value(tree, row, "AlarmIdentifier", env, event->lost_identifier, sizeof(event->lost_identifier));
		copy_value(tree, row, "EventTime", env, event->lost_time, sizeof(event->lost_time));
	}
	faults->last[ring] = row.number;
	return set_columns(tree, row, set, sizeof(set) / sizeof(set[0]));
}

static int write_rings(struct faults *faults, struct tree *tree, const struct tree_env *env, const char *object, int64_t wall_s,
		       struct fault_event *event)
{
	int rc = 0;

	faults->last_s = wall_s > faults->last_s ? wall_s : faults->last_s + 1;
	value_time_text(faults->last_s, event->time);
	event->mechanism = mechanism_of(tree, env, &alarms[event->alarm]);
	event->lost_identifier[0] = event->lost_time[0] = '\0';
	for (unsigned ring = 0; ring < FAULT_RING_COUNT && rc == 0; ring++)
		if (written[event->mechanism][ring])
			rc = write_ring(faults, tree, (enum fault_ring)ring, env, object, event);
	return rc;
}

/* ---- CurrentAlarm ---- */
static int count_current(struct tree *tree, unsigned count)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", count);
	return model_has(tree->model, ROLE_CURRENT_ALARMS) ? tree_set(tree, tree_role(tree, ROLE_CURRENT_ALARMS), hms_str(text), true) : 0;
}

static int put_current(struct faults *faults, struct tree *tree, const char *object, const struct fault_event *event, uint16_t *number)
{
	const struct alarm *alarm = &alarms[event->alarm];
	const struct cellset set[] = { { "AlarmIdentifier", event->identifier },
				       { "AlarmRaisedTime", event->time },
				       { "AlarmChangedTime", event->time },
				       { "ManagedObjectInstance", object },
				       { "EventType", alarm->event_type },
				       { "ProbableCause", alarm->probable_cause },
				       { "SpecificProblem", alarm->specific_problem },
				       { "PerceivedSeverity", event->severity },
				       { "AdditionalText", alarm->text } };
	struct tree_row row = { find_table(tree, "CurrentAlarm."), 1 };
	int rc;

	if (row.table == MODEL_NO_PARAM)
		return HMS_ENOENT;
	while (tree_has_row(tree, row))
		row.number++;
	rc = tree_put_row(tree, row);
	if (rc == 0)
		rc = set_columns(tree, row, set, sizeof(set) / sizeof(set[0]));
	*number = row.number;
	return rc == 0 ? count_current(tree, faults->active_count + 1u) : rc;
}

static void identify(uint32_t id, char out[FAULT_ID_SIZE]) { snprintf(out, FAULT_ID_SIZE, "A-%06u", id); }

int faults_raise(struct faults *faults, struct tree *tree, const struct tree_env *env, enum fault_alarm alarm, const char *object,
		 int64_t wall_s, struct fault_event *out)
{
	struct fault_active active = { .id = faults->last_id + 1, .alarm = (uint8_t)alarm, .severity = 1 };
	int rc;

	if (!tree->model->fault_mgmt)
		return HMS_ENOENT;
	if (!faults->active && !(faults->active = calloc(FAULT_ACTIVE_MAX, sizeof(*faults->active))))
		return HMS_ENOMEM;
	if (faults->active_count == FAULT_ACTIVE_MAX)
		return HMS_EFULL;
	while (strcmp(severities[active.severity], alarms[alarm].severity) != 0)
		active.severity++;
	*out = (struct fault_event){ .type = FAULT_NEW, .alarm = alarm, .severity = severities[active.severity] };
	identify(active.id, out->identifier);
	rc = write_rings(faults, tree, env, object, wall_s, out);
	if (rc == 0 && out->mechanism != FAULT_DISABLED)
		rc = put_current(faults, tree, object, out, &active.row);
	if (rc != 0)
		return rc;
	faults->last_id = active.id;
	faults->active[faults->active_count++] = active;
	return 0;
}

int faults_change(struct faults *faults, struct tree *tree, const struct tree_env *env, const char *object, int64_t wall_s,
		  struct fault_event *out)
{
	struct fault_active *active = faults->active;
	struct tree_row row = { find_table(tree, "CurrentAlarm."), 0 };
	int rc;

	if (faults->active_count == 0)
		return HMS_ENOENT;
	active->severity = active->severity == 4 ? 1 : active->severity + 1;
	*out = (struct fault_event){ .type = FAULT_CHANGED, .alarm = active->alarm, .severity = severities[active->severity] };
	identify(active->id, out->identifier);
	rc = write_rings(faults, tree, env, object, wall_s, out);
	row.number = active->row;
	if (rc == 0 && row.number > 0)
		rc = set_columns(tree, row, (struct cellset[]){ { "PerceivedSeverity", out->severity }, { "AlarmChangedTime", out->time } },
				 2);
	return rc;
}

int faults_clear(struct faults *faults, struct tree *tree, const struct tree_env *env, const char *object, int64_t wall_s,
		 struct fault_event *out)
{
	struct fault_active active;
	int rc;

	if (faults->active_count == 0)
		return HMS_ENOENT;
	active = faults->active[0];
	*out = (struct fault_event){ .type = FAULT_CLEARED, .alarm = active.alarm, .severity = severities[0] };
	identify(active.id, out->identifier);
	rc = write_rings(faults, tree, env, object, wall_s, out);
	if (rc != 0)
		return rc;
	if (active.row > 0)
		tree_delete_row(tree, (struct tree_row){ find_table(tree, "CurrentAlarm."), active.row });
	faults->active_count--;
	memmove(faults->active, faults->active + 1, faults->active_count * sizeof(*faults->active));
	return count_current(tree, faults->active_count);
}

void faults_rebooted(struct faults *faults, struct tree *tree)
{
	uint16_t table = find_table(tree, "CurrentAlarm.");

	for (uint16_t i = 0; i < faults->active_count; i++)
		if (faults->active[i].row > 0)
			tree_delete_row(tree, (struct tree_row){ table, faults->active[i].row });
	if (faults->active_count > 0)
		count_current(tree, 0);
	faults->active_count = 0;
}

/* ---- what an Inform carries of them ---- */
bool faults_in_ring(const struct tree *tree, struct tree_ref ref, unsigned *column)
{
	for (unsigned ring = FAULT_RING_EXPEDITED; ref.row > 0 && ring <= FAULT_RING_QUEUED; ring++) {
		uint16_t t = find_table(tree, rings[ring]);
		const struct model_table *table = t != MODEL_NO_PARAM ? &tree->model->tables[t] : NULL;

		if (!table || ref.param < table->first || ref.param >= table->first + table->count)
			continue;
		*column = ref.param - table->first;
		return true;
	}
	return false;
}

void faults_each_reported(const struct tree *tree, const struct tree_env *env, uint32_t up_to, faults_visit_fn *fn, void *arg)
{
	for (unsigned ring = FAULT_RING_EXPEDITED; ring <= FAULT_RING_QUEUED; ring++) {
		struct tree_row row = { find_table(tree, rings[ring]), 0 };

		while (row.table != MODEL_NO_PARAM && (row.number = tree_next_row(tree, row.table, row.number)) != 0) {
			uint32_t changed = tree_changed(tree, tree_column(tree, row, "EventTime"));
			char identifier[FAULT_ID_SIZE], time[32], type[32];

			if (changed == 0 || changed > up_to)
				continue;
			copy_value(tree, row, "AlarmIdentifier", env, identifier, sizeof(identifier));
			copy_value(tree, row, "EventTime", env, time, sizeof(time));
			copy_value(tree, row, "NotificationType", env, type, sizeof(type));
			fn(identifier, time, type, arg);
		}
	}
}
