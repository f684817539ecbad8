/* Paths, queries and bodies: what is taken, what is refused, and what the refusal names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hms/base/buf.h"
#include "route.h"

static char field[64];
static struct hms_err err;

static const struct nbi_route *route_of(const char *method, const char *path)
{
	const struct nbi_route *route;

	assert_int_equal(nbi_route_find(hms_str(method), hms_str(path), &route), 0);
	return route;
}

static int query(const char *method, const char *path, const char *text, json_t **args)
{
	*args = json_object();
	return nbi_query_read(route_of(method, path)->query, hms_str(text), *args, field, &err);
}

static int body(const char *method, const char *path, const char *text, json_t **args)
{
	*args = json_object();
	return nbi_body_read(route_of(method, path)->body, hms_str(text), *args, field, &err);
}

/* ---- paths ---- */

static void a_path_has_one_route_a_method(void **state)
{
	const struct nbi_route *route;
	struct hms_buf allow = HMS_BUF_INIT(64);

	(void)state;
	assert_string_equal(route_of("GET", "/api/v1/devices/x/commands/7")->path, "/devices/{device}/commands/{command}");
	assert_int_equal(nbi_route_find(HMS_STR("GET"), HMS_STR("/api/v1/devices/"), &route), HMS_ENOENT);
	assert_int_equal(nbi_route_find(HMS_STR("GET"), HMS_STR("/api/v1/devices/x/nothing"), &route), HMS_ENOENT);
	assert_int_equal(nbi_route_find(HMS_STR("GET"), HMS_STR("/api/v2/devices"), &route), HMS_ENOENT);
	assert_int_equal(nbi_route_find(HMS_STR("GET"), HMS_STR("/api/v1"), &route), HMS_ENOENT);
	assert_int_equal(nbi_route_find(HMS_STR("GET"), HMS_STR("/"), &route), HMS_ENOENT);
	assert_int_equal(nbi_route_find(HMS_STR("PATCH"), HMS_STR("/api/v1/devices"), &route), HMS_EDENIED);
	nbi_route_methods(HMS_STR("/api/v1/devices"), &allow);
	assert_string_equal(hms_buf_z(&allow), "GET, PUT");
	hms_buf_fini(&allow);
}

static json_t *device_of(const char *path)
{
	json_t *args = json_object(), *device;
	int rc = nbi_route_captures(route_of("GET", path), hms_str(path), args, field, &err);

	device = rc ? NULL : json_incref(json_object_get(args, "device"));
	json_decref(args);
	return device;
}

static void a_device_is_named_by_id_or_by_its_parts(void **state)
{
	static const struct {
		const char *path;
		size_t parts;
		const char *last;
	} good[] = {
		{ "/api/v1/devices/01234567-89ab-cdef-0123-456789abcdef", 1, "01234567-89ab-cdef-0123-456789abcdef" },
		{ "/api/v1/devices/0200F0-S1", 2, "S1" },
		{ "/api/v1/devices/0200F0-HeNB-S1", 3, "S1" },
		{ "/api/v1/devices/0200F0-Small%2DCell-A%20B", 3, "A B" },
		{ "/api/v1/devices/0200F0--S1", 3, "S1" },
	};
	static const char *const bad[] = { "/api/v1/devices/S1", "/api/v1/devices/a-b-c-d", "/api/v1/devices/0200F0-S%ZZ",
					   "/api/v1/devices/0200F0-%00", "/api/v1/devices/0200F0-%ff" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		json_t *device = device_of(good[i].path);

		assert_int_equal(json_array_size(device), good[i].parts);
		assert_string_equal(json_string_value(json_array_get(device, good[i].parts - 1)), good[i].last);
		json_decref(device);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(device_of(bad[i]));
		assert_string_equal(field, "device");
	}
}

/* ---- queries ---- */

static void a_query_has_defaults_and_types(void **state)
{
	json_t *args;

	(void)state;
	assert_int_equal(query("GET", "/api/v1/devices", "state=FAILED&text=a%20b+c&limit=7", &args), 0);
	assert_int_equal(json_integer_value(json_object_get(args, "limit")), 7);
	assert_string_equal(json_string_value(json_object_get(args, "text")), "a b c");
	json_decref(args);
	assert_int_equal(query("GET", "/api/v1/devices", "", &args), 0);
	assert_int_equal(json_integer_value(json_object_get(args, "limit")), 100);
	json_decref(args);
	assert_int_equal(query("GET", "/api/v1/status", "", &args), 0);
	json_decref(args);
}

