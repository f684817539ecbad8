/* Partial rows, and resynchronisation with CurrentAlarm. */
#include "fixture.h"

#include "hms/cwmp/cwmp.h"

#define CURRENT(n, id, severity)                                                                                                          \
	{ D2 "CurrentAlarm." n ".AlarmIdentifier", id }, { D2 "CurrentAlarm." n ".AlarmRaisedTime", "2024-05-01T12:00:00Z" },             \
		{ D2 "CurrentAlarm." n ".EventType", "Communications" }, { D2 "CurrentAlarm." n ".ProbableCause", "Link Failure" },       \
		{ D2 "CurrentAlarm." n ".ManagedObjectInstance", "HeNB=1" }, { D2 "CurrentAlarm." n ".SpecificProblem", "S1 link down" }, \
	{                                                                                                                                 \
		D2 "CurrentAlarm." n ".PerceivedSeverity", severity                                                                       \
	}
#define ENTRIES(n)                                  \
	{                                           \
		D2 "CurrentAlarmNumberOfEntries", n \
	}

/* ---------------------------------------------------------------- partial rows */

static pair half[] = { { D2 "ExpeditedEvent.4.EventTime", "2024-05-01T12:00:00Z" },
		       { D2 "ExpeditedEvent.4.AlarmIdentifier", "A-1" },
		       { D2 "ExpeditedEvent.4.NotificationType", "NewAlarm" } };
static pair rest[] = { { D2 "ExpeditedEvent.4.EventType", "Equipment" },
		       { D2 "ExpeditedEvent.4.ProbableCause", "Fire" },
		       { D2 "ExpeditedEvent.4.PerceivedSeverity", "Major" } };

static void a_partial_row_waits_and_is_completed_by_what_comes_later(void **state)
{
	(void)state;
	INFORM(half);
	run();
	assert_string_equal(transitions(), "");
	assert_int_equal(dev.parts_count, 1);
	INFORM(rest);
	run();
	assert_string_equal(transitions(), "NEW");
	assert_int_equal(alarm_at(0)->raised, at(0));
	assert_int_equal(alarm_at(0)->severity, HMS_FAULT_SEVERITY_MAJOR);
	assert_int_equal(dev.parts_count, 0);
}

static void a_partial_row_that_is_read_again_whole_counts_once(void **state)
{
	static pair whole[] = { { D2 "ExpeditedEvent.4.EventTime", "2024-05-01T12:00:00Z" },
				{ D2 "ExpeditedEvent.4.AlarmIdentifier", "A-1" },
				{ D2 "ExpeditedEvent.4.NotificationType", "NewAlarm" },
				{ D2 "ExpeditedEvent.4.EventType", "Equipment" },
				{ D2 "ExpeditedEvent.4.ProbableCause", "Fire" },
				{ D2 "ExpeditedEvent.4.PerceivedSeverity", "Major" } };

	(void)state;
	INFORM(half);
	ANSWER(whole, 5);
	ANSWER(whole, 6);
	run();
	assert_string_equal(transitions(), "NEW");
	assert_int_equal(dev.parts_count, 0);
}

static void a_row_that_the_answer_leaves_partial_is_taken_as_it_is(void **state)
{
	static pair nothing_new[] = { { D2 "ExpeditedEvent.4.AlarmIdentifier", "A-1" } };

	(void)state;
	INFORM(half);
	run();
	ANSWER(nothing_new, 5);
	run();
	assert_string_equal(transitions(), "NEW");
	assert_int_equal(alarm_at(0)->severity, HMS_FAULT_SEVERITY_INDETERMINATE);
	assert_true(alarm_at(0)->flags & ALM_DEFAULTED);
}

static void a_partial_row_does_not_wait_for_ever(void **state)
{
	(void)state;
	INFORM(half);
	run();
	ctx.now_us += ctx.limits.partial_wait_us - 1000000;
	run();
	assert_string_equal(transitions(), "");
	ctx.now_us += 1000000;
	run();
	assert_string_equal(transitions(), "NEW");
	assert_int_equal(dev.parts_count, 0);
}

