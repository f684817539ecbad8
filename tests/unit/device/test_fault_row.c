/* FaultMgmt rows: grouping, what is missing, unused rows, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/base/err.h"
#include "hms/device/fault_row.h"

#define V1 "InternetGatewayDevice.Services.FAPService.1.FaultMgmt."
#define D2 "Device.FaultMgmt."
#define ROW(prefix, n, time, id, type)                                                                                                     \
	{ prefix "ExpeditedEvent." n ".EventTime", time }, { prefix "ExpeditedEvent." n ".AlarmIdentifier", id },                          \
		{ prefix "ExpeditedEvent." n ".NotificationType", type },                                                                  \
		{ prefix "ExpeditedEvent." n ".ManagedObjectInstance", "DC=op.example,HeNB=1" },                                           \
		{ prefix "ExpeditedEvent." n ".EventType", "Communications Alarm" },                                                       \
		{ prefix "ExpeditedEvent." n ".ProbableCause", "Communications Subsystem Failure" },                                       \
		{ prefix "ExpeditedEvent." n ".SpecificProblem", "S1 link down" },                                                         \
		{ prefix "ExpeditedEvent." n ".PerceivedSeverity", "Critical" }, { prefix "ExpeditedEvent." n ".AdditionalText", "lost" }, \
	{                                                                                                                                  \
		prefix "ExpeditedEvent." n ".AdditionalInformation", ""                                                                    \
	}
#define PARAMS_MAX 64

typedef const char *const pair[2];

static struct hms_arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = hms_arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	return 0;
}

static struct hms_fault_rows read_max(pair *pairs, size_t count, size_t max)
{
	static Hms__Param params[PARAMS_MAX];
	static Hms__Param *list[PARAMS_MAX];
	struct hms_fault_rows rows;

	assert_true(count <= PARAMS_MAX);
	for (size_t i = 0; i < count; i++) {
		hms__param__init(&params[i]);
		params[i].name = (char *)pairs[i][0];
		params[i].value = (char *)pairs[i][1];
		list[i] = &params[i];
	}
	assert_int_equal(hms_fault_rows(arena, list, count, max, &rows), 0);
	return rows;
}
#define READ(pairs) read_max(pairs, sizeof(pairs) / sizeof((pairs)[0]), 100)

static void a_whole_row_is_read(void **state)
{
	static pair given[] = { { "Device.DeviceInfo.SoftwareVersion", "1" }, ROW(D2, "3", "2024-05-01T12:03:01Z", "A-0007", "NewAlarm") };
	struct hms_fault_rows rows = READ(given);
	const struct hms_fault_row *row = rows.list;

	(void)state;
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.current_entries, -1);
	assert_int_equal(row->table, HMS_FAULT_EXPEDITED);
	assert_int_equal(row->instance, 3);
	assert_true(hms_str_eqz(row->prefix, D2));
	assert_int_equal(row->event_us, INT64_C(1714564981000000));
	assert_int_equal(row->notification, HMS_FAULT_NOTIFICATION_NEW);
	assert_int_equal(row->severity, HMS_FAULT_SEVERITY_CRITICAL);
	assert_int_equal(row->event_type, HMS_FAULT_EVENT_TYPE_COMMUNICATIONS);
	assert_true(hms_str_eqz(row->text[HMS_FAULT_SPECIFIC_PROBLEM], "S1 link down"));
	assert_int_equal(hms_fault_row_missing(row), 0);
	assert_false(hms_fault_row_unused(row));
	assert_int_equal(row->bad | row->cut, 0);
}

static void rows_are_found_under_every_prefix_and_in_every_table(void **state)
{
	static pair given[] = {
		{ V1 "ExpeditedEvent.1.AlarmIdentifier", "a" },
		{ "InternetGatewayDevice.Services.FAPService.2.FaultMgmt.ExpeditedEvent.1.AlarmIdentifier", "b" },
		{ "InternetGatewayDevice.FaultMgmt.QueuedEvent.1.AlarmIdentifier", "c" },
		{ D2 "HistoryEvent.1.AlarmIdentifier", "d" },
		{ D2 "CurrentAlarm.1.AlarmIdentifier", "e" },
		{ D2 "CurrentAlarm.2147483647.AlarmIdentifier", "f" },
	};
	struct hms_fault_rows rows = READ(given);
	static const enum hms_fault_table tables[] = { HMS_FAULT_EXPEDITED, HMS_FAULT_EXPEDITED, HMS_FAULT_QUEUED,
						       HMS_FAULT_HISTORY,   HMS_FAULT_CURRENT,	 HMS_FAULT_CURRENT };

	(void)state;
	assert_int_equal(rows.count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(rows.list[i].table, tables[i]);
		assert_int_equal(rows.list[i].text[HMS_FAULT_ALARM_IDENTIFIER].p[0], 'a' + i);
	}
	assert_false(hms_fault_row_same(&rows.list[0], &rows.list[1]));
}

static void what_is_no_row_is_left_out(void **state)
{
	static pair given[] = {
		{ "FaultMgmt.ExpeditedEvent.1.EventTime", "x" },
		{ "Device.X_FaultMgmt.ExpeditedEvent.1.EventTime", "x" },
		{ D2 "ExpeditedEvent.0.EventTime", "x" },
		{ D2 "ExpeditedEvent.-1.EventTime", "x" },
		{ D2 "ExpeditedEvent.2147483648.EventTime", "x" },
		{ D2 "ExpeditedEvent.99999999999999999999.EventTime", "x" },
		{ D2 "ExpeditedEvent..EventTime", "x" },
		{ D2 "ExpeditedEvent.1.", "x" },
		{ D2 "ExpeditedEvent.1", "x" },
		{ D2 "ExpeditedEvent.1.EventTime.2", "x" },
		{ D2 "ExpeditedEvent.1.AlarmRaisedTime", "x" },
		{ D2 "CurrentAlarm.1.EventTime", "x" },
		{ D2 "SupportedAlarm.1.EventType", "x" },
		{ D2 "ExpeditedEventNumberOfEntries", "32" },
		{ D2, "x" },
		{ "", "x" },
	};
	struct hms_fault_rows rows = READ(given);

	(void)state;
	assert_int_equal(rows.count, 0);
	assert_int_equal(rows.dropped, 0);
	assert_int_equal(rows.current_entries, -1);
}

static void interleaved_rows_are_put_together_and_the_last_of_two_values_counts(void **state)
{
	static pair given[] = {
		{ D2 "ExpeditedEvent.1.AlarmIdentifier", "one" },
		{ D2 "ExpeditedEvent.2.AlarmIdentifier", "two" },
		{ D2 "ExpeditedEvent.1.EventTime", "2024-05-01T12:00:00Z" },
		{ D2 "ExpeditedEvent.2.AlarmIdentifier", " other\n" },
	};
	struct hms_fault_rows rows = READ(given);

	(void)state;
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.list[0].present, HMS_FAULT_BIT(HMS_FAULT_ALARM_IDENTIFIER) | HMS_FAULT_BIT(HMS_FAULT_EVENT_TIME));
	assert_true(hms_str_eqz(rows.list[1].text[HMS_FAULT_ALARM_IDENTIFIER], "other"));
}

static void rows_over_the_limit_are_counted(void **state)
{
	static pair given[] = { { D2 "ExpeditedEvent.1.EventTime", "" },
				{ D2 "ExpeditedEvent.2.EventTime", "" },
				{ D2 "ExpeditedEvent.3.EventTime", "" },
				{ D2 "ExpeditedEvent.1.AlarmIdentifier", "x" } };
	struct hms_fault_rows rows = read_max(given, 4, 2);

	(void)state;
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.dropped, 1);
	assert_true(hms_str_eqz(rows.list[0].text[HMS_FAULT_ALARM_IDENTIFIER], "x"));
}

static void each_mandatory_parameter_is_missed(void **state)
{
	static pair whole[] = { ROW(D2, "3", "2024-05-01T12:03:01Z", "A-0007", "NewAlarm") };
	static const unsigned wanted[] = { HMS_FAULT_BIT(HMS_FAULT_EVENT_TIME),
					   HMS_FAULT_BIT(HMS_FAULT_ALARM_IDENTIFIER),
					   HMS_FAULT_BIT(HMS_FAULT_NOTIFICATION_TYPE),
					   0, /* ManagedObjectInstance */
					   HMS_FAULT_BIT(HMS_FAULT_EVENT_TYPE),
					   HMS_FAULT_BIT(HMS_FAULT_PROBABLE_CAUSE),
					   0, /* SpecificProblem */
					   HMS_FAULT_BIT(HMS_FAULT_PERCEIVED_SEVERITY),
					   0,
					   0 };

	(void)state;
	for (size_t left_out = 0; left_out < 10; left_out++) {
		const char *given[10][2];
		size_t n = 0;

		for (size_t i = 0; i < 10; i++)
			if (i != left_out) {
				given[n][0] = whole[i][0];
				given[n++][1] = whole[i][1];
			}
		assert_int_equal(hms_fault_row_missing(read_max((pair *)given, n, 10).list), wanted[left_out]);
	}
}

