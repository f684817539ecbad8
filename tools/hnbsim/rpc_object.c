/* AddObject and DeleteObject (TR-069 A.3.2.6, A.3.2.7). */
#include <stdio.h>

#include "rpc.h"

static struct hms_str number_text(char *out, size_t size, int number) { return hms_strn(out, (size_t)snprintf(out, size, "%d", number)); }

uint32_t rpc_add_object(struct rpc_call *call)
{
	uint16_t table = tree_find_table(call->tree, hms_cwmp_field(call->msg, "ObjectName"));
	uint32_t fault = rpc_check_parameter_key(call);
	char text[16];
	int row;

	if (fault != 0)
		return fault;
	if (table == MODEL_NO_PARAM || !call->tree->model->tables[table].writable)
		return 9005;
	row = tree_add_row(call->tree, table);
	if (row < 0)
		return row == HMS_EFULL ? 9004 : 9002;
	call->rows = true;
	fault = rpc_store_parameter_key(call);
	if (fault == 0)
		rpc_respond(call, "AddObjectResponse",
			    (struct hms_cwmp_arg[]){ rpc_text("InstanceNumber", number_text(text, sizeof(text), row)),
						     rpc_text("Status", HMS_STR("0")) },
			    2);
	return fault;
}

struct row_search {
	struct hms_str path;
	struct tree_row row;
};

static int match_row(struct hms_str path, struct tree_row row, void *arg)
{
	struct row_search *search = arg;

	search->row = row;
	return row.number > 0 && hms_str_eq(path, search->path);
}

uint32_t rpc_delete_object(struct rpc_call *call)
{
	struct row_search search = { .path = hms_cwmp_field(call->msg, "ObjectName") };
	uint32_t fault = rpc_check_parameter_key(call);

	if (fault != 0)
		return fault;
	if (tree_each_row(call->tree, match_row, &search) == 0 || !call->tree->model->tables[search.row.table].writable)
		return 9005;
	if (tree_delete_row(call->tree, search.row) != 0)
		return 9002;
	call->rows = true;
	fault = rpc_store_parameter_key(call);
	if (fault == 0)
		rpc_respond(call, "DeleteObjectResponse", (struct hms_cwmp_arg[]){ rpc_text("Status", HMS_STR("0")) }, 1);
	return fault;
}