static void a_wrong_query_is_refused_by_name(void **state)
{
	static const struct {
		const char *path, *query, *field;
		int rc;
	} wrong[] = {
		{ "/api/v1/devices", "nope=1", "nope", HMS_ENOENT },
		{ "/api/v1/status", "x", "x", HMS_ENOENT },
		{ "/api/v1/devices", "limit=0", "limit", HMS_EINVAL },
		{ "/api/v1/devices", "limit=1001", "limit", HMS_EINVAL },
		{ "/api/v1/devices", "limit=1e2", "limit", HMS_EINVAL },
		{ "/api/v1/devices", "limit=1&limit=2", "limit", HMS_ESYNTAX },
		{ "/api/v1/devices", "state=failed", "state", HMS_EINVAL },
		{ "/api/v1/devices", "cursor=x", "cursor", HMS_EINVAL },
		{ "/api/v1/devices", "text=%zz", "text", HMS_ESYNTAX },
		{ "/api/v1/devices", "text=%00", "text", HMS_ESYNTAX },
		{ "/api/v1/devices", "text=%c3", "text", HMS_ESYNTAX },
		{ "/api/v1/devices/0200F0-1/pm", "", "counter", HMS_EINVAL },
		{ "/api/v1/devices/0200F0-1/pm", "counter=c&from=yesterday", "from", HMS_EINVAL },
		{ "/api/v1/devices/0200F0-1/pm", "counter=c&from=2026-01-31", "from", HMS_EINVAL },
		{ "/api/v1/devices/0200F0-1/commands/1", "wait=601", "wait", HMS_EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		json_t *args;

		assert_int_equal(query("GET", wrong[i].path, wrong[i].query, &args), wrong[i].rc);
		assert_string_equal(field, wrong[i].field);
		json_decref(args);
	}
}

static void times_have_one_spelling(void **state)
{
	static const struct nbi_param time = { "t", NBI_TIME };
	static const char *const good[] = { "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456Z" };
	static const char *const bad[] = {
		"", "now", "2026-01-31T12:00:00", "2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00.1234567Z", "2026-01-31 12:00:00Z"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		json_t *v = nbi_param_text(&time, hms_str(good[i]), &err);

		assert_non_null(v);
		json_decref(v);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(nbi_param_text(&time, hms_str(bad[i]), &err));
}

/* ---- bodies ---- */

static void a_body_is_an_object_with_known_members(void **state)
{
	static const struct {
		const char *body, *field;
		int rc;
	} cases[] = {
		{ "{\"oui\":\"0200F0\",\"serial\":\"1\"}", "", 0 },
		{ "", "", HMS_ESYNTAX },
		{ "{", "", HMS_ESYNTAX },
		{ "[]", "", HMS_ESYNTAX },
		{ "null", "", HMS_ESYNTAX },
		{ "{\"oui\":\"0200F0\",\"oui\":\"0200F0\",\"serial\":\"1\"}", "", HMS_ESYNTAX },
		{ "{\"oui\":\"0200F0\",\"serial\":\"\\u0000\"}", "", HMS_ESYNTAX },
		{ "{\"oui\":\"0200F0\"}", "serial", HMS_EINVAL },
		{ "{\"oui\":\"0200F0\",\"serial\":7}", "serial", HMS_EINVAL },
		{ "{\"oui\":\"\",\"serial\":\"1\"}", "oui", HMS_EINVAL },
		{ "{\"oui\":\"0200F0\",\"serial\":\"1\",\"state\":\"ALLOWED\"}", "state", HMS_ENOENT },
		{ "{\"oui\":\"0200F0\",\"serial\":\"1\",\"tags\":[]}", "", 0 },
		{ "{\"oui\":\"0200F0\",\"serial\":\"1\",\"tags\":[\"a\",\"b\"]}", "", 0 },
		{ "{\"oui\":\"0200F0\",\"serial\":\"1\",\"tags\":\"a\"}", "tags", HMS_EINVAL },
		{ "{\"oui\":\"0200F0\",\"serial\":\"1\",\"tags\":[\"a\",7]}", "tags", HMS_EINVAL },
		{ "{\"oui\":\"0200F0\",\"serial\":\"1\",\"tags\":[\"\"]}", "tags", HMS_EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *args;

		assert_int_equal(body("PUT", "/api/v1/devices", cases[i].body, &args), cases[i].rc);
		if (cases[i].rc)
			assert_string_equal(field, cases[i].field);
		json_decref(args);
	}
}

static int command(const char *text)
{
	json_t *args;
	int rc = body("POST", "/api/v1/devices/0200F0-1/commands", text, &args);

	if (!rc)
		rc = nbi_check_command(args, field, &err);
	json_decref(args);
	return rc;
}

static void arguments_are_those_of_the_method(void **state)
{
	static const char *const good[] = {
		"{\"kind\":\"GetRPCMethods\"}",
		"{\"kind\":\"Reboot\",\"arguments\":{},\"reason\":\"x\",\"priority\":1,\"expires_in_s\":60,\"not_before\":\"2026-01-31T12:00:00Z\"}",
		"{\"kind\":\"GetParameterValues\",\"arguments\":{\"ParameterNames\":[\"Device.\"]}}",
		"{\"kind\":\"GetParameterNames\",\"arguments\":{\"ParameterPath\":\"\",\"NextLevel\":true}}",
		"{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"1\",\"Type\":\"xsd:unsignedInt\"}]}}",
		"{\"kind\":\"GetParameterAttributes\",\"arguments\":{\"ParameterNames\":[\"Device.\",\"\"]}}",
		"{\"kind\":\"AddObject\",\"arguments\":{\"ObjectName\":\"Device.Table.\"}}",
		"{\"kind\":\"DeleteObject\",\"arguments\":{\"ObjectName\":\"Device.Table.1.\"}}",
		"{\"kind\":\"GetQueuedTransfers\"}",
		"{\"kind\":\"GetAllQueuedTransfers\",\"arguments\":{}}",
		"{\"kind\":\"ScheduleInform\",\"arguments\":{\"DelaySeconds\":4294967295}}",
		"{\"kind\":\"SetVouchers\",\"arguments\":{\"VoucherList\":[\"YWI=\",\"YWJj\"]}}",
		"{\"kind\":\"GetOptions\"}",
		"{\"kind\":\"GetOptions\",\"arguments\":{\"OptionName\":\"x\"}}",
		"{\"kind\":\"CancelTransfer\",\"arguments\":{\"Command\":\"123\"}}",
		"{\"kind\":\"ScheduleDownload\",\"arguments\":{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":["
		"{\"WindowStart\":0,\"WindowEnd\":10,\"WindowMode\":\"2 Immediately\"},"
		"{\"WindowStart\":10,\"WindowEnd\":86400,\"WindowMode\":\"1 At Any Time\",\"UserMessage\":\"\",\"MaxRetries\":-1}]}}",
		"{\"kind\":\"ChangeDUState\",\"arguments\":{\"Operations\":[{\"Operation\":\"Install\",\"URL\":\"http://a/b\"},"
		"{\"Operation\":\"Update\"},{\"Operation\":\"Uninstall\",\"UUID\":\"00000000-0000-5000-8000-00000000000a\",\"Version\":\"1\"}]}}",
		"{\"kind\":\"X_ACME_Do\"}",
		"{\"kind\":\"X_00256D_Do-It\",\"arguments\":{\"XML\":\"<A>1</A>\"}}",
	};
	static const struct {
		const char *body, *field;
	} bad[] = {
		{ "{\"kind\":\"Explode\"}", "kind" },
		{ "{\"kind\":\"reboot\"}", "kind" },
		{ "{\"kind\":\"X_Do\"}", "kind" },
		{ "{\"kind\":\"X_ACME_\"}", "kind" },
		{ "{\"kind\":\"X_ACME_Do It\"}", "kind" },
		{ "{\"kind\":\"X_<VENDOR>_<Name>\"}", "kind" },
		{ "{\"kind\":\"X_ACME_Do\",\"arguments\":{\"XML\":\"</a><b>\"}}", "arguments.XML" },
		{ "{\"kind\":\"X_ACME_Do\",\"arguments\":{\"A\":\"1\"}}", "arguments.A" },
		{ "{\"kind\":\"ScheduleInform\"}", "arguments.DelaySeconds" },
		{ "{\"kind\":\"ScheduleInform\",\"arguments\":{\"DelaySeconds\":0}}", "arguments.DelaySeconds" },
		{ "{\"kind\":\"ScheduleInform\",\"arguments\":{\"DelaySeconds\":4294967296}}", "arguments.DelaySeconds" },
		{ "{\"kind\":\"SetVouchers\",\"arguments\":{\"VoucherList\":[]}}", "arguments.VoucherList" },
		{ "{\"kind\":\"SetVouchers\",\"arguments\":{\"VoucherList\":[\"YWI\"]}}", "arguments.VoucherList" },
		{ "{\"kind\":\"SetVouchers\",\"arguments\":{\"VoucherList\":[\"====\"]}}", "arguments.VoucherList" },
		{ "{\"kind\":\"CancelTransfer\",\"arguments\":{\"CommandKey\":\"x\"}}", "arguments.CommandKey" },
		{ "{\"kind\":\"CancelTransfer\",\"arguments\":{\"Command\":123}}", "arguments.Command" },
		{ "{\"kind\":\"CancelTransfer\",\"arguments\":{\"Command\":\"9223372036854775808\"}}", "arguments.Command" },
		{ "{\"kind\":\"ChangeDUState\",\"arguments\":{\"Operations\":[]}}", "arguments.Operations" },
		{ "{\"kind\":\"ChangeDUState\",\"arguments\":{\"Operations\":[{}]}}", "arguments.Operations" },
		{ "{\"kind\":\"ChangeDUState\",\"arguments\":{\"Operations\":[1]}}", "arguments.Operations" },
		{ "{\"kind\":\"ChangeDUState\",\"arguments\":{\"Operations\":[{\"Operation\":\"Install\"}]}}", "arguments.Operations" },
		{ "{\"kind\":\"ChangeDUState\",\"arguments\":{\"Operations\":[{\"Operation\":\"Uninstall\",\"UUID\":\"x\"}]}}",
		  "arguments.Operations" },
		{ "{\"kind\":\"ChangeDUState\",\"arguments\":{\"Operations\":[{\"Operation\":\"Update\",\"ExecutionEnvRef\":\"x\"}]}}",
		  "arguments.Operations" },
		{ "{\"kind\":\"ScheduleDownload\",\"arguments\":{\"FileType\":\"1 F\",\"URL\":\"http://a/\"}}",
		  "arguments.TimeWindowList" },
		{ "{\"kind\":\"ScheduleDownload\",\"arguments\":{\"FileType\":\"1 F\",\"TimeWindowList\":["
		  "{\"WindowStart\":0,\"WindowEnd\":10,\"WindowMode\":\"2 Immediately\"}]}}",
		  "arguments.FileId" },
		{ "{\"kind\":\"ScheduleDownload\",\"arguments\":{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":["
		  "{\"WindowStart\":10,\"WindowEnd\":10,\"WindowMode\":\"2 Immediately\"}]}}",
		  "arguments.TimeWindowList" },
		{ "{\"kind\":\"ScheduleDownload\",\"arguments\":{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":["
		  "{\"WindowStart\":0,\"WindowEnd\":10,\"WindowMode\":\"1 A\"},{\"WindowStart\":9,\"WindowEnd\":20,\"WindowMode\":\"1 A\"}]}}",
		  "arguments.TimeWindowList" },
		{ "{\"kind\":\"ScheduleDownload\",\"expires_in_s\":60,\"arguments\":{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":["
		  "{\"WindowStart\":0,\"WindowEnd\":61,\"WindowMode\":\"1 A\"}]}}",
		  "arguments.TimeWindowList" },
		{ "{\"kind\":\"Reboot\",\"arguments\":{\"CommandKey\":\"x\"}}", "arguments.CommandKey" },
		{ "{\"kind\":\"GetParameterValues\"}", "arguments.ParameterNames" },
		{ "{\"kind\":\"GetParameterValues\",\"arguments\":{\"ParameterNames\":[]}}", "arguments.ParameterNames" },
		{ "{\"kind\":\"GetParameterValues\",\"arguments\":{\"ParameterNames\":[1]}}", "arguments.ParameterNames" },
		{ "{\"kind\":\"GetParameterValues\",\"arguments\":{\"ParameterNames\":[\"A\"],\"More\":1}}", "arguments.More" },
		{ "{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"1\"}],\"ParameterKey\":\"k\"}}",
		  "arguments.ParameterKey" },
		{ "{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":[{\"Name\":\"A\"}]}}", "arguments.ParameterList" },
		{ "{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":[{\"Name\":\"A\",\"Value\":1}]}}",
		  "arguments.ParameterList" },
		{ "{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"1\",\"Type\":\"xsd:thing\"}]}}",
		  "arguments.ParameterList" },
		{ "{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"1\",\"Extra\":\"1\"}]}}",
		  "arguments.ParameterList" },
		{ "{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":\"A=1\"}}", "arguments.ParameterList" },
		{ "{\"kind\":\"GetParameterNames\",\"arguments\":{\"ParameterPath\":\"\",\"NextLevel\":\"yes\"}}", "arguments.NextLevel" },
		{ "{\"kind\":\"Reboot\",\"arguments\":[]}", "arguments" },
		{ "{\"kind\":\"Reboot\",\"priority\":0}", "priority" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(command(good[i]), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (command(bad[i].body) != HMS_EINVAL)
			fail_msg("%s is not refused", bad[i].body);
		assert_string_equal(field, bad[i].field);
	}
}

/* A command with these arguments; the field that is refused, "" when it is accepted. */
static const char *arguments(const char *kind, const char *text)
{
	char body_text[2048];
	int rc;

	snprintf(body_text, sizeof(body_text), "{\"kind\":\"%s\",\"arguments\":%s}", kind, text);
	rc = command(body_text);
	return rc == 0 ? "" : strncmp(field, "arguments.", 10) == 0 ? field + 10 : field;
}

/* TR-069 A.3.2.4. */
static void rows_of_attributes_change_something_and_do_not_contradict_themselves(void **state)
{
	static const char *const good[] = {
		"{\"Name\":\"Device.\",\"Notification\":2}",
		"{\"Name\":\"A\",\"Notification\":6,\"NotificationChange\":true,\"AccessListChange\":false}",
		"{\"Name\":\"A\",\"AccessList\":[]}",
		"{\"Name\":\"A\",\"AccessList\":[\"Subscriber\"],\"AccessListChange\":true,\"NotificationChange\":false}",
	};
	static const char *const bad[] = {
		"{\"Name\":\"A\"}",
		"{\"Notification\":1}",
		"{\"Name\":\"\",\"Notification\":1}",
		"{\"Name\":\"A\",\"Notification\":7}",
		"{\"Name\":\"A\",\"Notification\":-1}",
		"{\"Name\":\"A\",\"Notification\":\"1\"}",
		"{\"Name\":\"A\",\"Notification\":1,\"NotificationChange\":1}",
		"{\"Name\":\"A\",\"Notification\":1,\"NotificationChange\":false}",
		"{\"Name\":\"A\",\"NotificationChange\":true}",
		"{\"Name\":\"A\",\"AccessListChange\":true}",
		"{\"Name\":\"A\",\"AccessList\":[],\"AccessListChange\":false}",
		"{\"Name\":\"A\",\"AccessList\":\"Subscriber\"}",
		"{\"Name\":\"A\",\"AccessList\":[\"\"]}",
		"{\"Name\":\"A\",\"AccessList\":[1]}",
		"{\"Name\":\"A\",\"Notification\":1,\"Value\":\"1\"}",
		"\"A\"",
	};
	char list[512];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(list, sizeof(list), "{\"ParameterList\":[%s,%s]}", good[0], good[i]);
		assert_string_equal(arguments("SetParameterAttributes", list), "");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(list, sizeof(list), "{\"ParameterList\":[%s,%s]}", good[0], bad[i]);
		assert_string_equal(arguments("SetParameterAttributes", list), "ParameterList");
	}
	assert_string_equal(arguments("SetParameterAttributes", "{}"), "ParameterList");
	assert_string_equal(arguments("SetParameterAttributes", "{\"ParameterList\":[]}"), "ParameterList");
}

#define FILE_ID "\"FileId\":\"00000000-0000-4000-8000-000000000000\""
#define TYPE "\"FileType\":\"1 Firmware Upgrade Image\""
#define URL "\"URL\":\"http://files.example/fw\""

/* TR-069 A.3.2.8, A.4.1.5. */
static void a_transfer_has_one_source_and_only_what_goes_with_it(void **state)
{
	static const struct {
		const char *kind, *text, *refused;
	} cases[] = {
		{ "Download", "{" TYPE "," FILE_ID "}", "" },
		{ "Download", "{" TYPE "," FILE_ID ",\"FileName\":\"fw-1.0_b.bin\",\"TargetFileName\":\"x\",\"DelaySeconds\":4294967295}",
		  "" },
		{ "Download", "{" TYPE "," URL ",\"FileSize\":9,\"Username\":\"u\",\"Password\":\"p\"}", "" },
		{ "Download", "{" TYPE "," URL ",\"SuccessURL\":\"https://a/\",\"FailureURL\":\"https://b/\"}", "" },
		{ "Upload", "{" TYPE "}", "" },
		{ "Upload", "{" TYPE "," URL ",\"Username\":\"u\",\"Password\":\"p\",\"DelaySeconds\":1}", "" },
		{ "Download", "{" TYPE "}", "FileId" },
		{ "Download", "{" TYPE "," URL "," FILE_ID "}", "FileId" },
		{ "Download", "{" FILE_ID "}", "FileType" },
		{ "Download", "{\"FileType\":\"\"," FILE_ID "}", "FileType" },
		{ "Download", "{\"FileType\":1," FILE_ID "}", "FileType" },
		{ "Download", "{\"FileType\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"," FILE_ID "}",
		  "FileType" },
		{ "Download", "{" TYPE ",\"FileId\":\"fw\"}", "FileId" },
		{ "Download", "{" TYPE ",\"FileId\":7}", "FileId" },
		{ "Download", "{" TYPE "," FILE_ID ",\"FileName\":\"../fw\"}", "FileName" },
		{ "Download", "{" TYPE "," FILE_ID ",\"FileName\":\"\"}", "FileName" },
		{ "Download", "{" TYPE "," URL ",\"FileName\":\"fw\"}", "FileName" },
		{ "Download", "{" TYPE "," FILE_ID ",\"FileSize\":1}", "FileSize" },
		{ "Download", "{" TYPE "," URL ",\"FileSize\":4294967296}", "FileSize" },
		{ "Download", "{" TYPE "," URL ",\"FileSize\":\"1\"}", "FileSize" },
		{ "Download", "{" TYPE "," FILE_ID ",\"Username\":\"u\"}", "Username" },
		{ "Download", "{" TYPE "," FILE_ID ",\"CommandKey\":\"k\"}", "CommandKey" },
		{ "Download", "{" TYPE "," FILE_ID ",\"DelaySeconds\":-1}", "DelaySeconds" },
		{ "Download", "{" TYPE ",\"URL\":\"\"}", "URL" },
		{ "Download", "{" TYPE ",\"URL\":\"file:///etc/passwd\"}", "URL" },
		{ "Download", "{" TYPE ",\"URL\":\"http:///fw\"}", "URL" },
		{ "Download", "{" TYPE ",\"URL\":\"http://u:p@host/fw\"}", "URL" },
		{ "Download", "{" TYPE ",\"URL\":\"http://host/a b\"}", "URL" },
		{ "Download", "{" TYPE ",\"URL\":[]}", "URL" },
		{ "Upload", "{}", "FileType" },
		{ "Upload", "{" TYPE "," FILE_ID "}", "FileId" },
		{ "Upload", "{" TYPE ",\"FileName\":\"x\"}", "FileName" },
		{ "Upload", "{" TYPE ",\"FileSize\":1}", "FileSize" },
		{ "Upload", "{" TYPE ",\"Password\":\"p\"}", "Password" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(arguments(cases[i].kind, cases[i].text), cases[i].refused);
}

static void what_xml_cannot_carry_and_what_is_no_object_is_refused(void **state)
{
	(void)state;
	assert_string_equal(arguments("SetParameterValues", "{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"\\u0001\"}]}"),
			    "ParameterList");
	assert_string_equal(arguments("SetParameterValues", "{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"a\\r\\nb\"}]}"), "");
	assert_string_equal(arguments("GetParameterValues", "{\"ParameterNames\":[\"\\uffff\"]}"), "ParameterNames");
	assert_string_equal(arguments("AddObject", "{\"ObjectName\":\"Device.Table\"}"), "ObjectName");
	assert_string_equal(arguments("AddObject", "{}"), "ObjectName");
	assert_string_equal(arguments("DeleteObject", "{\"ObjectName\":\"\"}"), "ObjectName");
	assert_string_equal(arguments("DeleteObject", "{\"ObjectName\":\"A.\",\"ParameterKey\":\"\"}"), "ParameterKey");
	assert_string_equal(arguments("ScheduleInform", "{\"DelaySeconds\":1.5}"), "DelaySeconds");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_has_one_route_a_method),
		cmocka_unit_test(a_device_is_named_by_id_or_by_its_parts),
		cmocka_unit_test(a_query_has_defaults_and_types),
		cmocka_unit_test(a_wrong_query_is_refused_by_name),
		cmocka_unit_test(times_have_one_spelling),
		cmocka_unit_test(a_body_is_an_object_with_known_members),
		cmocka_unit_test(arguments_are_those_of_the_method),
		cmocka_unit_test(rows_of_attributes_change_something_and_do_not_contradict_themselves),
		cmocka_unit_test(a_transfer_has_one_source_and_only_what_goes_with_it),
		cmocka_unit_test(what_xml_cannot_carry_and_what_is_no_object_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
