/* One command in several RPCs. */
#include "slice.h"

#include "absent.h"
#include "diagnostics.h"
#include "quirk.h"

/* The list that is cut, and the quirk that says into what; both NULL-like for methods whose arguments are no list. */
static const struct {
	enum hms_cwmp_method method;
	const char *list;
	enum hms_quirk quirk;
} lists[] = {
	{ HMS_CWMP_GET_PARAMETER_VALUES, "ParameterNames", HMS_QUIRK_GET_VALUES_MAX },
	{ HMS_CWMP_SET_PARAMETER_VALUES, "ParameterList", HMS_QUIRK_SET_VALUES_MAX },
};
#define ROWS_MAX 65536
#define LISTS (sizeof(lists) / sizeof(lists[0]))

static size_t list_of(const struct prov_command *c)
{
	size_t i = 0;

	while (i < LISTS && (lists[i].method != c->method || prov_command_is_diagnostics(c)))
		i++;
	return i;
}

static size_t rows_of(const struct prov_command *c)
{
	size_t list = list_of(c), rows = 0;
	json_t *payload = list < LISTS && c->payload.p ? json_loadb(c->payload.p, c->payload.len, 0, NULL) : NULL;

	if (payload)
		rows = json_array_size(json_object_get(payload, lists[list].list));
	json_decref(payload);
	return rows;
}

struct prov_slice prov_slice_of(const struct prov_command *c, size_t total)
{
	size_t at = c->slice_at > 0 && (size_t)c->slice_at < total ? (size_t)c->slice_at : 0, left = total - at;

	return (struct prov_slice){ at, c->slice_rows > 0 && (size_t)c->slice_rows < left ? (size_t)c->slice_rows : left };
}

void prov_slice_begin(struct prov_context *ctx, const struct prov_device *d, struct prov_command *c)
{
	size_t list = list_of(c);
	struct hms_quirks quirks;
	int64_t most;

	if (list == LISTS)
		return;
	prov_quirks_find(ctx, d, &quirks);
	most = quirks.value[lists[list].quirk];
	if (most && (!c->slice_rows || most < c->slice_rows))
		c->slice_rows = (int32_t)most;
	if (prov_slice_is_partial(c))
		ctx->quirks_fired[lists[list].quirk]++;
}

bool prov_slice_is_partial(const struct prov_command *c)
{
	size_t total = c->slice_rows ? rows_of(c) : 0;
	struct prov_slice slice = prov_slice_of(c, total);

	return slice.at + slice.count < total;
}

/* All of it was answered, but only in smaller RPCs than anybody had asked for: so it is with this model. */
static void learn(const struct prov_context *ctx, struct prov_device *d, const struct prov_command *c)
{
	int32_t rows = c->slice_rows > HMS_QUIRK_GET_VALUES_LEAST ? c->slice_rows : HMS_QUIRK_GET_VALUES_LEAST;
	struct hms_quirks quirks;

	prov_quirks_find(ctx, d, &quirks);
	if (c->method != HMS_CWMP_GET_PARAMETER_VALUES || quirks.given >> HMS_QUIRK_GET_VALUES_MAX & 1)
		return;
	if (!quirks.value[HMS_QUIRK_GET_VALUES_MAX] || rows < quirks.value[HMS_QUIRK_GET_VALUES_MAX])
		d->learnt_get_values_max = rows;
}

bool prov_slice_next(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	json_t *absent = prov_absent_list(c);
	bool searched = absent != NULL;

	json_decref(absent);
	if (!prov_slice_is_partial(c)) {
		if (c->slice_at > 0 && !searched)
			learn(ctx, d, c);
		return false;
	}
	c->slice_at += c->slice_rows;
	if (searched && c->slice_rows < ROWS_MAX) /* it was not because of their number */
		c->slice_rows *= 2;
	c->pre = c->result;
	c->result = (struct hms_str){ NULL, 0 };
	prov_command_requeue(d, c);
	return true;
}

bool prov_slice_halve(struct prov_device *d, struct prov_command *c)
{
	struct prov_slice slice;

	if (c->method != HMS_CWMP_GET_PARAMETER_VALUES || prov_command_is_procedure(c) || (c->fault != 9002 && c->fault != 9004))
		return false;
	slice = prov_slice_of(c, rows_of(c));
	if (slice.count < 2)
		return false;
	c->fault = 0;
	c->slice_rows = (int32_t)(slice.count / 2);
	c->result = (struct hms_str){ NULL, 0 };
	prov_command_requeue(d, c);
	return true;
}

void prov_slice_merge(const struct prov_command *c, json_t *result, size_t max_bytes)
{
	json_t *before = c->pre.p ? json_loadb(c->pre.p, c->pre.len, 0, NULL) : NULL, *absent = json_object_get(before, "absent");
	json_t *list = c->slice_at > 0 ? json_object_get(before, "parameters") : NULL, *more = json_object_get(result, "parameters");

	if (list && c->pre.len < max_bytes) {
		json_array_extend(list, more);
		json_object_set(result, "parameters", list);
	} else if (list) {
		json_object_set(result, "parameters", list);
		json_object_set_new(result, "truncated", json_true());
	}
	if (c->slice_at > 0 && json_is_true(json_object_get(before, "truncated")))
		json_object_set_new(result, "truncated", json_true());
	if (absent)
		json_object_set(result, "absent", absent);
	json_decref(before);
}
