/* Partial rows of FaultMgmt. */
#include "alarm_row.h"

#include "hms/device/fault_row.h"
#include "values.h"

#define ROWS_MAX 64 /* rings are small */

static bool mentioned(const Hms__Inform *inform)
{
	for (size_t i = 0; i < inform->n_params; i++)
		if (strstr(inform->params[i]->name, "FaultMgmt."))
			return true;
	return false;
}

static bool is_partial(const struct hms_fault_row *row)
{
	return (row->table == HMS_FAULT_EXPEDITED || row->table == HMS_FAULT_QUEUED) && !hms_fault_row_unused(row) &&
	       hms_fault_row_missing(row);
}

static void add_path(const struct hms_fault_row *row, json_t *paths)
{
	struct hms_buf path = HMS_BUF_INIT(512);

	hms_fault_row_path(row, &path);
	if (!path.failed && path.len <= 256)
		json_array_append_new(paths, json_stringn(path.p, path.len));
	hms_buf_fini(&path);
}

void prov_alarm_rows(struct prov_context *ctx, struct prov_device *d, const Hms__Inform *inform)
{
	struct hms_fault_rows rows;
	struct hms_str payload;
	json_t *paths;

	if (d->cold.state == PROV_STATE_HELD || d->cold.state == PROV_STATE_BLOCKED || !mentioned(inform))
		return;
	if (hms_fault_rows(ctx->arena, inform->params, inform->n_params, ROWS_MAX, &rows)) {
		d->failed = true;
		return;
	}
	paths = json_array();
	for (size_t i = 0; i < rows.count; i++)
		if (is_partial(&rows.list[i]))
			add_path(&rows.list[i], paths);
	if (!json_array_size(paths)) {
		json_decref(paths);
		return;
	}
	if (prov_values_dump(ctx, json_pack("{s:o}", "ParameterNames", paths), &payload))
		d->failed = true;
	else
		prov_command_new(d, ctx->arena, hms_command_id_next(ctx->ids, d->now_us), HMS_CWMP_GET_PARAMETER_VALUES,
				 PROV_PURPOSE_ALARM_ROW, payload, d->now_us + ctx->command_life_us);
}
