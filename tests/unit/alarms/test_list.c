/* The alarm list: raise, change, clear, late and repeated events, identifiers, operators. */
#include "fixture.h"

#include <stdio.h>

static void a_new_alarm_is_listed_with_all_it_says(void **state)
{
	const struct alm_alarm *a;

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "lost");
	run();
	a = alarm_at(0);
	assert_string_equal(transitions(), "NEW");
	assert_int_equal(a->state, ALM_ACTIVE_UNACK);
	assert_int_equal(a->severity, HMS_FAULT_SEVERITY_CRITICAL);
	assert_int_equal(a->raised, at(0));
	assert_true(hms_str_eqz(a->identifier, "A-1"));
	assert_true(hms_str_eqz(a->event_type, "Communications Alarm"));
	assert_true(hms_str_eqz(a->probable_cause, "Link Failure"));
	assert_true(hms_str_eqz(a->additional_text, "lost"));
	assert_int_equal(a->flags, 0);
	assert_true(a->id > 0);
}

static void the_same_event_again_has_no_effect(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		event(0, "A-1", "NewAlarm", "Critical", "lost");
		if (i == 1)
			event(0, "A-1", "NewAlarm", "Critical", "lost");
		run();
		assert_string_equal(transitions(), i ? "" : "NEW");
	}
	assert_int_equal(listed(), 1);
	assert_int_equal(ctx.repeats, 3);
}

static void a_repeated_raise_updates_the_text_and_makes_no_alarm(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "lost");
	event(10, "A-1", "NewAlarm", "Critical", "still lost");
	run();
	assert_string_equal(transitions(), "NEW REPEATED");
	assert_int_equal(listed(), 1);
	assert_true(hms_str_eqz(alarm_at(0)->additional_text, "still lost"));
	assert_int_equal(alarm_at(0)->raised, at(0));
}

static void a_raise_with_another_severity_stands_for_a_missed_change(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Minor", "");
	event(10, "A-1", "NewAlarm", "Critical", "");
	run();
	assert_string_equal(transitions(), "NEW CHANGED");
	assert_int_equal(alarm_at(0)->severity, HMS_FAULT_SEVERITY_CRITICAL);
}

static void a_change_of_severity_resets_the_acknowledgement(void **state)
{
	const struct alm_alarm *a;

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	run();
	a = alarm_at(0);
	ask("ack", a->id);
	run();
	assert_string_equal(transitions(), "ACK_STATE");
	assert_int_equal(a->state, ALM_ACTIVE_ACK);
	assert_true(hms_str_eqz(a->ack_user, "ann"));
	event(60, "A-1", "ChangedAlarm", "Major", "");
	run();
	assert_string_equal(transitions(), "CHANGED");
	assert_int_equal(a->state, ALM_ACTIVE_UNACK);
	assert_int_equal(a->acked, 0);
	assert_int_equal(a->ack_user.len, 0);
	assert_int_equal(a->changed, at(60));
}

static void a_change_of_other_data_is_general_and_one_of_nothing_is_none(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "lost");
	event(10, "A-1", "ChangedAlarm", "Critical", "one of two is back");
	event(20, "A-1", "ChangedAlarm", "Critical", "one of two is back");
	run();
	assert_string_equal(transitions(), "NEW CHANGED_GENERAL REPEATED");
}

static void a_change_without_a_raise_lists_the_alarm(void **state)
{
	(void)state;
	event(0, "A-1", "ChangedAlarm", "Major", "");
	run();
	assert_string_equal(transitions(), "NEW");
	assert_true(hms_str_eqz(ctx.history[0]->reason, "missed raise"));
	assert_true(alarm_at(0)->flags & ALM_MISSED);
}

static void a_cleared_alarm_waits_for_its_acknowledgement(void **state)
{
	const struct alm_alarm *a;

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	event(60, "A-1", "ClearedAlarm", "Critical", "recovered"); /* the original severity is tolerated */
	run();
	a = alarm_at(0);
	assert_string_equal(transitions(), "NEW CLEARED");
	assert_int_equal(a->state, ALM_CLEARED_UNACK);
	assert_int_equal(a->severity, HMS_FAULT_SEVERITY_CLEARED);
	assert_int_equal(a->cleared, at(60));
	ask("ack", a->id);
	run();
	assert_string_equal(transitions(), "ACK_STATE");
	assert_int_equal(listed(), 0);
}

