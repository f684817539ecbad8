/* What a cell's parameters say about PM uploads: PerfMgmt.FileMgmt of TR-196 v1, or the row of FAP.PerfMgmt.Config that FAPControl's
 * PMConfig names (TR-196 v2, TR-262). */
#include <stdio.h>

#include "cell.h"
#include "pm.h"
#include "value.h"

static struct hms_str read_text(const struct cell *cell, struct hms_str object, const char *name, char scratch[TREE_SCRATCH])
{
	struct tree_env env = cell_env(cell);
	struct tree_ref ref;
	char path[512];

	snprintf(path, sizeof(path), "%.*s%s", HMS_STR_FMT(object), name);
	return tree_find(&cell->tree, hms_str(path), &ref) ? tree_value(&cell->tree, ref, &env, scratch) : HMS_STR("");
}

static void copy_text(const struct cell *cell, struct hms_str object, const char *name, char *out, size_t size)
{
	char scratch[TREE_SCRATCH];
	struct hms_str text = read_text(cell, object, name, scratch);

	snprintf(out, size, "%.*s", HMS_STR_FMT(text));
}

/* The object or row that counts; "" if there is none. */
static struct hms_str find_object(const struct cell *cell, char out[TREE_SCRATCH])
{
	const char *pm = cell->tree.model->pm;
	char scratch[TREE_SCRATCH];
	struct hms_str row;

	if (!pm)
		return HMS_STR("");
	if (tree_find_table(&cell->tree, hms_str(pm)) == MODEL_NO_PARAM)
		return hms_str(pm);
	row = cell_role_text(cell, ROLE_PM_CONFIG, scratch);
	if (!hms_str_starts(row, hms_str(pm)))
		return HMS_STR("");
	snprintf(out, TREE_SCRATCH, "%.*s%s", HMS_STR_FMT(row), hms_str_ends(row, HMS_STR(".")) ? "" : ".");
	return hms_str(out);
}

void pm_read_config(const struct cell *cell, struct pm_config *out)
{
	char path[TREE_SCRATCH], scratch[TREE_SCRATCH];
	struct hms_str object = find_object(cell, path);
	const char *enable = object.p == path ? "Enable" : "PeriodicUploadEnable";
	bool on = false;

	*out = (struct pm_config){ 0 };
	if (object.len == 0)
		return;
	if (hms_str_i64(read_text(cell, object, "PeriodicUploadInterval", scratch), &out->interval_s) != 0)
		return;
	if (value_time(read_text(cell, object, "PeriodicUploadTime", scratch), &out->phase_s) != 0)
		out->phase_s = 0; /* unknown: the cell is free to choose */
	copy_text(cell, object, "URL", out->url, sizeof(out->url));
	copy_text(cell, object, "Username", out->user, sizeof(out->user));
	copy_text(cell, object, "Password", out->password, sizeof(out->password));
	out->on = hms_str_bool(read_text(cell, object, enable, scratch), &on) == 0 && on && out->url[0] != '\0' && out->interval_s > 0;
}