static void a_clear_needs_time_and_identifier_only(void **state)
{
	static pair given[] = { { D2 "ExpeditedEvent.1.EventTime", "2024-05-01T12:00:00Z" },
				{ D2 "ExpeditedEvent.1.AlarmIdentifier", "A-1" },
				{ D2 "ExpeditedEvent.1.NotificationType", "ClearedAlarm" } };
	static pair nameless[] = { { D2 "ExpeditedEvent.1.EventTime", "2024-05-01T12:00:00Z" },
				   { D2 "ExpeditedEvent.1.AlarmIdentifier", "" },
				   { D2 "ExpeditedEvent.1.NotificationType", "ClearedAlarm" } };

	(void)state;
	assert_int_equal(hms_fault_row_missing(READ(given).list), 0);
	assert_true(hms_fault_row_missing(READ(nameless).list) & HMS_FAULT_BIT(HMS_FAULT_PROBABLE_CAUSE));
}

static void a_row_of_current_alarm_has_parameters_of_its_own(void **state)
{
	static pair given[] = {
		{ D2 "CurrentAlarm.1.AlarmIdentifier", "A-1" },
		{ D2 "CurrentAlarm.1.AlarmRaisedTime", "2024-05-01T12:00:00Z" },
		{ D2 "CurrentAlarm.1.AlarmChangedTime", "2024-05-01T13:00:00Z" },
		{ D2 "CurrentAlarm.1.EventType", "Equipment" },
		{ D2 "CurrentAlarm.1.ProbableCause", "Fire" },
		{ D2 "CurrentAlarm.1.PerceivedSeverity", "major" },
		{ D2 "CurrentAlarm.2.AlarmIdentifier", "A-2" },
		{ D2 "CurrentAlarm.2.AlarmRaisedTime", "2024-05-01T12:00:00Z" },
		{ D2 "CurrentAlarm.2.AlarmChangedTime", "0001-01-01T00:00:00Z" },
	};
	struct hms_fault_rows rows = READ(given);

	(void)state;
	assert_int_equal(hms_fault_row_missing(&rows.list[0]), 0);
	assert_int_equal(rows.list[0].event_us - rows.list[0].raised_us, INT64_C(3600000000));
	assert_int_equal(rows.list[1].event_us, rows.list[1].raised_us);
	assert_int_equal(hms_fault_row_missing(&rows.list[1]), HMS_FAULT_BIT(HMS_FAULT_EVENT_TYPE) |
								       HMS_FAULT_BIT(HMS_FAULT_PROBABLE_CAUSE) |
								       HMS_FAULT_BIT(HMS_FAULT_PERCEIVED_SEVERITY));
}

