/* SetParameterValues and SetParameterAttributes (TR-069 A.3.2.1, A.3.2.4): all or nothing. */
#include <stdlib.h>

#include "rpc.h"
#include "value.h"

static void add_param_fault(struct rpc_call *call, struct hms_str name, uint32_t code)
{
	call->param_faults[call->param_fault_count++] =
		(struct hms_cwmp_param_fault){ .name = name, .text = hms_str(hms_cwmp_fault_text(code)), .code = code };
}

static int by_ref(const void *a, const void *b)
{
	const struct tree_ref *x = a, *y = b;

	return x->param != y->param ? x->param - y->param : x->row - y->row;
}

/* Whether a parameter is named twice (9003 for the whole call). */
static bool has_double(struct rpc_call *call, const struct tree_ref *refs, size_t count)
{
	struct tree_ref *sorted = hms_arena_alloc(call->arena, (count + 1) * sizeof(*sorted));

	if (!sorted)
		return true;
	memcpy(sorted, refs, count * sizeof(*refs));
	qsort(sorted, count, sizeof(*sorted), by_ref);
	for (size_t i = 1; i < count; i++)
		if (by_ref(&sorted[i - 1], &sorted[i]) == 0)
			return true;
	return false;
}

/* Looks up and checks every parameter before any is set. */
static uint32_t check_all(struct rpc_call *call, struct tree_ref *refs)
{
	const struct hms_cwmp_msg *msg = call->msg;

	for (size_t i = 0; i < msg->param_count; i++) {
		const struct hms_cwmp_param *p = &msg->params[i];
		uint32_t fault;

		if (tree_find(call->tree, p->name, &refs[i]))
			fault = value_check(tree_param(call->tree, refs[i]), p->type, p->value);
		else
			fault = 9005;
		if (fault != 0)
			add_param_fault(call, p->name, fault);
	}
	if (call->param_fault_count > 0)
		return 9003;
	return has_double(call, refs, msg->param_count) ? 9003 : 0;
}

uint32_t rpc_set_parameter_values(struct rpc_call *call)
{
	const struct hms_cwmp_msg *msg = call->msg;
	struct tree_ref *refs = hms_arena_alloc(call->arena, (msg->param_count + 1) * sizeof(*refs));
	uint32_t fault = rpc_check_parameter_key(call);

	call->param_faults = hms_arena_alloc(call->arena, (msg->param_count + 1) * sizeof(*call->param_faults));
	if (!refs || !call->param_faults || msg->truncated)
		return 9004;
	if (fault == 0)
		fault = check_all(call, refs);
	if (fault != 0)
		return fault;
	for (size_t i = 0; i < msg->param_count; i++) {
		const struct model_param *param = tree_param(call->tree, refs[i]);
		struct hms_str value = msg->params[i].value;

		if (param->type != HMS_XSD_STRING)
			value = hms_str_trim(value);
		if (tree_set(call->tree, refs[i], value, false) != 0)
			return 9002;
		if (param->role != ROLE_NONE)
			call->roles |= ROLE_BIT(param->role);
		call->written++;
	}
	fault = rpc_store_parameter_key(call);
	if (fault == 0)
		rpc_respond(call, "SetParameterValuesResponse", (struct hms_cwmp_arg[]){ rpc_text("Status", HMS_STR("0")) }, 1);
	return fault;
}

/* ---- SetParameterAttributes ---- */
struct attribute {
	struct hms_str name;
	bool change;
	uint64_t notification;
};

#define ATTRIBUTE_FIELD "ParameterList.SetParameterAttributesStruct."

static bool read_attribute_field(struct attribute *a, struct hms_str field, struct hms_str text)
{
	if (hms_str_eqz(field, ATTRIBUTE_FIELD "NotificationChange"))
		return hms_str_bool(text, &a->change) == 0;
	return !hms_str_eqz(field, ATTRIBUTE_FIELD "Notification") || hms_str_u64(text, &a->notification) == 0;
}

/* The structs of the list; a Name begins one. Returns how many, or -1. */
static ssize_t read_attributes(const struct hms_cwmp_msg *msg, struct attribute *out)
{
	ssize_t n = 0;

	for (size_t i = 0; i < msg->field_count; i++) {
		struct hms_str field = msg->fields[i].code, text = hms_str_trim(msg->fields[i].command_key);

		if (hms_str_eqz(field, ATTRIBUTE_FIELD "Name"))
			out[n++] = (struct attribute){ .name = text };
		else if (n > 0 && !read_attribute_field(&out[n - 1], field, text))
			return -1;
	}
	return n;
}

static uint32_t apply_attribute(struct rpc_call *call, const struct attribute *a, bool apply)
{
	struct rpc_selection selected = { 0 };
	uint32_t fault = rpc_select_path(call, a->name, &selected);

	if (fault != 0)
		return fault;
	if (a->change && a->notification > 2)
		return 9003; /* lightweight notification is not there */
	for (size_t i = 0; apply && a->change && i < selected.count; i++)
		if (tree_set_notify(call->tree, selected.refs[i], (uint8_t)a->notification) != 0)
			return 9002;
	return 0;
}

uint32_t rpc_set_parameter_attributes(struct rpc_call *call)
{
	struct attribute *list = hms_arena_alloc(call->arena, (call->msg->field_count + 1) * sizeof(*list));
	ssize_t count = list ? read_attributes(call->msg, list) : -1;
	uint32_t fault = list ? 0 : 9002;

	if (list && count < 0)
		return 9003;
	for (int apply = 0; apply <= 1 && fault == 0; apply++)
		for (ssize_t i = 0; i < count && fault == 0; i++)
			fault = apply_attribute(call, &list[i], apply != 0);
	if (fault == 0)
		rpc_respond(call, "SetParameterAttributesResponse", NULL, 0);
	return fault;
}
