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
	};
	static const struct {
		const char *body, *field;
	} bad[] = {
		{ "{\"kind\":\"Explode\"}", "kind" },
		{ "{\"kind\":\"reboot\"}", "kind" },
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
		assert_int_equal(command(bad[i].body), HMS_EINVAL);
		assert_string_equal(field, bad[i].field);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_has_one_route_a_method),     cmocka_unit_test(a_device_is_named_by_id_or_by_its_parts),
		cmocka_unit_test(a_query_has_defaults_and_types),    cmocka_unit_test(a_wrong_query_is_refused_by_name),
		cmocka_unit_test(times_have_one_spelling),	     cmocka_unit_test(a_body_is_an_object_with_known_members),
		cmocka_unit_test(arguments_are_those_of_the_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
