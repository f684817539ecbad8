/* FaultMgmt of a cell: rings, current alarms, how alarms are reported (alarms.md 1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults.h"
#include "tiny_model.h"
#include "value.h"

#define EXPEDITED "Device.FaultMgmt.ExpeditedEvent."
#define CURRENT "Device.FaultMgmt.CurrentAlarm."
#define NOW_S 1700000000

static struct tiny tiny; /* with the model of an HeNB */
static struct faults faults;
static struct fault_event event;

static int open_lte(void **state)
{
	struct hms_err err = { 0 };

	(void)state;
	if (model_load(HMS_SOURCE_DIR "/tools/hnbsim/models", "henb-tr181-v2-lte", &tiny.model, &err) != 0)
		return -1;
	tree_init(&tiny.tree, tiny.model);
	return 0;
}

static int close_lte(void **state)
{
	(void)state;
	faults_fini(&faults);
	tiny_close(&tiny);
	return 0;
}

static void raise_alarm(enum fault_alarm alarm)
{
	assert_int_equal(faults_raise(&faults, &tiny.tree, &tiny_env, alarm, "DC=a,HeNB=1", NOW_S, &event), 0);
}

static void notify_expedited(void)
{
	struct tree_row row = { tree_find_table(&tiny.tree, HMS_STR(EXPEDITED)), 0 };

	while ((row.number = tree_next_row(&tiny.tree, row.table, row.number)) != 0)
		for (uint16_t i = 0; i < tiny.model->tables[row.table].count; i++)
			tree_set_notify(&tiny.tree, (struct tree_ref){ (uint16_t)(tiny.model->tables[row.table].first + i), row.number },
					2);
}

static void an_alarm_is_a_row_of_the_ring_and_of_the_current_alarms(void **state)
{
	(void)state;
	raise_alarm(FAULT_LINK_DOWN);
	assert_int_equal(event.mechanism, FAULT_EXPEDITED);
	assert_true(tiny_value_is(&tiny, EXPEDITED "1.NotificationType", "NewAlarm"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "1.AlarmIdentifier", event.identifier));
	assert_true(tiny_value_is(&tiny, EXPEDITED "1.PerceivedSeverity", "Critical"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "1.ManagedObjectInstance", "DC=a,HeNB=1"));
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.HistoryEvent.1.EventTime", "2023-11-14T22:13:20Z"));
	assert_true(tiny_value_is(&tiny, CURRENT "1.AlarmRaisedTime", "2023-11-14T22:13:20Z"));
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.CurrentAlarmNumberOfEntries", "1"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "2.EventTime", VALUE_TIME_UNKNOWN));
}

static void a_clear_takes_the_next_row_and_the_current_alarm_away(void **state)
{
	struct tree_ref ref;

	(void)state;
	raise_alarm(FAULT_LINK_DOWN);
	assert_int_equal(faults_change(&faults, &tiny.tree, &tiny_env, "x", NOW_S, &event), 0);
	assert_true(tiny_value_is(&tiny, CURRENT "1.PerceivedSeverity", "Major"));
	assert_int_equal(faults_clear(&faults, &tiny.tree, &tiny_env, "x", NOW_S, &event), 0);
	assert_true(tiny_value_is(&tiny, EXPEDITED "2.NotificationType", "ChangedAlarm"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "3.NotificationType", "ClearedAlarm"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "3.AlarmIdentifier", "A-000001"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "3.PerceivedSeverity", "Cleared"));
	assert_false(tree_find(&tiny.tree, HMS_STR(CURRENT "1.AlarmIdentifier"), &ref));
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.CurrentAlarmNumberOfEntries", "0"));
	assert_int_equal(faults_clear(&faults, &tiny.tree, &tiny_env, "x", NOW_S, &event), HMS_ENOENT);
}