static void an_acknowledged_alarm_leaves_the_list_with_its_clear(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	run();
	ask("ack", alarm_at(0)->id);
	run();
	event(60, "A-1", "ClearedAlarm", "Cleared", "");
	run();
	assert_string_equal(transitions(), "CLEARED");
	assert_int_equal(listed(), 0);
}

/* [Q11] */
static void severity_cleared_is_a_clear_whatever_the_type(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	event(10, "A-1", "ChangedAlarm", "CLEAR", "");
	event(20, "A-2", "NewAlarm", "Cleared", "");
	run();
	assert_string_equal(transitions(), "NEW CLEARED LOGGED");
	assert_int_equal(listed(), 1);
}

static void a_clear_of_what_is_unknown_is_logged_only(void **state)
{
	(void)state;
	event(0, "A-1", "ClearedAlarm", "Cleared", "");
	run();
	assert_string_equal(transitions(), "LOGGED");
	assert_int_equal(listed(), 0);
}

static void a_new_alarm_after_a_clear_is_another_one_and_the_old_one_is_superseded_by_its_clear(void **state)
{
	int64_t first;

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	event(10, "A-1", "ClearedAlarm", "Cleared", "");
	run();
	first = alarm_at(0)->id;
	event(20, "A-1", "NewAlarm", "Critical", "");
	run();
	assert_string_equal(transitions(), "NEW");
	assert_int_equal(listed(), 2);
	assert_int_equal(alarm_at(0)->state, ALM_CLEARED_UNACK);
	assert_int_equal(alarm_at(1)->state, ALM_ACTIVE_UNACK);
	assert_true(alarm_at(1)->id > first);
	event(30, "A-1", "ClearedAlarm", "Cleared", "");
	run();
	assert_string_equal(transitions(), "SUPERSEDED CLEARED");
	assert_int_equal(listed(), 1);
	assert_true(alarm_at(0)->id > first);
}

static void what_is_older_than_what_was_applied_last_is_late(void **state)
{
	(void)state;
	event(60, "A-1", "NewAlarm", "Critical", "");
	event(30, "A-1", "ChangedAlarm", "Minor", "");
	event(20, "A-1", "ClearedAlarm", "Cleared", "");
	event(60, "A-1", "ChangedAlarm", "Major", ""); /* of one time: New < Changed */
	run();
	assert_string_equal(transitions(), "NEW LATE LATE CHANGED");
	assert_int_equal(alarm_at(0)->severity, HMS_FAULT_SEVERITY_MAJOR);
}

static void a_raise_that_comes_after_its_clear_is_late_even_if_nothing_is_listed(void **state)
{
	(void)state;
	event(60, "A-1", "ClearedAlarm", "Cleared", "");
	run();
	event(0, "A-1", "NewAlarm", "Critical", "");
	event(60, "A-1", "NewAlarm", "Critical", "");
	run();
	assert_string_equal(transitions(), "LATE LATE");
	assert_int_equal(listed(), 0);
	event(61, "A-1", "NewAlarm", "Critical", "");
	run();
	assert_string_equal(transitions(), "NEW");
}

static void an_identifier_that_is_used_again_for_something_else_is_another_alarm(void **state)
{
	static pair fire[] = { { D2 "ExpeditedEvent.2.EventTime", "2024-05-01T12:01:00Z" },
			       { D2 "ExpeditedEvent.2.AlarmIdentifier", "A-1" },
			       { D2 "ExpeditedEvent.2.NotificationType", "NewAlarm" },
			       { D2 "ExpeditedEvent.2.EventType", "Environmental" },
			       { D2 "ExpeditedEvent.2.ProbableCause", "Fire" },
			       { D2 "ExpeditedEvent.2.PerceivedSeverity", "Critical" } };

	(void)state;
	event(0, "A-1", "NewAlarm", "Minor", "");
	INFORM(fire);
	run();
	assert_string_equal(transitions(), "NEW NEW");
	event(120, "A-1", "ClearedAlarm", "Cleared", ""); /* of the problem that it names */
	run();
	assert_int_equal(alarm_at(0)->state, ALM_CLEARED_UNACK);
	assert_int_equal(alarm_at(1)->state, ALM_ACTIVE_UNACK);
}

