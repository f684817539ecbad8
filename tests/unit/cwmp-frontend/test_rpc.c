/* From a grant to the envelope of an RPC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/cwmp/reader.h"
#include "rpc.h"

static struct hms_arena *arena;
static struct hms_buf out = HMS_BUF_INIT(1 << 20);

static int setup(void **state)
{
	(void)state;
	arena = hms_arena_new(1 << 20);
	hms_buf_reset(&out);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	hms_buf_fini(&out);
	return 0;
}

static Hms__Arg arg(const char *name, Hms__Arg__Kind kind, const char *value)
{
	Hms__Arg a = HMS__ARG__INIT;

	a.name = (char *)name;
	a.kind = kind;
	a.value = (char *)value;
	return a;
}

static const Hms__Grant *through_redis(const Hms__Grant *grant)
{
	size_t len = hms__grant__get_packed_size(grant);
	uint8_t *packed = hms_arena_alloc(arena, len);

	hms__grant__pack(grant, packed);
	return fe_rpc_grant(arena, hms_strn((char *)packed, len));
}

/* Reads the envelope as a device would. */
static struct hms_cwmp_msg *as_read_by_the_device(enum hms_cwmp_ns ns, const Hms__Grant *grant)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;
	struct hms_cwmp_msg *msg;
	struct hms_err err;

	limits.side = HMS_CWMP_READ_CPE;
	assert_int_equal(fe_rpc_write(&out, arena, ns, grant), 0);
	assert_int_equal(hms_cwmp_read(arena, &limits, hms_buf_view(&out), &msg, &err), 0);
	return msg;
}

static void set_parameter_values_reaches_the_device_whole(void **state)
{
	Hms__Param param = HMS__PARAM__INIT, *params[] = { &param };
	Hms__Arg list = arg("ParameterList", HMS__ARG__KIND__PARAMS, ""),
		 key = arg("ParameterKey", HMS__ARG__KIND__TEXT, "~0000000000007.1");
	Hms__Arg *args[] = { &list, &key };
	Hms__Grant grant = HMS__GRANT__INIT;
	struct hms_cwmp_msg *msg;

	(void)state;
	param.name = (char *)"Device.ManagementServer.PeriodicInformInterval";
	param.value = (char *)"3600";
	param.type = HMS_XSD_UINT;
	list.params = params;
	list.n_params = 1;
	grant.command_id = 7;
	grant.n = 2;
	grant.method = (char *)"SetParameterValues";
	grant.args = args;
	grant.n_args = 2;
	msg = as_read_by_the_device(HMS_CWMP_1_2, through_redis(&grant));
	assert_int_equal(msg->kind, HMS_CWMP_RPC);
	assert_int_equal(msg->method, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_int_equal(msg->ns, HMS_CWMP_1_2);
	assert_true(hms_str_eqz(msg->id, "0000000000007.2"));
	assert_int_equal(msg->param_count, 1);
	assert_true(hms_str_eqz(msg->params[0].value, "3600"));
	assert_int_equal(msg->params[0].type, HMS_XSD_UINT);
	assert_true(hms_str_eqz(hms_cwmp_field(msg, "ParameterKey"), "~0000000000007.1"));
}

static void arrays_and_structures_keep_their_shape(void **state)
{
	Hms__Arg one = arg("", HMS__ARG__KIND__TEXT, "Device.A & B."), two = arg("", HMS__ARG__KIND__TEXT, "<x>"),
		 *names[] = { &one, &two };
	Hms__Arg list = arg("ParameterNames", HMS__ARG__KIND__ARRAY, ""), *args[] = { &list };
	Hms__Grant grant = HMS__GRANT__INIT;
	struct hms_cwmp_msg *msg;

	(void)state;
	list.item = (char *)"xsd:string";
	list.children = names;
	list.n_children = 2;
	grant.command_id = 1;
	grant.n = 1;
	grant.method = (char *)"GetParameterValues";
	grant.args = args;
	grant.n_args = 1;
	msg = as_read_by_the_device(HMS_CWMP_1_0, through_redis(&grant));
	assert_int_equal(msg->method, HMS_CWMP_GET_PARAMETER_VALUES);
	assert_int_equal(msg->ns, HMS_CWMP_1_0);
	assert_int_equal(msg->field_count, 2);
	assert_true(hms_str_eqz(msg->fields[0].command_key, "Device.A & B."));
	assert_true(hms_str_eqz(msg->fields[1].command_key, "<x>"));
}

static void an_rpc_without_arguments_is_written(void **state)
{
	Hms__Grant grant = HMS__GRANT__INIT;

	(void)state;
	grant.command_id = 1;
	grant.n = 1;
	grant.method = (char *)"FactoryReset";
	assert_int_equal(as_read_by_the_device(HMS_CWMP_1_1, through_redis(&grant))->method, HMS_CWMP_FACTORY_RESET);
}

static void what_cannot_be_an_element_is_no_grant(void **state)
{
	static const char *const bad[] = { "", "a b", "x><y", "1Reboot", "cwmp:Reboot", "Reb\xc3\xb6t" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		Hms__Grant grant = HMS__GRANT__INIT;

		grant.method = (char *)bad[i];
		assert_null(through_redis(&grant));
	}
}

static void a_tree_that_is_too_deep_is_no_grant(void **state)
{
	Hms__Arg levels[40], *next[40];
	Hms__Grant grant = HMS__GRANT__INIT;

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		levels[i] = arg("S", HMS__ARG__KIND__STRUCT, "");
		next[i] = &levels[i];
		if (i > 0) {
			levels[i - 1].children = &next[i];
			levels[i - 1].n_children = 1;
		}
	}
	grant.method = (char *)"Reboot";
	grant.args = next;
	grant.n_args = 1;
	assert_null(through_redis(&grant));
}

static void garbage_is_no_grant(void **state)
{
	(void)state;
	assert_null(fe_rpc_grant(arena, HMS_STR("\xff\xff\xff\xff\xff")));
	assert_null(fe_rpc_grant(arena, HMS_STR("")));
}

static void methods_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(fe_rpc_method_name(HMS_CWMP_REBOOT), "Reboot");
	assert_string_equal(fe_rpc_method_name(HMS_CWMP_NONE), "");
	assert_string_equal(fe_rpc_method_name(HMS_CWMP_METHOD_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(set_parameter_values_reaches_the_device_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(arrays_and_structures_keep_their_shape, setup, teardown),
		cmocka_unit_test_setup_teardown(an_rpc_without_arguments_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_an_element_is_no_grant, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tree_that_is_too_deep_is_no_grant, setup, teardown),
		cmocka_unit_test_setup_teardown(garbage_is_no_grant, setup, teardown),
		cmocka_unit_test(methods_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
