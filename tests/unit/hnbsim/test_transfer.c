/* Downloads and Uploads of a cell over real connections: fetch, apply, report until answered (procedures.md 6, 11). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

#define CM_FILE(value)                                                                                                                    \
	"<configDataFile><fileHeader fileFormatVersion=\"x\"/><configData><managedElement localDn=\"SIM00000001\"/><Device><Services>"    \
	"<FAPService index=\"1\"><AccessMgmt><LTE><AccessMode>" value "</AccessMode></LTE></AccessMgmt></FAPService></Services></Device>" \
	"</configData><fileFooter dateTime=\"2024-05-01T12:00:00Z\"/></configDataFile>"
#define ACCESS_MODE "Device.Services.FAPService.1.AccessMgmt.LTE.AccessMode"
#define TAKEN                                           \
	{                                               \
		200, "<cwmp:TransferCompleteResponse/>" \
	}
#define FAULT_8001                                                                                                                   \
	"<e:Fault><faultcode>Server</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault><FaultCode>8001</FaultCode>" \
	"<FaultString>x</FaultString></cwmp:Fault></detail></e:Fault>"

static char rpc[2048];

static const char *download(const char *type, const char *url, unsigned size)
{
	snprintf(
		rpc, sizeof(rpc),
		"<cwmp:Download><CommandKey>H1.1</CommandKey><FileType>%s</FileType><URL>%s</URL><Username>u</Username><Password>p</Password>"
		"<FileSize>%u</FileSize><TargetFileName></TargetFileName><DelaySeconds>0</DelaySeconds><SuccessURL></SuccessURL>"
		"<FailureURL></FailureURL></cwmp:Download>",
		type, url ? url : acs.url, size);
	return rpc;
}

#define CM "3 Vendor Configuration File"

/* A session brings the RPC, the exchange is as given, a second session reports it. */
#define PLAY_DOWNLOAD(rpc_text, ...) PLAY({ 200, "INFORM" }, { 200, rpc_text }, { 204 }, __VA_ARGS__, { 200, "INFORM" }, TAKEN, { 204 })

static void reported(size_t inform, const char *fault)
{
	char code[64];

	snprintf(code, sizeof(code), "<FaultCode>%s</FaultCode>", fault);
	assert_true(inform_has(inform, "7 TRANSFER COMPLETE") && inform_has(inform, "M Download") && inform_has(inform, "H1.1"));
	assert_string_equal(acs.got[inform + 1].method, "TransferComplete");
	if (!strstr(acs.got[inform + 1].body, code))
		fail_msg("%s", acs.got[inform + 1].body);
	assert_non_null(strstr(acs.got[inform + 1].body, "<CommandKey>H1.1</CommandKey>"));
	assert_string_equal(acs.got[inform + 2].body, "");
	assert_int_equal(cell->transfers.count, 0);
	assert_true(events_none(&cell->events));
}

static void a_file_is_fetched_applied_and_reported(void **state)
{
	(void)state;
	PLAY_DOWNLOAD(download(CM, NULL, sizeof(CM_FILE("Closed Access")) - 1), { 200, CM_FILE("Closed Access"), .raw = true });
	cell_power_up(cell);
	run_sessions(2);
	assert_string_equal(acs.got[2].method, "DownloadResponse");
	assert_non_null(strstr(acs.got[2].body, "<Status>1</Status>"));
	assert_string_equal(acs.got[3].verb, "GET");
	reported(4, "0");
	assert_true(is_set(ACCESS_MODE, "Closed Access"));
	assert_int_equal(cell->cm_applied, 1);
}

static void the_file_server_is_given_the_credentials_of_the_rpc(void **state)
{
	(void)state;
	PLAY_DOWNLOAD(download(CM, NULL, 0), { 401, NULL, "WWW-Authenticate", "Digest realm=\"files\", nonce=\"n\", qop=\"auth\"" },
		      { 200, CM_FILE("Closed Access"), .raw = true });
	cell_power_up(cell);
	run_sessions(2);
	assert_non_null(strstr(acs.got[4].authorization, "username=\"u\""));
	reported(5, "0");
}

