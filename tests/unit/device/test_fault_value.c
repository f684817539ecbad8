/* Spellings and times of FaultMgmt values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/base/err.h"
#include "hms/device/fault_value.h"

/* [Q11] */
static void severities_are_found_in_any_case_and_by_what_the_field_uses(void **state)
{
	static const struct {
		const char *text;
		enum hms_fault_severity severity;
	} cases[] = {
		{ "Critical", HMS_FAULT_SEVERITY_CRITICAL },
		{ "CRITICAL", HMS_FAULT_SEVERITY_CRITICAL },
		{ " major ", HMS_FAULT_SEVERITY_MAJOR },
		{ "Minor", HMS_FAULT_SEVERITY_MINOR },
		{ "warning", HMS_FAULT_SEVERITY_WARNING },
		{ "Indeterminate", HMS_FAULT_SEVERITY_INDETERMINATE },
		{ "Cleared", HMS_FAULT_SEVERITY_CLEARED },
		{ "CLEAR", HMS_FAULT_SEVERITY_CLEARED },
		{ "", HMS_FAULT_SEVERITY_NONE },
		{ "Criticality", HMS_FAULT_SEVERITY_NONE },
		{ "1", HMS_FAULT_SEVERITY_NONE },
		{ "Alarm", HMS_FAULT_SEVERITY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(hms_fault_severity_find(hms_str(cases[i].text)), cases[i].severity);
}

static void notification_types_are_found_long_and_short(void **state)
{
	(void)state;
	assert_int_equal(hms_fault_notification_find(HMS_STR("NewAlarm")), HMS_FAULT_NOTIFICATION_NEW);
	assert_int_equal(hms_fault_notification_find(HMS_STR("new")), HMS_FAULT_NOTIFICATION_NEW);
	assert_int_equal(hms_fault_notification_find(HMS_STR("New Alarm")), HMS_FAULT_NOTIFICATION_NEW);
	assert_int_equal(hms_fault_notification_find(HMS_STR("CHANGEDALARM")), HMS_FAULT_NOTIFICATION_CHANGED);
	assert_int_equal(hms_fault_notification_find(HMS_STR("notifyChangedAlarm")), HMS_FAULT_NOTIFICATION_CHANGED);
	assert_int_equal(hms_fault_notification_find(HMS_STR("Cleared")), HMS_FAULT_NOTIFICATION_CLEARED);
	assert_int_equal(hms_fault_notification_find(HMS_STR("CLEAR")), HMS_FAULT_NOTIFICATION_CLEARED);
	assert_int_equal(hms_fault_notification_find(HMS_STR("Old")), HMS_FAULT_NOTIFICATION_NONE);
}

/* [Q11] */
static void event_types_are_found_in_the_spellings_of_prose_and_field(void **state)
{
	(void)state;
	assert_int_equal(hms_fault_event_type_find(HMS_STR("Communications Alarm")), HMS_FAULT_EVENT_TYPE_COMMUNICATIONS);
	assert_int_equal(hms_fault_event_type_find(HMS_STR("communicationsAlarm")), HMS_FAULT_EVENT_TYPE_COMMUNICATIONS);
	assert_int_equal(hms_fault_event_type_find(HMS_STR("Communications")), HMS_FAULT_EVENT_TYPE_COMMUNICATIONS);
	assert_int_equal(hms_fault_event_type_find(HMS_STR("Quality of Service Alarm")), HMS_FAULT_EVENT_TYPE_QUALITY_OF_SERVICE);
	assert_int_equal(hms_fault_event_type_find(HMS_STR("QoS")), HMS_FAULT_EVENT_TYPE_QUALITY_OF_SERVICE);
	assert_int_equal(hms_fault_event_type_find(HMS_STR("EQUIPMENT")), HMS_FAULT_EVENT_TYPE_EQUIPMENT);
	assert_int_equal(hms_fault_event_type_find(HMS_STR("Time Domain Violation")), HMS_FAULT_EVENT_TYPE_TIME_DOMAIN_VIOLATION);
	assert_int_equal(hms_fault_event_type_find(HMS_STR("S1 Connection")), HMS_FAULT_EVENT_TYPE_NONE);
}

static void every_spelling_of_the_standard_finds_itself(void **state)
{
	(void)state;
#define FAULT_SEVERITY(id, number, text) assert_string_equal(hms_fault_severity_name(hms_fault_severity_find(HMS_STR(text))), text);
#define FAULT_SEVERITY_AKA(id, text) assert_int_equal(hms_fault_severity_find(HMS_STR(text)), HMS_FAULT_SEVERITY_##id);
#include "hms/device/fault_values.def"
#define FAULT_NOTIFICATION(id, number, text) \
	assert_string_equal(hms_fault_notification_name(hms_fault_notification_find(HMS_STR(text))), text);
#define FAULT_NOTIFICATION_AKA(id, text) assert_int_equal(hms_fault_notification_find(HMS_STR(text)), HMS_FAULT_NOTIFICATION_##id);
#include "hms/device/fault_values.def"
#define FAULT_EVENT_TYPE(id, number, text) assert_string_equal(hms_fault_event_type_name(hms_fault_event_type_find(HMS_STR(text))), text);
#define FAULT_EVENT_TYPE_AKA(id, text) assert_int_equal(hms_fault_event_type_find(HMS_STR(text)), HMS_FAULT_EVENT_TYPE_##id);
#include "hms/device/fault_values.def"
	assert_string_equal(hms_fault_severity_name(HMS_FAULT_SEVERITY_NONE), "");
}

static void long_texts_are_no_spelling(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(hms_fault_severity_find(hms_strn(text, sizeof(text))), 0);
	memset(text, ' ', sizeof(text));
	memcpy(text + 100, "major", 5);
	assert_int_equal(hms_fault_severity_find(hms_strn(text, sizeof(text))), HMS_FAULT_SEVERITY_MAJOR);
}

#define NOON INT64_C(1714564981000000) /* 2024-05-01T12:03:01Z */

static void times_are_read_with_zone_offset_or_none(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} cases[] = {
		{ "2024-05-01T12:03:01Z", NOON },
		{ "2024-05-01T12:03:01", NOON },
		{ " 2024-05-01t12:03:01z ", NOON },
		{ "2024-05-01 12:03:01", NOON },
		{ "2024-05-01T14:03:01+02:00", NOON },
		{ "2024-05-01T14:03:01+0200", NOON },
		{ "2024-05-01T14:03:01+02", NOON },
		{ "2024-05-01T06:33:01-05:30", NOON },
		{ "2024-05-01T12:03:01.25Z", NOON + 250000 },
		{ "2024-05-01T12:03:01.1234567", NOON + 123456 },
		{ "2024-05-01T12:03Z", NOON - 1000000 },
		{ "2024-04-30T24:00:00Z", INT64_C(1714521600000000) },
		{ "2024-02-29T00:00:00Z", INT64_C(1709164800000000) },
		{ "9999-12-31T23:59:59Z", INT64_C(253402300799000000) },
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(hms_fault_time(hms_str(cases[i].text), &us), 0);
		assert_int_equal(us, cases[i].us);
	}
}

static void unknown_times_are_told_from_bad_ones(void **state)
{
	static const char *const unknown[] = { "", "  ", "0001-01-01T00:00:00Z", "0001-01-03T04:05:06", "0000-01-01T00:00:00Z" };
	static const char *const bad[] = { "x",
					   "2024",
					   "2024-05-01",
					   "2024-5-1T12:00:00Z",
					   "2023-02-29T00:00:00Z",
					   "2024-13-01T00:00:00Z",
					   "2024-00-01T00:00:00Z",
					   "2024-05-00T00:00:00Z",
					   "2024-05-01T24:00:01Z",
					   "2024-05-01T12:60:00Z",
					   "2024-05-01T12:00:61Z",
					   "2024-05-01T12:00:00.Z",
					   "2024-05-01T12:00:00ZZ",
					   "2024-05-01T12:00:00+",
					   "2024-05-01T12:00:00+15:00",
					   "2024-05-01T12:00:00+01:60",
					   "2024-05-01T12:00:00+01:0",
					   "1969-12-31T23:59:59Z",
					   "1970-01-01T00:00:00Z",
					   "-2024-05-01T12:00:00Z",
					   "12024-05-01T12:00:00Z" };
	int64_t us = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(hms_fault_time(hms_str(unknown[i]), &us), HMS_ENOENT);
		assert_int_equal(us, 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(hms_fault_time(hms_str(bad[i]), &us), HMS_ESYNTAX);
		assert_int_equal(us, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(severities_are_found_in_any_case_and_by_what_the_field_uses),
		cmocka_unit_test(notification_types_are_found_long_and_short),
		cmocka_unit_test(event_types_are_found_in_the_spellings_of_prose_and_field),
		cmocka_unit_test(every_spelling_of_the_standard_finds_itself),
		cmocka_unit_test(long_texts_are_no_spelling),
		cmocka_unit_test(times_are_read_with_zone_offset_or_none),
		cmocka_unit_test(unknown_times_are_told_from_bad_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