static void the_number_of_current_alarms_is_the_sum_over_all_objects(void **state)
{
	static pair given[] = { { "IGD.Services.FAPService.1.FaultMgmt.CurrentAlarmNumberOfEntries", "2" },
				{ "IGD.Services.FAPService.2.FaultMgmt.CurrentAlarmNumberOfEntries", " 3 " } };
	static pair none[] = { { D2 "CurrentAlarmNumberOfEntries", "0" } };
	static pair bad[] = { { D2 "CurrentAlarmNumberOfEntries", "many" } };

	(void)state;
	assert_int_equal(READ(given).current_entries, 5);
	assert_int_equal(READ(none).current_entries, 0);
	assert_int_equal(READ(bad).current_entries, -1);
}

static void unused_rows_are_told_from_partial_ones(void **state)
{
	static pair given[] = {
		/* the ring as it was made */
		ROW(D2, "1", "0001-01-01T00:00:00Z", "", ""),
		{ D2 "ExpeditedEvent.2.EventTime", "0001-01-01T00:00:00Z" },
		{ D2 "ExpeditedEvent.3.AlarmIdentifier", "" },
		{ D2 "CurrentAlarm.1.AlarmIdentifier", "" },
		/* used */
		{ D2 "ExpeditedEvent.4.EventTime", "0001-01-01T00:00:00Z" },
		{ D2 "ExpeditedEvent.4.AlarmIdentifier", "A-1" },
		{ D2 "ExpeditedEvent.5.EventTime", "2024-05-01T12:00:00Z" },
		{ D2 "ExpeditedEvent.6.EventTime", "yesterday" },
		{ D2 "ExpeditedEvent.7.PerceivedSeverity", "Major" },
		{ D2 "CurrentAlarm.2.AdditionalText", "x" },
	};
	struct hms_fault_rows rows = READ(given);

	(void)state;
	assert_int_equal(rows.count, 9);
	for (size_t i = 0; i < rows.count; i++) {
		assert_int_equal(hms_fault_row_unused(&rows.list[i]), i < 4);
		assert_int_equal(hms_fault_row_missing(&rows.list[i]) == 0, i < 4);
	}
}