static void refused_credentials_are_9012(void **state)
{
	static const struct acs_step denied = { 401, NULL, "WWW-Authenticate", "Basic realm=\"files\"" };

	(void)state;
	PLAY({ 200, "INFORM" }, { 200, download(CM, NULL, 0) }, { 204 }, denied, denied, { 200, "INFORM" }, TAKEN, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	reported(5, "9012");
	assert_true(is_set(ACCESS_MODE, "Open Access"));
}

static void a_file_that_is_not_there_is_9016(void **state)
{
	(void)state;
	PLAY_DOWNLOAD(download(CM, NULL, 0), { 404 });
	cell_power_up(cell);
	run_sessions(2);
	reported(4, "9016");
}

static void another_size_than_announced_is_9010(void **state)
{
	(void)state;
	PLAY_DOWNLOAD(download(CM, NULL, 10), { 200, CM_FILE("Closed Access"), .raw = true });
	cell_power_up(cell);
	run_sessions(2);
	reported(4, "9010");
	assert_true(is_set(ACCESS_MODE, "Open Access"));
}

static void a_file_that_does_not_fit_is_9018(void **state)
{
	(void)state;
	PLAY_DOWNLOAD(download(CM, NULL, 0), { 200, CM_FILE("Half Open Access"), .raw = true });
	cell_power_up(cell);
	run_sessions(2);
	reported(4, "9018");
	assert_non_null(strstr(acs.got[5].body, "AccessMode: Invalid parameter value"));
}

static void a_server_that_cannot_be_reached_is_9015(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, download(CM, "http://127.0.0.1:1/cm.xml", 0) }, { 204 }, { 200, "INFORM" }, TAKEN, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	reported(3, "9015");
}

static void a_server_that_does_not_answer_is_9010(void **state)
{
	(void)state;
	opt.timeout_http_ms = 100;
	PLAY_DOWNLOAD(download(CM, NULL, 0), { .hang = true });
	cell_power_up(cell);
	run_sessions(2);
	reported(4, "9010");
}

static void an_answer_to_another_request_is_not_taken(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, download(CM, NULL, 0) }, { 204 }, { 404 }, { 200, "INFORM" },
	     { 200, "<cwmp:GetRPCMethodsResponse><MethodList><string>Inform</string></MethodList></cwmp:GetRPCMethodsResponse>" });
	cell_power_up(cell);
	run_sessions(2);
	assert_int_equal(seen.last, SESSION_PROTOCOL);
	assert_int_equal(cell->transfers.count, 1);
	assert_false(events_none(&cell->events));
}

static void a_new_url_in_a_file_is_followed_with_a_bootstrap(void **state)
{
	static char file[1024];
	char url[80];

	(void)state;
	snprintf(url, sizeof(url), "%s/2", acs.url);
	snprintf(file, sizeof(file),
		 "<configDataFile><fileHeader fileFormatVersion=\"x\"/><configData><managedElement/><ManagementServer><URL>%s</URL>"
		 "</ManagementServer></configData><fileFooter dateTime=\"2024-05-01T12:00:00Z\"/></configDataFile>",
		 url);
	PLAY_DOWNLOAD(download(CM, NULL, 0), { 200, file, .raw = true });
	cell_power_up(cell);
	run_sessions(2);
	assert_string_equal(acs.got[4].path, "/cwmp/2");
	assert_true(inform_has(4, "0 BOOTSTRAP"));
	reported(4, "0");
}

static void bad_requests_are_refused_at_once(void **state)
{
	static const struct {
		const char *type, *url, *code;
	} bad[] = { { "9 Cake", "http://127.0.0.1/x", "9003" },
		    { CM, "ftp://127.0.0.1/x", "9013" },
		    { CM, "http://u:p@127.0.0.1/x", "9003" },
		    { CM, "nonsense", "9003" } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		PLAY({ 200, "INFORM" }, { 200, download(bad[i].type, bad[i].url, 0) }, { 204 });
		seen.ended = 0;
		sim.stopping = false;
		cell_power_up(cell);
		run_sessions(1);
		assert_string_equal(acs.got[2].method, "Fault");
		assert_non_null(strstr(acs.got[2].body, bad[i].code));
		assert_int_equal(cell->transfers.count, 0);
	}
}

static void the_report_comes_again_until_it_is_answered(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, download(CM, NULL, 0) }, { 204 }, { 404 }, { 200, "INFORM" }, { 503 }, { 200, "INFORM" },
	     { 200, FAULT_8001 }, { 204 }, { 200, "INFORM" }, TAKEN, { 204 });
	cell_power_up(cell);
	run_sessions(4);
	assert_string_equal(acs.got[5].method, "TransferComplete");
	assert_string_equal(acs.got[7].method, "TransferComplete");
	reported(9, "9016");
}

