/* RPCs as a CPE executes them (TR-069 A.3). Requests and answers go through the real writer and reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "hms/cwmp/reader.h"
#include "hms/cwmp/writer.h"
#include "rpc.h"
#include "tiny_model.h"

static struct tiny tiny;
static struct hms_arena *arena;
static struct hms_buf request, answer;
static struct rpc_call call;

static int open_all(void **state)
{
	(void)state;
	arena = hms_arena_new(4 * 1024 * 1024);
	hms_buf_init(&request, 1024 * 1024);
	hms_buf_init(&answer, 1024 * 1024);
	return arena ? tiny_open(&tiny) : -1;
}

static int close_all(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	hms_buf_fini(&request);
	hms_buf_fini(&answer);
	tiny_close(&tiny);
	return 0;
}

static struct hms_cwmp_msg *read_as(int side, struct hms_buf *buf)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;
	struct hms_cwmp_msg *msg;
	struct hms_err err = { 0 };

	limits.side = side;
	assert_int_equal(buf->failed, 0);
	if (hms_cwmp_read(arena, &limits, hms_buf_view(buf), &msg, &err) != 0)
		fail_msg("%s", err.text);
	return msg;
}

/* Sends an RPC; returns the answer as the ACS reads it. */
static const struct hms_cwmp_msg *rpc(const char *name, const struct hms_cwmp_arg *args, size_t count)
{
	const struct hms_cwmp_msg *read;

	hms_buf_reset(&request);
	hms_buf_reset(&answer);
	hms_cwmp_write(&request, HMS_CWMP_1_0, HMS_STR("id-1"), name, args, count);
	call = (struct rpc_call){ .tree = &tiny.tree, .env = &tiny_env, .arena = arena, .out = &answer };
	call.msg = read_as(HMS_CWMP_READ_CPE, &request);
	assert_int_equal(call.msg->kind, HMS_CWMP_RPC);
	rpc_execute(&call);
	read = read_as(HMS_CWMP_READ_ACS, &answer);
	assert_true(hms_str_eqz(read->id, "id-1"));
	return read;
}

static struct hms_cwmp_arg text(const char *name, const char *value)
{
	return (struct hms_cwmp_arg){ .name = hms_str(name), .kind = HMS_ARG_TEXT, .value = hms_str(value) };
}

static const struct hms_cwmp_msg *set_values(const char *key, const struct hms_cwmp_param *params, size_t count)
{
	struct hms_cwmp_arg args[] = { { .name = HMS_STR("ParameterList"), .kind = HMS_ARG_PARAMS, .params = params, .param_count = count },
				       text("ParameterKey", key) };

	return rpc("SetParameterValues", args, 2);
}

static struct hms_cwmp_param param(const char *name, enum hms_xsd type, const char *value)
{
	return (struct hms_cwmp_param){ .name = hms_str(name), .value = hms_str(value), .type = type };
}

static const struct hms_cwmp_msg *by_names(const char *method, const char *a, const char *b)
{
	struct hms_cwmp_arg names[] = { { .kind = HMS_ARG_TEXT, .value = hms_str(a) }, { .kind = HMS_ARG_TEXT, .value = hms_str(b) } };
	struct hms_cwmp_arg list = {
		.name = HMS_STR("ParameterNames"), .kind = HMS_ARG_ARRAY, .item = "xsd:string", .children = names, .child_count = b ? 2 : 1
	};

	return rpc(method, &list, 1);
}

static bool has_param(const struct hms_cwmp_msg *msg, const char *name, const char *value)
{
	struct hms_str found = hms_cwmp_param_value(msg, hms_str(name));

	return found.p && hms_str_eqz(found, value);
}

/* ---- SetParameterValues ---- */
static void values_and_key_are_set_together(void **state)
{
	const struct hms_cwmp_param params[] = { param("Device.Radio.Mode", HMS_XSD_STRING, "All"),
						 param("Device.Radio.AdminState", HMS_XSD_BOOLEAN, "true"),
						 param("Device.Radio.Neighbour.1.CID", HMS_XSD_UINT, "9") };
	const struct hms_cwmp_msg *msg = set_values("key-1", params, 3);

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_RESPONSE);
	assert_true(hms_str_eqz(hms_cwmp_field(msg, "Status"), "0"));
	assert_int_equal(call.written, 3);
	assert_true(call.roles & ROLE_BIT(ROLE_ADMIN_STATE));
	assert_true(tiny_value_is(&tiny, "Device.Radio.Neighbour.1.CID", "9"));
	assert_true(tiny_value_is(&tiny, "Device.ManagementServer.ParameterKey", "key-1"));
}