static void bad_values_are_tolerated_and_flagged(void **state)
{
	static pair given[] = { { D2 "ExpeditedEvent.1.EventTime", "noon" },	      { D2 "ExpeditedEvent.1.AlarmIdentifier", "A-1" },
				{ D2 "ExpeditedEvent.1.NotificationType", "Rumour" }, { D2 "ExpeditedEvent.1.EventType", "S1 Connection" },
				{ D2 "ExpeditedEvent.1.ProbableCause", "\"><'" },     { D2 "ExpeditedEvent.1.PerceivedSeverity", "9" } };
	const struct hms_fault_row *row = READ(given).list;

	(void)state;
	assert_int_equal(hms_fault_row_missing(row), 0);
	assert_int_equal(row->bad, HMS_FAULT_BIT(HMS_FAULT_EVENT_TIME) | HMS_FAULT_BIT(HMS_FAULT_NOTIFICATION_TYPE) |
					   HMS_FAULT_BIT(HMS_FAULT_PERCEIVED_SEVERITY));
	assert_int_equal(row->severity, HMS_FAULT_SEVERITY_INDETERMINATE);
	assert_int_equal(row->event_us, 0);
	assert_int_equal(row->notification, HMS_FAULT_NOTIFICATION_NONE);
	assert_int_equal(row->event_type, HMS_FAULT_EVENT_TYPE_NONE);
	assert_true(hms_str_eqz(row->text[HMS_FAULT_EVENT_TYPE], "S1 Connection"));
}

static void long_texts_are_cut_between_characters(void **state)
{
	static char text[4096];
	const char *given[1][2] = { { D2 "ExpeditedEvent.1.AlarmIdentifier", text } };
	const struct hms_fault_row *row;

	(void)state;
	text[0] = 'x';
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	row = read_max((pair *)given, 1, 1).list;
	assert_int_equal(row->text[HMS_FAULT_ALARM_IDENTIFIER].len, 255);
	assert_true(hms_utf8_valid(row->text[HMS_FAULT_ALARM_IDENTIFIER]));
	assert_int_equal(row->cut, HMS_FAULT_BIT(HMS_FAULT_ALARM_IDENTIFIER));
}

static void a_partial_row_is_filled_from_what_is_known_of_it(void **state)
{
	static pair first[] = { { D2 "ExpeditedEvent.1.EventTime", "2024-05-01T12:00:00Z" },
				{ D2 "ExpeditedEvent.1.AlarmIdentifier", "A-1" },
				{ D2 "ExpeditedEvent.1.AdditionalText", "old" } };
	static pair second[] = { { D2 "ExpeditedEvent.1.NotificationType", "NewAlarm" },
				 { D2 "ExpeditedEvent.1.EventType", "Equipment" },
				 { D2 "ExpeditedEvent.1.ProbableCause", "Fire" },
				 { D2 "ExpeditedEvent.1.PerceivedSeverity", "Major" },
				 { D2 "ExpeditedEvent.1.AdditionalText", "new" } };
	struct hms_fault_row known = READ(first).list[0], row;

	(void)state;
	row = READ(second).list[0];
	assert_true(hms_fault_row_same(&known, &row));
	hms_fault_row_fill(&row, &known);
	assert_int_equal(hms_fault_row_missing(&row), 0);
	assert_int_equal(row.event_us, INT64_C(1714564800000000));
	assert_true(hms_str_eqz(row.text[HMS_FAULT_ADDITIONAL_TEXT], "new"));
}