/* Else two events would have one natural key (contracts 6: I2). */
static void event_times_only_grow(void **state)
{
	(void)state;
	raise_alarm(FAULT_LINK_DOWN);
	raise_alarm(FAULT_LINK_DOWN);
	assert_true(tiny_value_is(&tiny, EXPEDITED "2.EventTime", "2023-11-14T22:13:21Z"));
}

static void the_ring_begins_again_and_tells_what_was_lost(void **state)
{
	(void)state;
	notify_expedited();
	for (int i = 0; i < 8; i++) {
		raise_alarm(FAULT_SYNC_LOST);
		assert_string_equal(event.lost_identifier, "");
	}
	raise_alarm(FAULT_SYNC_LOST);
	assert_string_equal(event.lost_identifier, "A-000001");
	assert_true(tiny_value_is(&tiny, EXPEDITED "1.AlarmIdentifier", "A-000009"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "2.AlarmIdentifier", "A-000002"));
}

static void supported_alarm_says_how_each_is_reported(void **state)
{
	struct tree_ref ref;

	(void)state;
	raise_alarm(FAULT_HOT);
	assert_int_equal(event.mechanism, FAULT_QUEUED);
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.QueuedEvent.1.ProbableCause", "High Temperature"));
	raise_alarm(FAULT_SOFTWARE); /* the row of '*' */
	assert_int_equal(event.mechanism, FAULT_LOGGED);
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.HistoryEvent.2.ProbableCause", "Software Error"));
	assert_true(tree_find(&tiny.tree, HMS_STR("Device.FaultMgmt.SupportedAlarm.4.ReportingMechanism"), &ref));
	tree_set(&tiny.tree, ref, HMS_STR("3 Disabled"), false);
	raise_alarm(FAULT_SOFTWARE);
	assert_int_equal(event.mechanism, FAULT_DISABLED);
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.CurrentAlarmNumberOfEntries", "2"));
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.HistoryEvent.3.AlarmIdentifier", ""));
}

static void a_restart_empties_the_current_alarms_and_keeps_the_rings(void **state)
{
	struct tree_ref ref;

	(void)state;
	raise_alarm(FAULT_LINK_DOWN);
	raise_alarm(FAULT_SYNC_LOST);
	faults_rebooted(&faults, &tiny.tree);
	assert_false(tree_find(&tiny.tree, HMS_STR(CURRENT "2.AlarmIdentifier"), &ref));
	assert_true(tiny_value_is(&tiny, "Device.FaultMgmt.CurrentAlarmNumberOfEntries", "0"));
	assert_true(tiny_value_is(&tiny, EXPEDITED "2.AlarmIdentifier", "A-000002"));
	raise_alarm(FAULT_LINK_DOWN);
	assert_string_equal(event.identifier, "A-000003");
	assert_true(tiny_value_is(&tiny, EXPEDITED "3.AlarmIdentifier", "A-000003"));
}

static void without_notification_nothing_is_to_be_reported(void **state)
{
	(void)state;
	raise_alarm(FAULT_LINK_DOWN);
	assert_int_equal(tree_changes(&tiny.tree), 0);
	notify_expedited();
	raise_alarm(FAULT_LINK_DOWN);
	assert_int_equal(tree_changes(&tiny.tree), 2);
}

static void the_table_of_active_alarms_has_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < FAULT_ACTIVE_MAX; i++)
		raise_alarm(FAULT_LINK_DOWN);
	assert_int_equal(faults_raise(&faults, &tiny.tree, &tiny_env, FAULT_LINK_DOWN, "x", NOW_S, &event), HMS_EFULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_lte, close_lte)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_alarm_is_a_row_of_the_ring_and_of_the_current_alarms),
		TEST(a_clear_takes_the_next_row_and_the_current_alarm_away),
		TEST(event_times_only_grow),
		TEST(the_ring_begins_again_and_tells_what_was_lost),
		TEST(supported_alarm_says_how_each_is_reported),
		TEST(a_restart_empties_the_current_alarms_and_keeps_the_rings),
		TEST(without_notification_nothing_is_to_be_reported),
		TEST(the_table_of_active_alarms_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