static void one_bad_parameter_and_nothing_is_set(void **state)
{
	const struct hms_cwmp_param params[] = { param("Device.Radio.Mode", HMS_XSD_STRING, "All"),
						 param("Device.Radio.No", HMS_XSD_STRING, ""),
						 param("Device.Radio.OpState", HMS_XSD_BOOLEAN, "1"),
						 param("Device.Radio.AdminState", HMS_XSD_STRING, "1"),
						 param("Device.ManagementServer.PeriodicInformInterval", HMS_XSD_UINT, "0") };
	static const uint32_t codes[] = { 9005, 9008, 9006, 9007 };
	const struct hms_cwmp_msg *msg = set_values("key-2", params, 5);

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_FAULT);
	assert_int_equal(msg->fault.code, 9003);
	assert_int_equal(msg->fault.param_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(msg->fault.params[i].code, codes[i]);
		assert_true(hms_str_eq(msg->fault.params[i].name, params[i + 1].name));
	}
	assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "One"));
	assert_true(tiny_value_is(&tiny, "Device.ManagementServer.ParameterKey", ""));
}

static void a_parameter_named_twice_is_9003(void **state)
{
	const struct hms_cwmp_param params[] = { param("Device.Radio.Mode", HMS_XSD_STRING, "All"),
						 param("Device.Radio.Gateway", HMS_XSD_STRING, "g"),
						 param("Device.Radio.Mode", HMS_XSD_STRING, "One") };
	const struct hms_cwmp_msg *msg = set_values("", params, 3);

	(void)state;
	assert_int_equal(msg->fault.code, 9003);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Gateway", ""));
}

static void an_empty_list_sets_the_key_alone(void **state)
{
	(void)state;
	assert_int_equal(set_values("only", NULL, 0)->kind, HMS_CWMP_RESPONSE);
	assert_true(tiny_value_is(&tiny, "Device.ManagementServer.ParameterKey", "only"));
}

static void a_key_over_32_characters_is_9003(void **state)
{
	(void)state;
	assert_int_equal(set_values("012345678901234567890123456789012", NULL, 0)->fault.code, 9003);
}

/* ---- GetParameterValues ---- */
static void values_come_by_name_and_by_path(void **state)
{
	const struct hms_cwmp_msg *msg = by_names("GetParameterValues", "Device.Radio.Neighbour.", "Device.Radio.Mode");

	(void)state;
	assert_int_equal(msg->param_count, 3);
	assert_true(has_param(msg, "Device.Radio.Neighbour.1.CID", "0") && has_param(msg, "Device.Radio.Mode", "One"));
	msg = by_names("GetParameterValues", "", NULL);
	assert_int_equal(msg->param_count, tiny.model->fixed + 2);
	assert_true(has_param(msg, "Device.ManagementServer.Password", ""));
	assert_int_equal(by_names("GetParameterValues", "Device.Radio.Alarm.", NULL)->param_count, 0);
}

static void a_bad_name_is_9005_for_all(void **state)
{
	(void)state;
	assert_int_equal(by_names("GetParameterValues", "Device.Radio.Mode", "Device.Radio.No")->fault.code, 9005);
	assert_int_equal(by_names("GetParameterValues", "Device.Rad.", NULL)->fault.code, 9005);
	assert_int_equal(by_names("GetParameterValues", "Device.Radio", NULL)->fault.code, 9005);
}

/* ---- GetParameterNames ---- */
static const struct hms_cwmp_msg *get_names(const char *path, const char *next_level)
{
	struct hms_cwmp_arg args[] = { text("ParameterPath", path), text("NextLevel", next_level) };

	return rpc("GetParameterNames", args, 2);
}

static int writable(const struct hms_cwmp_msg *msg, const char *name)
{
	for (size_t i = 0; i < msg->param_count; i++)
		if (hms_str_eqz(msg->params[i].name, name))
			return msg->params[i].writable;
	return -1;
}

static void the_next_level_has_children_only(void **state)
{
	const struct hms_cwmp_msg *msg = get_names("Device.", "1");

	(void)state;
	assert_int_equal(msg->param_count, 3);
	assert_int_equal(writable(msg, "Device.Radio."), 0);
	assert_int_equal(writable(msg, "Device.RootDataModelVersion"), 0);
	msg = get_names("Device.Radio.Neighbour.", "true");
	assert_int_equal(msg->param_count, 1);
	assert_int_equal(writable(msg, "Device.Radio.Neighbour.1."), 1);
	assert_int_equal(get_names("", "1")->param_count, 1);
}

static void all_levels_hold_the_object_itself(void **state)
{
	const struct hms_cwmp_msg *msg = get_names("Device.Radio.", "0");

	(void)state;
	assert_int_equal(writable(msg, "Device.Radio."), 0);
	assert_int_equal(writable(msg, "Device.Radio.Neighbour."), 1);
	assert_int_equal(writable(msg, "Device.Radio.Alarm."), 0);
	assert_int_equal(writable(msg, "Device.Radio.Mode"), 1);
	assert_int_equal(writable(msg, "Device."), -1);
	assert_int_equal(msg->param_count, 1 + 7 + 2 + 1 + 2);
	assert_int_equal(get_names("Device.Radio.Mode", "0")->param_count, 1);
}

static void wrong_paths_of_names_are_refused(void **state)
{
	(void)state;
	assert_int_equal(get_names("Device.Radio.Mode", "1")->fault.code, 9003);
	assert_int_equal(get_names("Device.No.", "0")->fault.code, 9005);
	assert_int_equal(get_names("Device.Radio.", "maybe")->fault.code, 9003);
}

