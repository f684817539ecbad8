/* Sessions of a cell against an ACS that follows a script, over real connections: TR-069 3.4, 3.7.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "hms/base/clock.h"
#include "hms/log/log.h"

static void a_factory_new_cell_boots_with_its_location(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_DONE);
	assert_int_equal(acs.at, 2);
	assert_true(inform_has(0, "0 BOOTSTRAP") && inform_has(0, "1 BOOT") && inform_has(0, "LockedLatitude"));
	assert_true(inform_has(0, "<RetryCount>0<"));
	assert_string_equal(acs.got[1].body, "");
	assert_true(events_none(&cell->events));
}

static void an_rpc_is_executed_and_answered_in_the_next_post(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, SPV(PARAM(FAPCONTROL "Gateway.SecGWServer1", "string", "segw")) }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_DONE);
	assert_string_equal(acs.got[2].method, "SetParameterValuesResponse");
	assert_string_equal(acs.got[2].id, "rpc-2");
	assert_true(is_set(FAPCONTROL "Gateway.SecGWServer1", "segw"));
}

static void cookies_of_the_session_come_back(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM", "Set-Cookie", "s=1; Path=/" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_string_equal(acs.got[0].cookie, "");
	assert_string_equal(acs.got[1].cookie, "s=1");
}

static void a_challenge_is_answered_and_the_inform_is_the_same(void **state)
{
	(void)state;
	PLAY({ 401, NULL, "WWW-Authenticate", "Digest realm=\"hms\", nonce=\"n\", qop=\"auth\"" }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_DONE);
	assert_string_equal(acs.got[0].authorization, "");
	assert_non_null(strstr(acs.got[1].authorization, "username=\"0200F0-HENB%2DV2-SIM00000001\""));
	assert_string_equal(acs.got[0].body, acs.got[1].body);
	assert_int_equal(sim.counts.informs, 1);
}

static void a_cell_has_a_password_of_its_own(void **state)
{
	(void)state;
	PLAY({ 401, NULL, "WWW-Authenticate", "Basic realm=\"hms\"" }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_DONE);
	/* 0200F0-HENB%2DV2-SIM00000001:own SIM00000001 */
	assert_string_equal(acs.got[1].authorization, "Basic MDIwMEYwLUhFTkIlMkRWMi1TSU0wMDAwMDAwMTpvd24gU0lNMDAwMDAwMDE=");
}

static void refused_credentials_end_the_session(void **state)
{
	static const struct acs_step no = { 401, NULL, "WWW-Authenticate", "Digest realm=\"hms\", nonce=\"n\", qop=\"auth\"" };

	(void)state;
	PLAY(no, no);
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_AUTH);
	assert_false(events_none(&cell->events));
}

static void a_redirect_is_followed_for_this_session(void **state)
{
	char url[128];

	(void)state;
	snprintf(url, sizeof(url), "%s/elsewhere", acs.url);
	PLAY({ 307, NULL, "Location", url }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_DONE);
	assert_string_equal(acs.got[1].method, "Inform");
	assert_true(is_set("Device.ManagementServer.URL", acs.url));
}

static void endless_redirects_end_the_session(void **state)
{
	struct acs_step round = { 302, NULL, "Location", acs.url };

	(void)state;
	PLAY(round, round, round, round, round, round, round);
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_REDIRECTS);
	assert_int_equal(acs.at, 6);
}

#define FAULT(code)                                                                                                       \
	"<e:Fault><faultcode>Server</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault><FaultCode>" code \
	"</FaultCode><FaultString>x</FaultString></cwmp:Fault></detail></e:Fault>"

static void fault_8005_repeats_the_inform_in_the_same_session(void **state)
{
	(void)state;
	PLAY({ 200, FAULT("8005") }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_DONE);
	assert_string_equal(acs.got[0].body, acs.got[1].body);
}

static void another_fault_ends_the_session(void **state)
{
	(void)state;
	PLAY({ 200, FAULT("8001") });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_FAULT);
	assert_false(seen.answered);
}

static void a_refused_session_is_retried_with_its_events_and_a_new_marker(void **state)
{
	(void)state;
	PLAY({ 503 }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_int_equal(seen.last, SESSION_DONE);
	assert_true(inform_has(1, "0 BOOTSTRAP") && inform_has(1, "<RetryCount>1<"));
	assert_string_not_equal(acs.got[0].id, acs.got[1].id);
	assert_int_equal(cell->retry_count, 0);
}

static void events_that_were_answered_are_not_sent_again(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 503 }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_true(inform_has(2, "<RetryCount>1<"));
	assert_false(inform_has(2, "0 BOOTSTRAP"));
}

static void an_answer_to_another_inform_is_not_taken(void **state)
{
	(void)state;
	PLAY({ 200, "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>" });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_PROTOCOL);
	assert_false(events_none(&cell->events));
}

static void nonsense_ends_the_session(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, "<cwmp:InformResponse/>" });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_PROTOCOL);
}

