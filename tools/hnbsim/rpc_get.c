/* GetParameterValues, GetParameterAttributes and GetParameterNames (TR-069 A.3.2.2, A.3.2.3, A.3.2.5). */
#include <stdlib.h>

#include "rpc.h"

#define SELECTION_MAX 200000

struct search {
	struct rpc_call *call;
	struct rpc_selection *out;
};

static int add_selected(struct hms_str name, struct tree_ref ref, void *arg)
{
	struct search *search = arg;
	struct rpc_selection *out = search->out;
	struct hms_arena *arena = search->call->arena;

	if (out->count == out->size) {
		size_t size = out->size > 0 ? out->size * 2 : 64;
		void *names = hms_arena_grow(arena, out->names, out->size * sizeof(*out->names), size * sizeof(*out->names));
		void *refs = hms_arena_grow(arena, out->refs, out->size * sizeof(*out->refs), size * sizeof(*out->refs));

		if (!names || !refs || size > SELECTION_MAX)
			return HMS_ENOMEM;
		out->names = names;
		out->refs = refs;
		out->size = size;
	}
	out->names[out->count] = hms_arena_str(arena, name);
	out->refs[out->count++] = ref;
	return out->names[out->count - 1].p ? 0 : HMS_ENOMEM;
}

static int find_prefix(struct hms_str name, struct tree_ref ref, void *arg)
{
	(void)name, (void)ref, (void)arg;
	return 1;
}

static int find_row_prefix(struct hms_str path, struct tree_row row, void *arg)
{
	(void)row;
	return hms_str_starts(path, *(const struct hms_str *)arg);
}

bool rpc_is_object(const struct tree *tree, struct hms_str path)
{
	if (path.len == 0)
		return true;
	return hms_str_ends(path, HMS_STR(".")) &&
	       (tree_each(tree, path, find_prefix, NULL) != 0 || tree_each_row(tree, find_row_prefix, &path) != 0);
}

uint32_t rpc_select_path(struct rpc_call *call, struct hms_str path, struct rpc_selection *out)
{
	struct search search = { call, out };
	struct tree_ref ref;

	if (path.len == 0 || path.p[path.len - 1] == '.') {
		if (!rpc_is_object(call->tree, path))
			return 9005;
		return tree_each(call->tree, path, add_selected, &search) == 0 ? 0 : 9002;
	}
	if (!tree_find(call->tree, path, &ref))
		return 9005;
	return add_selected(path, ref, &search) == 0 ? 0 : 9002;
}

uint32_t rpc_select(struct rpc_call *call, const char *field, struct rpc_selection *out)
{
	*out = (struct rpc_selection){ 0 };
	for (size_t i = 0; i < call->msg->field_count; i++) {
		uint32_t fault = 0;

		if (hms_str_eqz(call->msg->fields[i].code, field))
			fault = rpc_select_path(call, call->msg->fields[i].command_key, out);
		if (fault != 0)
			return fault;
	}
	return 0;
}

uint32_t rpc_get_parameter_values(struct rpc_call *call)
{
	struct rpc_selection selected;
	uint32_t fault = rpc_select(call, "ParameterNames.string", &selected);
	struct hms_cwmp_param *params = hms_arena_alloc(call->arena, (selected.count + 1) * sizeof(*params));
	char scratch[TREE_SCRATCH];

	if (fault != 0 || !params)
		return fault ? fault : 9002;
	for (size_t i = 0; i < selected.count; i++) {
		const struct model_param *param = tree_param(call->tree, selected.refs[i]);
		struct hms_str value = tree_value(call->tree, selected.refs[i], call->env, scratch);

		params[i] = (struct hms_cwmp_param){ .name = selected.names[i], .type = param->type };
		params[i].value = param->hidden ? HMS_STR("") : hms_arena_str(call->arena, value);
		if (!params[i].value.p)
			return 9002;
	}
	rpc_respond(call, "GetParameterValuesResponse",
		    &(struct hms_cwmp_arg){
			    .name = HMS_STR("ParameterList"), .kind = HMS_ARG_PARAMS, .params = params, .param_count = selected.count },
		    1);
	return 0;
}

static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6" };

uint32_t rpc_get_parameter_attributes(struct rpc_call *call)
{
	enum { FIELDS = 3 };
	struct rpc_selection selected;
	uint32_t fault = rpc_select(call, "ParameterNames.string", &selected);
	struct hms_cwmp_arg *structs = hms_arena_alloc(call->arena, (selected.count + 1) * sizeof(*structs));
	struct hms_cwmp_arg *fields = hms_arena_alloc(call->arena, (selected.count * FIELDS + 1) * sizeof(*fields));

	if (fault != 0 || !structs || !fields)
		return fault ? fault : 9002;
	for (size_t i = 0; i < selected.count; i++) {
		struct hms_cwmp_arg *f = &fields[i * FIELDS];

		f[0] = rpc_text("Name", selected.names[i]);
		f[1] = rpc_text("Notification", hms_str(digits[tree_notify(call->tree, selected.refs[i])]));
		f[2] = (struct hms_cwmp_arg){ .name = HMS_STR("AccessList"), .kind = HMS_ARG_ARRAY, .item = "xsd:string" };
		structs[i] = (struct hms_cwmp_arg){ .kind = HMS_ARG_STRUCT, .children = f, .child_count = FIELDS };
	}
	rpc_respond(call, "GetParameterAttributesResponse",
		    &(struct hms_cwmp_arg){ .name = HMS_STR("ParameterList"),
					    .kind = HMS_ARG_ARRAY,
					    .item = "cwmp:ParameterAttributeStruct",
					    .children = structs,
					    .child_count = selected.count },
		    1);
	return 0;
}