/* ---- attributes ---- */
static const struct hms_cwmp_msg *set_attribute(const char *name, const char *notification)
{
	struct hms_cwmp_arg fields[] = { text("Name", name),
					 text("NotificationChange", "1"),
					 text("Notification", notification),
					 text("AccessListChange", "0"),
					 { .name = HMS_STR("AccessList"), .kind = HMS_ARG_ARRAY, .item = "xsd:string" } };
	struct hms_cwmp_arg item = { .kind = HMS_ARG_STRUCT, .children = fields, .child_count = 5 };
	struct hms_cwmp_arg list = { .name = HMS_STR("ParameterList"),
				     .kind = HMS_ARG_ARRAY,
				     .item = "cwmp:SetParameterAttributesStruct",
				     .children = &item,
				     .child_count = 1 };

	return rpc("SetParameterAttributes", &list, 1);
}

static void attributes_are_set_and_read(void **state)
{
	const struct hms_cwmp_msg *msg;

	(void)state;
	assert_int_equal(set_attribute("Device.Radio.Neighbour.", "2")->kind, HMS_CWMP_RESPONSE);
	msg = by_names("GetParameterAttributes", "Device.Radio.Neighbour.1.CID", NULL);
	assert_true(hms_str_eqz(hms_cwmp_field(msg, "ParameterList.ParameterAttributeStruct.Notification"), "2"));
	assert_int_equal(set_attribute("Device.Radio.Mode", "3")->fault.code, 9003);
	assert_int_equal(set_attribute("Device.Nothing", "1")->fault.code, 9005);
}

/* ---- objects ---- */
static const struct hms_cwmp_msg *object(const char *method, const char *name)
{
	struct hms_cwmp_arg args[] = { text("ObjectName", name), text("ParameterKey", "obj") };

	return rpc(method, args, 2);
}

static void objects_are_added_and_deleted(void **state)
{
	const struct hms_cwmp_msg *msg = object("AddObject", "Device.Radio.Neighbour.");

	(void)state;
	assert_true(hms_str_eqz(hms_cwmp_field(msg, "InstanceNumber"), "2"));
	assert_true(tiny_value_is(&tiny, "Device.ManagementServer.ParameterKey", "obj"));
	assert_int_equal(object("AddObject", "Device.Radio.Neighbour.")->kind, HMS_CWMP_RESPONSE);
	assert_int_equal(object("AddObject", "Device.Radio.Neighbour.")->fault.code, 9004);
	assert_int_equal(object("DeleteObject", "Device.Radio.Neighbour.2.")->kind, HMS_CWMP_RESPONSE);
	assert_int_equal(object("DeleteObject", "Device.Radio.Neighbour.2.")->fault.code, 9005);
}

static void only_writable_tables_take_rows(void **state)
{
	(void)state;
	assert_int_equal(object("AddObject", "Device.Radio.Alarm.")->fault.code, 9005);
	assert_int_equal(object("AddObject", "Device.Radio.")->fault.code, 9005);
	assert_int_equal(object("DeleteObject", "Device.Radio.Neighbour.")->fault.code, 9005);
}

/* ---- the rest ---- */
static void reboot_and_factory_reset_are_noted_for_after_the_session(void **state)
{
	struct hms_cwmp_arg key = text("CommandKey", "H1.1");

	(void)state;
	assert_int_equal(rpc("Reboot", &key, 1)->kind, HMS_CWMP_RESPONSE);
	assert_true(call.reboot && hms_str_eqz(call.command_key, "H1.1"));
	assert_int_equal(rpc("FactoryReset", NULL, 0)->kind, HMS_CWMP_RESPONSE);
	assert_true(call.factory_reset && !call.reboot);
}

static void methods_are_listed_and_others_are_9000(void **state)
{
	const struct hms_cwmp_msg *msg = rpc("GetRPCMethods", NULL, 0);

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_RESPONSE);
	assert_int_equal(msg->field_count, 17); /* those of CWMP 1.0 and the vendor's */
	assert_true(hms_str_eqz(hms_cwmp_field(msg, "MethodList.string"), "GetRPCMethods"));
	assert_int_equal(rpc("ChangeDUState", NULL, 0)->fault.code, 9000); /* not in this version */
	assert_int_equal(rpc("X_0200F0_Dance", NULL, 0)->fault.code, 9000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_and_key_are_set_together),
		TEST(one_bad_parameter_and_nothing_is_set),
		TEST(a_parameter_named_twice_is_9003),
		TEST(an_empty_list_sets_the_key_alone),
		TEST(a_key_over_32_characters_is_9003),
		TEST(values_come_by_name_and_by_path),
		TEST(a_bad_name_is_9005_for_all),
		TEST(the_next_level_has_children_only),
		TEST(all_levels_hold_the_object_itself),
		TEST(wrong_paths_of_names_are_refused),
		TEST(attributes_are_set_and_read),
		TEST(objects_are_added_and_deleted),
		TEST(only_writable_tables_take_rows),
		TEST(reboot_and_factory_reset_are_noted_for_after_the_session),
		TEST(methods_are_listed_and_others_are_9000),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