static void another_event_in_the_row_of_a_partial_one_is_not_mixed_with_it(void **state)
{
	static pair next[] = { { D2 "ExpeditedEvent.4.EventTime", "2024-05-01T13:00:00Z" },
			       { D2 "ExpeditedEvent.4.AlarmIdentifier", "A-2" },
			       { D2 "ExpeditedEvent.4.NotificationType", "NewAlarm" },
			       { D2 "ExpeditedEvent.4.EventType", "Equipment" },
			       { D2 "ExpeditedEvent.4.ProbableCause", "Fire" } };

	(void)state;
	INFORM(half);
	INFORM(next);
	run();
	assert_string_equal(transitions(), "NEW");
	assert_true(hms_str_eqz(alarm_at(0)->identifier, "A-1"));
	assert_int_equal(dev.parts_count, 1);
	assert_true(hms_str_eqz(dev.parts[0]->text[HMS_FAULT_ALARM_IDENTIFIER], "A-2"));
}

static void unused_rows_are_no_events(void **state)
{
	static pair ring[] = { { D2 "ExpeditedEvent.1.EventTime", "0001-01-01T00:00:00Z" },
			       { D2 "ExpeditedEvent.1.AlarmIdentifier", "" },
			       { D2 "ExpeditedEvent.1.NotificationType", "NewAlarm" },
			       { D2 "ExpeditedEvent.2.AlarmIdentifier", "" } };

	(void)state;
	INFORM(ring);
	run();
	assert_string_equal(transitions(), "");
	assert_int_equal(dev.parts_count, 0);
}

/* ---------------------------------------------------------------- resynchronisation */

static void a_whole_table_raises_changes_and_clears(void **state)
{
	static pair table[] = { ENTRIES("2"), CURRENT("1", "A-1", "Major"), CURRENT("7", "A-3", "Minor") };

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	event(0, "A-2", "NewAlarm", "Critical", "");
	internal("mine", "Major", false);
	run();
	ANSWER(table, 5);
	run();
	assert_string_equal(transitions(), "CHANGED NEW CLEARED LIST_REBUILT");
	assert_int_equal(alarm_at(0)->severity, HMS_FAULT_SEVERITY_MAJOR);
	assert_int_equal(alarm_at(1)->state, ALM_CLEARED_UNACK);
	assert_int_equal(alarm_at(2)->state, ALM_ACTIVE_UNACK); /* of HMS itself */
	assert_true(hms_str_eqz(alarm_at(3)->identifier, "A-3"));
	assert_int_equal(alarm_at(3)->raised, at(0));
	assert_true(hms_str_eqz(ctx.history[2]->reason, "resync"));
}

static void an_empty_table_clears_all_and_a_table_that_agrees_nothing(void **state)
{
	static pair agrees[] = { ENTRIES("1"), CURRENT("1", "A-1", "Critical") };
	static pair empty[] = { ENTRIES("0") };

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	run();
	ANSWER(agrees, 5);
	run();
	assert_string_equal(transitions(), "LIST_REBUILT");
	ANSWER(empty, 6);
	run();
	assert_string_equal(transitions(), "CLEARED LIST_REBUILT");
}

static void rows_without_the_number_or_fewer_than_it_clear_nothing(void **state)
{
	static pair one_row[] = { CURRENT("1", "A-2", "Major") };
	static pair too_few[] = { ENTRIES("3"), CURRENT("1", "A-3", "Major") };

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	run();
	ANSWER(one_row, 5);
	ANSWER(too_few, 6);
	run();
	assert_string_equal(transitions(), "NEW NEW");
	assert_int_equal(alarm_at(0)->state, ALM_ACTIVE_UNACK);
}

static void a_repeated_answer_does_not_raise_again_what_was_cleared_since(void **state)
{
	static pair table[] = { ENTRIES("1"), CURRENT("1", "A-1", "Major") };

	(void)state;
	ANSWER(table, 5);
	run();
	assert_string_equal(transitions(), "NEW LIST_REBUILT");
	event(60, "A-1", "ClearedAlarm", "Cleared", "");
	ANSWER(table, 5);
	run();
	assert_string_equal(transitions(), "CLEARED");
}