static void without_an_identifier_the_problem_is_the_key(void **state)
{
	(void)state;
	event(0, "", "NewAlarm", "Minor", "");
	event(10, "", "ChangedAlarm", "Major", "");
	event(20, "", "ClearedAlarm", "Cleared", "");
	run();
	assert_string_equal(transitions(), "NEW CHANGED CLEARED");
	assert_int_equal(listed(), 1);
}

static void rows_of_one_inform_are_applied_in_the_order_of_their_times(void **state)
{
	static pair rows[] = {
		{ D2 "ExpeditedEvent.3.EventTime", "2024-05-01T12:31:00Z" },
		{ D2 "ExpeditedEvent.3.AlarmIdentifier", "A-7" },
		{ D2 "ExpeditedEvent.3.NotificationType", "ClearedAlarm" },
		{ D2 "ExpeditedEvent.5.EventTime", "2024-05-01T12:03:01Z" },
		{ D2 "ExpeditedEvent.5.AlarmIdentifier", "A-7" },
		{ D2 "ExpeditedEvent.5.NotificationType", "NewAlarm" },
		{ D2 "ExpeditedEvent.5.EventType", "Communications" },
		{ D2 "ExpeditedEvent.5.ProbableCause", "x" },
		{ D2 "ExpeditedEvent.5.PerceivedSeverity", "Critical" },
		{ D2 "QueuedEvent.1.EventTime", "2024-05-01T12:10:44Z" },
		{ D2 "QueuedEvent.1.AlarmIdentifier", "A-7" },
		{ D2 "QueuedEvent.1.NotificationType", "ChangedAlarm" },
		{ D2 "QueuedEvent.1.EventType", "Communications" },
		{ D2 "QueuedEvent.1.ProbableCause", "x" },
		{ D2 "QueuedEvent.1.PerceivedSeverity", "Major" },
	};

	(void)state;
	INFORM(rows);
	run();
	assert_string_equal(transitions(), "NEW CHANGED CLEARED");
}

/* [Q11] */
static void an_event_without_a_time_is_never_late_and_makes_nothing_late(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	dev.inputs->rows.list[0].text[HMS_FAULT_EVENT_TIME] = HMS_STR("noon");
	hms_fault_row_read(&dev.inputs->rows.list[0]);
	event(5, "A-1", "ChangedAlarm", "Minor", "");
	run();
	assert_string_equal(transitions(), "NEW CHANGED");
	assert_int_equal(alarm_at(0)->raised, RECV_US);
	assert_int_equal(alarm_at(0)->flags & (ALM_UNTIMED | ALM_BAD), ALM_UNTIMED | ALM_BAD);
}

static void a_time_far_ahead_is_as_good_as_none(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	dev.inputs->rows.list[0].text[HMS_FAULT_EVENT_TIME] = HMS_STR("9999-01-01T00:00:00Z");
	hms_fault_row_read(&dev.inputs->rows.list[0]);
	event(5, "A-1", "ClearedAlarm", "Cleared", "");
	run();
	assert_string_equal(transitions(), "NEW CLEARED");
}

static void operators_acknowledge_take_back_clear_and_comment(void **state)
{
	const struct alm_alarm *a;

	(void)state;
	event(0, "A-1", "NewAlarm", "Critical", "");
	run();
	a = alarm_at(0);
	ask("unack", a->id); /* it is not acknowledged */
	ask("ack", a->id);
	ask("ack", a->id);
	ask("unack", a->id);
	ask("comment", a->id);
	ask("nonsense", a->id);
	ask("ack", 12345);
	run();
	assert_string_equal(transitions(), "ACK_STATE ACK_STATE COMMENT");
	assert_int_equal(a->state, ALM_ACTIVE_UNACK);
	assert_true(hms_str_eqz(a->comment, "seen"));
	assert_true(ctx.history[0]->acknowledged && !ctx.history[1]->acknowledged);
	ask("clear", a->id);
	ask("clear", a->id);
	run();
	assert_string_equal(transitions(), "CLEARED");
	assert_true(hms_str_eqz(a->clear_user, "ann"));
	assert_true(hms_str_eqz(ctx.history[0]->reason, "manager"));
	event(5, "A-1", "ClearedAlarm", "Cleared", ""); /* the device's own comes later */
	run();
	assert_string_equal(transitions(), "LOGGED");
}

