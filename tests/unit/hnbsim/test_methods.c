/* What a cell does with the later methods of CWMP, and what it asks by itself, over real connections (cwmp.md 7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control.h"
#include "rig.h"

#define UNKNOWN "00000000-0000-5000-8000-00000000000a"
#define CHANGE                                                                                                  \
	"<cwmp:ChangeDUState><Operations xsi:type=\"cwmp:InstallOpStruct\"><URL>http://a/du</URL></Operations>" \
	"<Operations xsi:type=\"cwmp:UninstallOpStruct\"><UUID>" UNKNOWN                                        \
	"</UUID></Operations><CommandKey>H1.1</CommandKey></cwmp:ChangeDUState>"
#define METHOD(name, inside) "<cwmp:" name ">" inside "</cwmp:" name ">"
#define WINDOWS(start, end)                                                                     \
	"<TimeWindowList><TimeWindowStruct><WindowStart>" start "</WindowStart><WindowEnd>" end \
	"</WindowEnd><WindowMode>1 At Any Time</WindowMode><UserMessage/><MaxRetries>-1</MaxRetries></TimeWindowStruct></TimeWindowList>"
#define SCHEDULED(start, end)                                                                                               \
	METHOD("ScheduleDownload",                                                                                          \
	       "<CommandKey>H1.1</CommandKey><FileType>1 Firmware Upgrade Image</FileType><URL>http://127.0.0.1:9/fw</URL>" \
	       "<Username/><Password/><FileSize>0</FileSize><TargetFileName/>" WINDOWS(start, end))
#define FAULT_OF(post, code) assert_non_null(strstr(acs.got[post].body, "<FaultCode>" code "</FaultCode>"))

static int open_rig(void **state)
{
	int rc = rig_open(state);

	opt.cwmp = HMS_CWMP_1_2;
	return rc;
}

static int close_rig(void **state)
{
	opt.cwmp = HMS_CWMP_1_0;
	return rig_close(state);
}

static void a_change_of_deployment_units_is_done_after_the_session_and_reported_with_each_result(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, CHANGE }, { 204 }, { 200, "INFORM" }, { 200, "<cwmp:DUStateChangeCompleteResponse/>" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_string_equal(acs.got[2].method, "ChangeDUStateResponse");
	assert_true(inform_has(3, "11 DU STATE CHANGE COMPLETE") && inform_has(3, "M ChangeDUState") && inform_has(3, "H1.1"));
	assert_string_equal(acs.got[4].method, "DUStateChangeComplete");
	assert_non_null(strstr(acs.got[4].body, "<CurrentState>Installed</CurrentState>"));
	assert_non_null(strstr(acs.got[4].body, UNKNOWN));
	FAULT_OF(4, "0");
	FAULT_OF(4, "9028");
	assert_non_null(strstr(acs.got[4].body, "<CommandKey>H1.1</CommandKey>"));
	assert_int_equal(cell->units.count, 1);
	assert_true(events_none(&cell->events));
	assert_int_equal(cell->transfers.count, 0);
}

static void an_operation_of_no_known_type_is_9003(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" },
	     { 200, METHOD("ChangeDUState",
			   "<Operations><URL>x</URL></Operations><Operations xsi:type=\"cwmp:Other\"><URL>y</URL></Operations>") },
	     { 204 });
	cell_power_up(cell);
	run_sessions(1);
	FAULT_OF(2, "9003");
	assert_int_equal(cell->transfers.count, 0);
}

static void schedule_inform_brings_a_session_with_its_key(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, METHOD("ScheduleInform", "<DelaySeconds>1</DelaySeconds><CommandKey>H2.1</CommandKey>") }, { 204 },
	     { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_string_equal(acs.got[2].method, "ScheduleInformResponse");
	assert_true(inform_has(3, "3 SCHEDULED") && inform_has(3, "M ScheduleInform") && inform_has(3, "H2.1"));
	assert_true(events_none(&cell->events));
}

static void schedule_inform_without_delay_is_9003(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, METHOD("ScheduleInform", "<DelaySeconds>0</DelaySeconds><CommandKey/>") }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	FAULT_OF(2, "9003");
}

static void a_scheduled_download_waits_for_its_window_and_is_cancelled_by_its_key(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, SCHEDULED("3600", "7200") }, { 200, METHOD("GetAllQueuedTransfers", "") },
	     { 200, METHOD("CancelTransfer", "<CommandKey>H1.1</CommandKey>") },
	     { 200, METHOD("CancelTransfer", "<CommandKey>H1.1</CommandKey>") }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_string_equal(acs.got[2].method, "ScheduleDownloadResponse");
	assert_non_null(strstr(acs.got[3].body, "<CommandKey>H1.1</CommandKey><State>1</State>"));
	assert_string_equal(acs.got[4].method, "CancelTransferResponse");
	assert_string_equal(acs.got[5].method, "CancelTransferResponse"); /* what is not there is no error */
	assert_int_equal(cell->transfers.count, 0);
}

static void vouchers_options_and_the_vendors_method_are_answered(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, METHOD("SetVouchers", "<VoucherList><base64>YQ==</base64></VoucherList>") },
	     { 200, METHOD("GetOptions", "<OptionName/>") }, { 200, METHOD("X_0200F0_Echo", "<A>1</A><B>2</B>") },
	     { 200, METHOD("X_0200F0_Other", "") }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_string_equal(acs.got[2].method, "SetVouchersResponse");
	assert_non_null(strstr(acs.got[3].body, "OptionList"));
	assert_string_equal(acs.got[4].method, "X_0200F0_EchoResponse");
	assert_non_null(strstr(acs.got[4].body, "<A>1</A><B>2</B>"));
	FAULT_OF(5, "9000");
}

static void a_cell_asks_what_it_is_told_to_ask_until_it_is_answered(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 204 }, { 200, "INFORM" }, { 200, "<cwmp:KickedResponse><NextURL/></cwmp:KickedResponse>" },
	     { 200, "<cwmp:RequestDownloadResponse/>" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	sim.stopping = false;
	events_add(&cell->events, HMS_EVENT_KICKED);
	assert_int_equal(control_line(&sim, HMS_STR("request-download all")), 0);
	run_sessions(2);
	assert_true(inform_has(2, "5 KICKED") && inform_has(2, "9 REQUEST DOWNLOAD"));
	assert_string_equal(acs.got[3].method, "Kicked");
	assert_string_equal(acs.got[4].method, "RequestDownload");
	assert_true(events_none(&cell->events));
}

#define METHOD_TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		METHOD_TEST(a_change_of_deployment_units_is_done_after_the_session_and_reported_with_each_result),
		METHOD_TEST(an_operation_of_no_known_type_is_9003),
		METHOD_TEST(schedule_inform_brings_a_session_with_its_key),
		METHOD_TEST(schedule_inform_without_delay_is_9003),
		METHOD_TEST(a_scheduled_download_waits_for_its_window_and_is_cancelled_by_its_key),
		METHOD_TEST(vouchers_options_and_the_vendors_method_are_answered),
		METHOD_TEST(a_cell_asks_what_it_is_told_to_ask_until_it_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
