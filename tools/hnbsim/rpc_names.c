/* GetParameterNames (TR-069 A.3.2.3): objects are not stored, they are the prefixes of what is. */
#include <stdlib.h>

#include "rpc.h"

struct found {
	struct hms_str name;
	bool writable;
};

struct names {
	struct rpc_call *call;
	struct hms_str path;
	bool next_level;
	struct found *found;
	size_t count, size;
};

static int add_name(struct names *names, struct hms_str name, bool writable)
{
	struct hms_arena *arena = names->call->arena;

	if (names->count == names->size) {
		size_t size = names->size > 0 ? names->size * 2 : 128;
		void *grown = hms_arena_grow(arena, names->found, names->size * sizeof(struct found), size * sizeof(struct found));

		if (!grown)
			return HMS_ENOMEM;
		names->found = grown;
		names->size = size;
	}
	names->found[names->count] = (struct found){ hms_arena_str(arena, name), writable };
	return names->found[names->count++].name.p ? 0 : HMS_ENOMEM;
}

/* Adds a name (of a parameter, a table or a row) and the objects above it, as far as the request asks for them. */
static int add_with_objects(struct names *names, struct hms_str name, bool writable)
{
	size_t from = names->path.len;
	int rc = 0;

	if (!hms_str_starts(name, names->path))
		return 0;
	if (from > 0 && !names->next_level)
		from--; /* the object itself */
	for (size_t i = from; i < name.len && rc == 0; i++) {
		bool last = i + 1 == name.len;

		if (name.p[i] != '.' && !last)
			continue;
		rc = add_name(names, hms_strn(name.p, i + 1), last && writable);
		if (names->next_level)
			break;
	}
	return rc;
}

static int visit_param(struct hms_str name, struct tree_ref ref, void *arg)
{
	struct names *names = arg;

	return add_with_objects(names, name, tree_param(names->call->tree, ref)->writable);
}

static int visit_row(struct hms_str path, struct tree_row row, void *arg)
{
	struct names *names = arg;

	return add_with_objects(names, path, names->call->tree->model->tables[row.table].writable);
}

/* By name; of the same name the writable one first, so that it is the one that stays. */
static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int order = hms_str_cmp(x->name, y->name);

	return order != 0 ? order : y->writable - x->writable;
}

static void drop_doubles(struct names *names)
{
	size_t kept = 0;

	if (names->count) /* none: there is no array either */
		qsort(names->found, names->count, sizeof(struct found), by_name);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || !hms_str_eq(names->found[kept - 1].name, names->found[i].name))
			names->found[kept++] = names->found[i];
	names->count = kept;
}

static uint32_t respond(struct rpc_call *call, const struct names *names)
{
	struct hms_cwmp_arg *structs = hms_arena_alloc(call->arena, (names->count + 1) * sizeof(*structs));
	struct hms_cwmp_arg *fields = hms_arena_alloc(call->arena, (names->count * 2 + 1) * sizeof(*fields));

	if (!structs || !fields)
		return 9002;
	for (size_t i = 0; i < names->count; i++) {
		fields[2 * i] = rpc_text("Name", names->found[i].name);
		fields[2 * i + 1] = rpc_text("Writable", names->found[i].writable ? HMS_STR("1") : HMS_STR("0"));
		structs[i] = (struct hms_cwmp_arg){ .kind = HMS_ARG_STRUCT, .children = &fields[2 * i], .child_count = 2 };
	}
	rpc_respond(call, "GetParameterNamesResponse",
		    &(struct hms_cwmp_arg){ .name = HMS_STR("ParameterList"),
					    .kind = HMS_ARG_ARRAY,
					    .item = "cwmp:ParameterInfoStruct",
					    .children = structs,
					    .child_count = names->count },
		    1);
	return 0;
}

uint32_t rpc_get_parameter_names(struct rpc_call *call)
{
	struct names names = { .call = call, .path = hms_cwmp_field(call->msg, "ParameterPath") };
	struct tree_ref ref;

	if (hms_str_bool(hms_cwmp_field(call->msg, "NextLevel"), &names.next_level) != 0)
		return 9003;
	if (names.path.len > 0 && names.path.p[names.path.len - 1] != '.') {
		if (names.next_level)
			return 9003;
		if (!tree_find(call->tree, names.path, &ref))
			return 9005;
		return add_name(&names, names.path, tree_param(call->tree, ref)->writable) == 0 ? respond(call, &names) : 9002;
	}
	if (!rpc_is_object(call->tree, names.path))
		return 9005;
	if (tree_each(call->tree, names.path, visit_param, &names) != 0 || tree_each_row(call->tree, visit_row, &names) != 0)
		return 9002;
	drop_doubles(&names);
	return respond(call, &names);
}