/* Readers of hms.alarms know a record that comes twice, and the order of two, by at_us. */
static void what_happens_in_one_transaction_has_times_of_its_own_in_order(void **state)
{
	(void)state;
	event(0, "A-1", "NewAlarm", "Major", "");
	run();
	event(10, "A-1", "ChangedAlarm", "Minor", "");
	ask("ack", alarm_at(0)->id);
	ask("unack", alarm_at(0)->id);
	ask("ack", alarm_at(0)->id);
	run();
	assert_string_equal(transitions(), "CHANGED ACK_STATE ACK_STATE ACK_STATE");
	for (size_t i = 1; i < ctx.history_count; i++)
		assert_true(ctx.history[i]->at > ctx.history[i - 1]->at);
}

static void the_list_has_a_limit_that_is_told_and_taken_back(void **state)
{
	char id[16];

	(void)state;
	ctx.limits.alarms_max = 10;
	for (int i = 0; i < 13; i++) {
		snprintf(id, sizeof(id), "A-%d", i);
		event(i, hms_arena_strz(ctx.arena, hms_str(id)), "NewAlarm", "Minor", "");
	}
	run();
	assert_int_equal(listed(), 11); /* with the one of HMS itself */
	assert_int_equal(dev.listing.overflow, 3);
	assert_true(alarm_at(10)->internal);
	assert_true(hms_str_eqz(alarm_at(10)->identifier, "alarm_list_full"));
	ask("ack", alarm_at(0)->id);
	ask("ack", alarm_at(1)->id);
	event(100, "A-0", "ClearedAlarm", "Cleared", "");
	event(100, "A-1", "ClearedAlarm", "Cleared", "");
	run();
	event(101, "A-0", "ClearedAlarm", "Cleared", "");
	run();
	event(102, "A-1", "ClearedAlarm", "Cleared", "");
	ask("ack", alarm_at(0)->id);
	ask("ack", alarm_at(1)->id);
	run();
	for (size_t i = 0; i < listed(); i++)
		assert_true(!alarm_at(i)->internal || alarm_at(i)->state == ALM_CLEARED_UNACK);
}

static void alarms_of_hms_itself_have_a_key_of_their_own(void **state)
{
	(void)state;
	event(0, "dead_event", "NewAlarm", "Minor", "");
	internal("dead_event", "Major", false);
	internal("dead_event", "Major", false);
	run();
	assert_string_equal(transitions(), "NEW NEW REPEATED");
	assert_int_equal(listed(), 2);
	internal("dead_event", "", true);
	internal("other", "nonsense", false);
	run();
	assert_string_equal(transitions(), "CLEARED NEW");
	assert_int_equal(alarm_at(0)->state, ALM_ACTIVE_UNACK);
	assert_int_equal(alarm_at(1)->state, ALM_CLEARED_UNACK);
	assert_int_equal(alarm_at(2)->severity, HMS_FAULT_SEVERITY_INDETERMINATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_alarm_is_listed_with_all_it_says),
		TEST(the_same_event_again_has_no_effect),
		TEST(a_repeated_raise_updates_the_text_and_makes_no_alarm),
		TEST(a_raise_with_another_severity_stands_for_a_missed_change),
		TEST(a_change_of_severity_resets_the_acknowledgement),
		TEST(a_change_of_other_data_is_general_and_one_of_nothing_is_none),
		TEST(a_change_without_a_raise_lists_the_alarm),
		TEST(a_cleared_alarm_waits_for_its_acknowledgement),
		TEST(an_acknowledged_alarm_leaves_the_list_with_its_clear),
		TEST(severity_cleared_is_a_clear_whatever_the_type),
		TEST(a_clear_of_what_is_unknown_is_logged_only),
		TEST(a_new_alarm_after_a_clear_is_another_one_and_the_old_one_is_superseded_by_its_clear),
		TEST(what_is_older_than_what_was_applied_last_is_late),
		TEST(a_raise_that_comes_after_its_clear_is_late_even_if_nothing_is_listed),
		TEST(an_identifier_that_is_used_again_for_something_else_is_another_alarm),
		TEST(without_an_identifier_the_problem_is_the_key),
		TEST(rows_of_one_inform_are_applied_in_the_order_of_their_times),
		TEST(an_event_without_a_time_is_never_late_and_makes_nothing_late),
		TEST(a_time_far_ahead_is_as_good_as_none),
		TEST(operators_acknowledge_take_back_clear_and_comment),
		TEST(what_happens_in_one_transaction_has_times_of_its_own_in_order),
		TEST(the_list_has_a_limit_that_is_told_and_taken_back),
		TEST(alarms_of_hms_itself_have_a_key_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
