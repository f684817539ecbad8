/* Alarms and PM uploads of a cell over real connections: notifications (FM-03, FM-04), periodic files (PM-02, PM-03). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

#define SPA(path, notification)                                                                                                         \
	"<cwmp:SetParameterAttributes><ParameterList><SetParameterAttributesStruct><Name>" path "</Name>"                               \
	"<NotificationChange>1</NotificationChange><Notification>" notification "</Notification><AccessListChange>0</AccessListChange>" \
	"<AccessList/></SetParameterAttributesStruct></ParameterList></cwmp:SetParameterAttributes>"
#define EXPEDITED "Device.FaultMgmt.ExpeditedEvent."
#define QUEUED "Device.FaultMgmt.QueuedEvent."

static size_t count_text(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, part)); p++)
		n++;
	return n;
}

/* The cell has booted, and was told to notify. */
static void begin(const char *attributes)
{
	PLAY({ 200, "INFORM" }, { 200, attributes }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_string_equal(acs.got[2].method, "SetParameterAttributesResponse");
	sim.stopping = false;
}

static void an_expedited_alarm_opens_a_session_with_its_whole_row(void **state)
{
	(void)state;
	begin(SPA(EXPEDITED, "2"));
	PLAY({ 200, "INFORM" }, { 204 });
	alarm_do(cell, FAULT_NEW, FAULT_LINK_DOWN);
	run_sessions(2);
	assert_true(inform_has(0, "4 VALUE CHANGE"));
	assert_int_equal(count_text(acs.got[0].body, "<Name>" EXPEDITED "1."), 10);
	assert_true(inform_has(0, EXPEDITED "1.NotificationType</Name><Value xsi:type=\"xsd:string\">NewAlarm<"));
	assert_true(inform_has(0, ">HeNB=0200F0-SIM00000001<"));
	assert_int_equal(cell->alarms.reported[FAULT_NEW], 1);
	assert_int_equal(tree_changes(&cell->tree), 0);
}

static void a_queued_alarm_rides_in_the_next_session(void **state)
{
	(void)state;
	begin(SPA(QUEUED, "1"));
	PLAY({ 200, "INFORM" }, { 204 });
	alarm_do(cell, FAULT_NEW, FAULT_HOT);
	assert_false(hms_timer_active(&cell->timer));
	events_add(&cell->events, HMS_EVENT_PERIODIC);
	cell_schedule(cell);
	run_sessions(2);
	assert_true(inform_has(0, "2 PERIODIC") && inform_has(0, "4 VALUE CHANGE"));
	assert_int_equal(count_text(acs.got[0].body, "<Name>" QUEUED "1."), 10);
}

static void without_attributes_an_alarm_is_not_reported(void **state)
{
	(void)state;
	begin(SPA(EXPEDITED, "0"));
	alarm_do(cell, FAULT_NEW, FAULT_LINK_DOWN);
	assert_false(hms_timer_active(&cell->timer));
	assert_int_equal(tree_changes(&cell->tree), 0);
}

static void half_a_row_can_be_sent_and_the_rest_be_read(void **state)
{
	(void)state;
	opt.partial_alarms = 1;
	begin(SPA(EXPEDITED, "2"));
	PLAY({ 200, "INFORM" },
	     { 200,
	       "<cwmp:GetParameterValues><ParameterNames><string>" EXPEDITED "1.</string></ParameterNames></cwmp:GetParameterValues>" },
	     { 204 });
	alarm_do(cell, FAULT_NEW, FAULT_LINK_DOWN);
	run_sessions(2);
	assert_int_equal(count_text(acs.got[0].body, "<Name>" EXPEDITED "1."), 5);
	assert_int_equal(count_text(acs.got[2].body, "<Name>" EXPEDITED "1."), 10);
}

static void an_alarm_during_a_session_waits_for_its_end(void **state)
{
	(void)state;
	begin(SPA(EXPEDITED, "2"));
	PLAY({ 200, "INFORM" }, { 204 }, { 200, "INFORM" }, { 204 });
	alarm_do(cell, FAULT_NEW, FAULT_LINK_DOWN);
	while (!cell->session)
		hms_loop_run_once(loop, true);
	alarm_do(cell, FAULT_CLEARED, ALARM_ANY);
	assert_int_equal(cell->alarms.faults.active_count, 1);
	run_sessions(3);
	assert_int_equal(count_text(acs.got[2].body, "<Name>" EXPEDITED "2."), 10);
	assert_true(inform_has(2, ">ClearedAlarm<"));
	assert_int_equal(cell->alarms.reported[FAULT_CLEARED], 1);
}

static void an_alarm_that_was_not_answered_comes_again(void **state)
{
	(void)state;
	begin(SPA(EXPEDITED, "2"));
	PLAY({ 503 }, { 200, "INFORM" }, { 204 });
	alarm_do(cell, FAULT_NEW, FAULT_LINK_DOWN);
	run_sessions(3);
	assert_int_equal(count_text(acs.got[1].body, "<Name>" EXPEDITED "1."), 10);
	assert_int_equal(cell->alarms.reported[FAULT_NEW], 1);
}

/* ---- PM uploads ---- */
static char config[4096];

static const char *pm_config(const char *enable)
{
	snprintf(
		config, sizeof(config),
		"<cwmp:SetParameterValues><ParameterList>"
		"<ParameterValueStruct><Name>Device.FAP.PerfMgmt.Config.1.URL</Name><Value xsi:type=\"xsd:string\">%s/pm/</Value></ParameterValueStruct>"
		"<ParameterValueStruct><Name>Device.FAP.PerfMgmt.Config.1.PeriodicUploadInterval</Name><Value xsi:type=\"xsd:unsignedInt\">900</Value>"
		"</ParameterValueStruct><ParameterValueStruct><Name>Device.FAP.PerfMgmt.Config.1.Enable</Name><Value xsi:type=\"xsd:boolean\">%s</Value>"
		"</ParameterValueStruct><ParameterValueStruct><Name>" FAPCONTROL
		"PMConfig</Name><Value xsi:type=\"xsd:string\">Device.FAP.PerfMgmt.Config.1.</Value></ParameterValueStruct></ParameterList>"
		"<ParameterKey>k</ParameterKey></cwmp:SetParameterValues>",
		acs.url, enable);
	return config;
}

static bool have_come(unsigned count) { return acs.at >= count; }

#define ADD_CONFIG "<cwmp:AddObject><ObjectName>Device.FAP.PerfMgmt.Config.</ObjectName><ParameterKey>k</ParameterKey></cwmp:AddObject>"

static const struct acs_step *find_put(unsigned *at)
{
	while (*at < acs.at && strcmp(acs.got[*at].verb, "PUT") != 0)
		++*at;
	return *at < acs.at ? &acs.script[(*at)++] : NULL;
}

static void periods_that_have_ended_are_uploaded_one_after_the_other(void **state)
{
	unsigned at = 0, puts = 0;

	(void)state;
	opt.pm_history = 3;
	opt.pm_skip = 2;
	PLAY({ 200, "INFORM" }, { 200, ADD_CONFIG }, { 200, pm_config("1") }, { 204 }, { 503 }, { 201 }, { 204 });
	cell_power_up(cell);
	assert_true(run_until(have_come, 7));
	run_sessions(1);
	for (; find_put(&at); puts++)
		assert_non_null(strstr(acs.got[at - 1].path, "/cwmp/pm/A20"));
	assert_true(puts >= 2); /* of the refused one, again, and of the third period */
}

static void disabling_ends_the_uploads(void **state)
{
	(void)state;
	opt.pm_history = 1;
	PLAY({ 200, "INFORM" }, { 200, ADD_CONFIG }, { 200, pm_config("1") }, { 204 }, { 201 });
	cell_power_up(cell);
	assert_true(run_until(have_come, 5));
	run_sessions(1);
	assert_true(cell->pm.on);
	sim.stopping = false;
	PLAY({ 200, "INFORM" }, { 200, pm_config("0") }, { 204 });
	events_add(&cell->events, HMS_EVENT_PERIODIC);
	cell_schedule(cell);
	run_sessions(2);
	assert_false(cell->pm.on || hms_timer_active(&cell->pm.timer) || cell->pm.upload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_expedited_alarm_opens_a_session_with_its_whole_row),
		TEST(a_queued_alarm_rides_in_the_next_session),
		TEST(without_attributes_an_alarm_is_not_reported),
		TEST(half_a_row_can_be_sent_and_the_rest_be_read),
		TEST(an_alarm_during_a_session_waits_for_its_end),
		TEST(an_alarm_that_was_not_answered_comes_again),
		TEST(periods_that_have_ended_are_uploaded_one_after_the_other),
		TEST(disabling_ends_the_uploads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