static void events_are_sorted_by_time_then_new_changed_cleared(void **state)
{
	static pair given[] = {
		{ D2 "ExpeditedEvent.1.EventTime", "" },
		{ D2 "ExpeditedEvent.1.NotificationType", "NewAlarm" },
		{ D2 "ExpeditedEvent.2.EventTime", "2024-05-01T12:00:00Z" },
		{ D2 "ExpeditedEvent.2.NotificationType", "ClearedAlarm" },
		{ D2 "ExpeditedEvent.3.EventTime", "2024-05-01T12:00:00Z" },
		{ D2 "ExpeditedEvent.3.NotificationType", "ChangedAlarm" },
		{ D2 "ExpeditedEvent.4.EventTime", "2024-05-01T12:00:00Z" },
		{ D2 "ExpeditedEvent.4.NotificationType", "NewAlarm" },
		{ D2 "ExpeditedEvent.5.EventTime", "2024-05-01T13:00:00+02:00" },
		{ D2 "ExpeditedEvent.5.NotificationType", "ClearedAlarm" },
	};
	struct hms_fault_rows rows = READ(given);
	static const uint32_t order[] = { 5, 4, 3, 2, 1 };

	(void)state;
	qsort(rows.list, rows.count, sizeof(*rows.list), hms_fault_row_cmp);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(rows.list[i].instance, order[i]);
}

static void the_partial_path_of_a_row_is_given(void **state)
{
	static pair given[] = { { V1 "QueuedEvent.17.EventTime", "" } };
	struct hms_buf out = HMS_BUF_INIT(1024);

	(void)state;
	hms_fault_row_path(READ(given).list, &out);
	assert_string_equal(hms_buf_z(&out), V1 "QueuedEvent.17.");
	hms_buf_fini(&out);
	assert_string_equal(hms_fault_field_name(HMS_FAULT_ALARM_RAISED_TIME), "AlarmRaisedTime");
}

static void a_record_that_mentions_no_fault_management_is_seen_without_unpacking(void **state)
{
	(void)state;
	assert_true(hms_fault_mentioned(HMS_STR("\x0a\x1f" D2 "ExpeditedEvent.1.EventTime")));
	assert_false(hms_fault_mentioned(HMS_STR("Device.DeviceInfo.SoftwareVersion")));
	assert_false(hms_fault_mentioned(HMS_STR("FaultMgmt.")));
	assert_false(hms_fault_mentioned((struct hms_str){ NULL, 0 }));
}

static void an_arena_that_is_too_small_is_told(void **state)
{
	struct hms_arena *small = hms_arena_new(16);
	Hms__Param param = HMS__PARAM__INIT, *list[] = { &param };
	struct hms_fault_rows rows;

	(void)state;
	param.name = (char *)D2 "ExpeditedEvent.1.EventTime";
	param.value = (char *)"";
	assert_int_equal(hms_fault_rows(small, list, 1, 10, &rows), HMS_ENOMEM);
	hms_arena_free(&small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_row_is_read),
		TEST(rows_are_found_under_every_prefix_and_in_every_table),
		TEST(what_is_no_row_is_left_out),
		TEST(interleaved_rows_are_put_together_and_the_last_of_two_values_counts),
		TEST(rows_over_the_limit_are_counted),
		TEST(each_mandatory_parameter_is_missed),
		TEST(a_clear_needs_time_and_identifier_only),
		TEST(a_row_of_current_alarm_has_parameters_of_its_own),
		TEST(the_number_of_current_alarms_is_the_sum_over_all_objects),
		TEST(unused_rows_are_told_from_partial_ones),
		TEST(bad_values_are_tolerated_and_flagged),
		TEST(long_texts_are_cut_between_characters),
		TEST(a_partial_row_is_filled_from_what_is_known_of_it),
		TEST(events_are_sorted_by_time_then_new_changed_cleared),
		TEST(the_partial_path_of_a_row_is_given),
		TEST(a_record_that_mentions_no_fault_management_is_seen_without_unpacking),
		TEST(an_arena_that_is_too_small_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