static void a_new_url_means_bootstrap_there_and_nothing_else(void **state)
{
	static char body[1024];

	(void)state;
	snprintf(body, sizeof(body), SPV(PARAM("Device.ManagementServer.URL", "string", "%s/serving")), acs.url);
	PLAY({ 200, "INFORM" }, { 200, body }, { 204 }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_true(inform_has(3, "0 BOOTSTRAP") && inform_has(3, "EventStruct[1]") && inform_has(3, "<Value xsi:type=\"xsd:string\">k1<"));
	assert_non_null(strstr(cell->group->url, "/serving"));
}

static void a_reboot_comes_after_the_session_and_reports_its_key(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, "<cwmp:Reboot><CommandKey>H7.1</CommandKey></cwmp:Reboot>" }, { 204 }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_string_equal(acs.got[2].method, "RebootResponse");
	assert_true(inform_has(3, "1 BOOT") && inform_has(3, "M Reboot") && inform_has(3, ">H7.1<"));
	assert_false(inform_has(3, "0 BOOTSTRAP"));
	assert_int_equal(sim.counts.reboots, 1);
}

static void a_reboot_waits_for_a_session_that_ends_well(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, "<cwmp:Reboot><CommandKey>H7.1</CommandKey></cwmp:Reboot>" }, { 503 }, { 200, "INFORM" }, { 204 },
	     { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(3);
	assert_false(inform_has(3, "M Reboot"));
	assert_true(inform_has(5, "M Reboot"));
	assert_int_equal(sim.counts.reboots, 1);
}

static void a_factory_reset_forgets_all_and_bootstraps(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, SPV(PARAM(FAPCONTROL "Gateway.SecGWServer1", "string", "segw")) }, { 200, "<cwmp:FactoryReset/>" },
	     { 204 }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_true(inform_has(4, "0 BOOTSTRAP") && inform_has(4, "1 BOOT"));
	assert_true(is_set(FAPCONTROL "Gateway.SecGWServer1", "") && is_set("Device.ManagementServer.ParameterKey", ""));
}

static void an_unlocked_cell_goes_on_air_and_says_so(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" },
	     { 200,
	       SPV(PARAM(FAPCONTROL "Gateway.S1SigLinkServerList", "string", "192.0.2.1") PARAM(FAPCONTROL "AdminState", "boolean", "1")) },
	     { 204 }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_true(inform_has(3, "4 VALUE CHANGE") && inform_has(3, "EventStruct[1]"));
	assert_true(inform_has(3, "OpState</Name><Value xsi:type=\"xsd:boolean\">1<"));
	assert_true(is_set(FAPCONTROL "RFTxStatus", "1"));
}

static void without_a_gateway_it_stays_off_air(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, SPV(PARAM(FAPCONTROL "AdminState", "boolean", "1")) }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_true(is_set(FAPCONTROL "AdminState", "1") && is_set(FAPCONTROL "OpState", "0"));
	assert_false(hms_timer_active(&cell->op_timer));
}

static void an_abandoning_cell_leaves_at_the_rpc(void **state)
{
	(void)state;
	opt.abandon_rate = 1;
	opt.no_execute_rate = 0;
	PLAY({ 200, "INFORM" }, { 200, SPV("") });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_ABANDONED);
	assert_int_equal(acs.at, 2);
	assert_true(is_set("Device.ManagementServer.ParameterKey", "k1"));
}

static void an_empty_post_can_stand_for_an_answer(void **state)
{
	(void)state;
	opt.no_answer_rate = 1;
	opt.no_execute_rate = 1;
	PLAY({ 200, "INFORM" }, { 200, SPV("") }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_DONE);
	assert_string_equal(acs.got[2].body, "");
	assert_true(is_set("Device.ManagementServer.ParameterKey", ""));
}

static void a_silent_hms_times_out(void **state)
{
	(void)state;
	opt.timeout_http_ms = 50;
	PLAY({ .hang = true });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_TIMEOUT);
}

static void a_session_can_be_cut_at_any_time(void **state)
{
	(void)state;
	PLAY({ .hang = true });
	cell_power_up(cell);
	while (!cell->session)
		hms_loop_run_once(loop, true);
	session_stop(cell->session);
	run_sessions(1);
	assert_int_equal(seen.last, SESSION_STOPPED);
	assert_null(cell->session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_factory_new_cell_boots_with_its_location),
		TEST(an_rpc_is_executed_and_answered_in_the_next_post),
		TEST(cookies_of_the_session_come_back),
		TEST(a_challenge_is_answered_and_the_inform_is_the_same),
		TEST(a_cell_has_a_password_of_its_own),
		TEST(refused_credentials_end_the_session),
		TEST(a_redirect_is_followed_for_this_session),
		TEST(endless_redirects_end_the_session),
		TEST(fault_8005_repeats_the_inform_in_the_same_session),
		TEST(another_fault_ends_the_session),
		TEST(a_refused_session_is_retried_with_its_events_and_a_new_marker),
		TEST(events_that_were_answered_are_not_sent_again),
		TEST(an_answer_to_another_inform_is_not_taken),
		TEST(nonsense_ends_the_session),
		TEST(a_new_url_means_bootstrap_there_and_nothing_else),
		TEST(a_reboot_comes_after_the_session_and_reports_its_key),
		TEST(a_reboot_waits_for_a_session_that_ends_well),
		TEST(a_factory_reset_forgets_all_and_bootstraps),
		TEST(an_unlocked_cell_goes_on_air_and_says_so),
		TEST(without_a_gateway_it_stays_off_air),
		TEST(an_abandoning_cell_leaves_at_the_rpc),
		TEST(an_empty_post_can_stand_for_an_answer),
		TEST(a_silent_hms_times_out),
		TEST(a_session_can_be_cut_at_any_time),
	};

	hms_log_init("test", HMS_LOG_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