static void what_waits_and_what_is_to_be_reported_outlive_a_reboot(void **state)
{
	static const char reboot[] = "<cwmp:Reboot><CommandKey>r</CommandKey></cwmp:Reboot>";

	(void)state;
	PLAY({ 200, "INFORM" }, { 200, download(CM, NULL, 0) }, { 200, reboot }, { 204 }, { 200, "INFORM" }, { 204 }, { 404 },
	     { 200, "INFORM" }, { 200, FAULT_8001 }, { 200, reboot }, { 204 }, { 200, "INFORM" }, TAKEN, { 204 });
	cell_power_up(cell);
	run_sessions(4);
	assert_true(inform_has(4, "M Reboot"));
	assert_string_equal(acs.got[6].verb, "GET");
	assert_string_equal(acs.got[8].method, "TransferComplete");
	assert_true(inform_has(11, "M Reboot"));
	reported(11, "9016");
}

static void new_firmware_runs_after_a_reboot_and_then_reports(void **state)
{
	(void)state;
	PLAY_DOWNLOAD(download("1 Firmware Upgrade Image", NULL, 0), { 200, "SoftwareVersion: 3.2.1\nrest", .raw = true });
	cell_power_up(cell);
	run_sessions(2);
	assert_true(inform_has(4, "1 BOOT") && inform_has(4, "4 VALUE CHANGE") && inform_has(4, ">3.2.1<"));
	reported(4, "0");
}

static void an_upload_is_put_below_the_url(void **state)
{
	(void)state;
	snprintf(rpc, sizeof(rpc),
		 "<cwmp:Upload><CommandKey>H2.1</CommandKey><FileType>X 00256D 3GPP Performance File</FileType><URL>%s/up/</URL>"
		 "<Username></Username><Password></Password><DelaySeconds>0</DelaySeconds></cwmp:Upload>",
		 acs.url);
	PLAY({ 200, "INFORM" }, { 200, rpc }, { 204 }, { 201 }, { 200, "INFORM" }, TAKEN, { 204 });
	cell_power_up(cell);
	run_sessions(2);
	assert_string_equal(acs.got[2].method, "UploadResponse");
	assert_string_equal(acs.got[3].verb, "PUT");
	assert_non_null(strstr(acs.got[3].path, "/cwmp/up/A20"));
	assert_non_null(strstr(acs.got[3].body, "measCollecFile"));
	assert_true(inform_has(4, "M Upload"));
	assert_non_null(strstr(acs.got[5].body, "<FaultCode>0</FaultCode>"));
}

static void queued_transfers_are_listed(void **state)
{
	static char delayed[2048];

	(void)state;
	snprintf(delayed, sizeof(delayed), "%s", download(CM, NULL, 5));
	memcpy(strstr(delayed, "<DelaySeconds>0"), "<DelaySeconds>9", 15);
	PLAY({ 200, "INFORM" }, { 200, delayed }, { 200, "<cwmp:GetAllQueuedTransfers/>" }, { 200, "<cwmp:GetQueuedTransfers/>" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_non_null(strstr(acs.got[3].body, "<CommandKey>H1.1</CommandKey><State>1</State><IsDownload>1</IsDownload>"));
	assert_non_null(strstr(acs.got[4].body, "<CommandKey>H1.1</CommandKey><State>1</State></QueuedTransferStruct>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_fetched_applied_and_reported),
		TEST(the_file_server_is_given_the_credentials_of_the_rpc),
		TEST(refused_credentials_are_9012),
		TEST(a_file_that_is_not_there_is_9016),
		TEST(another_size_than_announced_is_9010),
		TEST(a_file_that_does_not_fit_is_9018),
		TEST(a_server_that_cannot_be_reached_is_9015),
		TEST(a_server_that_does_not_answer_is_9010),
		TEST(an_answer_to_another_request_is_not_taken),
		TEST(a_new_url_in_a_file_is_followed_with_a_bootstrap),
		TEST(bad_requests_are_refused_at_once),
		TEST(the_report_comes_again_until_it_is_answered),
		TEST(what_waits_and_what_is_to_be_reported_outlive_a_reboot),
		TEST(new_firmware_runs_after_a_reboot_and_then_reports),
		TEST(an_upload_is_put_below_the_url),
		TEST(queued_transfers_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