static void a_table_in_parts_counts_when_it_is_whole(void **state)
{
	static pair first[] = { ENTRIES("2"), CURRENT("1", "A-1", "Major"), { D2 "CurrentAlarm.2.AlarmIdentifier", "A-2" } };
	static pair second[] = { { D2 "CurrentAlarm.2.EventType", "Equipment" },
				 { D2 "CurrentAlarm.2.ProbableCause", "Fire" },
				 { D2 "CurrentAlarm.2.PerceivedSeverity", "Minor" } };
	static pair third[] = { { "Device.Other", "x" } };

	(void)state;
	event(0, "A-9", "NewAlarm", "Critical", "");
	run();
	answer(first, 9, 5, 7, 0, false);
	run();
	assert_string_equal(transitions(), "NEW");
	answer(second, 3, 5, 7, 1, false);
	answer(second, 3, 5, 7, 1, false); /* a repeat */
	run();
	assert_string_equal(transitions(), "NEW");
	answer(third, 1, 5, 7, 2, true);
	run();
	assert_string_equal(transitions(), "CLEARED LIST_REBUILT");
	assert_int_equal(alarm_at(0)->state, ALM_CLEARED_UNACK);
	assert_int_equal(listed(), 3);
}

static void a_table_whose_parts_begin_in_the_midst_clears_nothing(void **state)
{
	static pair last[] = { ENTRIES("0") };

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	run();
	answer(last, 1, 5, 7, 3, true);
	run();
	assert_string_equal(transitions(), "");
}

static void a_table_after_parts_without_fault_management_counts(void **state)
{
	static pair other[] = { { "Device.Other", "x" } };
	static pair table[] = { ENTRIES("0") };

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	run();
	answer(other, 1, 5, 7, 0, false);
	answer(table, 1, 5, 7, 1, false);
	answer(other, 1, 5, 7, 2, true);
	run();
	assert_string_equal(transitions(), "CLEARED LIST_REBUILT");
}

static void a_restart_of_a_femto_makes_the_list_doubtful_until_it_has_been_read(void **state)
{
	static pair femto[] = { { "Device.Services.FAPService.1.FAPControl.LTE.OpState", "1" } };
	static pair other[] = { { "Device.DeviceInfo.SoftwareVersion", "1" } };
	static pair empty[] = { ENTRIES("0") };

	(void)state;
	inform(other, 1, HMS_EVENT_BOOT);
	inform(femto, 1, HMS_EVENT_PERIODIC);
	run();
	assert_int_equal(dev.listing.potentially_faulty, 0);
	inform(femto, 1, HMS_EVENT_BOOT);
	run();
	assert_true(dev.listing.potentially_faulty > 0);
	ANSWER(empty, 5);
	run();
	assert_int_equal(dev.listing.potentially_faulty, 0);
	assert_true(dev.listing.rebuilt > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_partial_row_waits_and_is_completed_by_what_comes_later),
		TEST(a_partial_row_that_is_read_again_whole_counts_once),
		TEST(a_row_that_the_answer_leaves_partial_is_taken_as_it_is),
		TEST(a_partial_row_does_not_wait_for_ever),
		TEST(another_event_in_the_row_of_a_partial_one_is_not_mixed_with_it),
		TEST(unused_rows_are_no_events),
		TEST(a_whole_table_raises_changes_and_clears),
		TEST(an_empty_table_clears_all_and_a_table_that_agrees_nothing),
		TEST(rows_without_the_number_or_fewer_than_it_clear_nothing),
		TEST(a_repeated_answer_does_not_raise_again_what_was_cleared_since),
		TEST(a_table_in_parts_counts_when_it_is_whole),
		TEST(a_table_whose_parts_begin_in_the_midst_clears_nothing),
		TEST(a_table_after_parts_without_fault_management_counts),
		TEST(a_restart_of_a_femto_makes_the_list_doubtful_until_it_has_been_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
