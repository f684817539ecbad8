/* Vectors: counters told apart by the value of one label, whose number is capped. */
#include "hms/metrics/metrics.h"

#include <stdlib.h>

#include "internal.h"

static const char other[] = "other";

/* Cells are borrowed for ever, so they are never freed; this list keeps them within sight of leak checkers. */
struct table {
	struct table *next;
	struct hms_vec_cell cells[];
};
static struct table *all_tables;

static int make_cells(struct hms_vec *vec, size_t max)
{
	/* One more: "other" does not count as a value. */
	struct table *table = calloc(1, sizeof(*table) + (max + 1) * sizeof(table->cells[0]));

	if (!table)
		return -1;
	table->next = all_tables;
	all_tables = table;
	vec->cells = table->cells;
	memcpy(vec->cells[max].value, other, sizeof(other));
	return 0;
}

struct hms_counter *hms_vec_at(struct hms_vec *vec, const struct hms_metric_def *def, const char *value)
{
	static struct hms_counter nowhere; /* out of memory: counted, but not shown */
	size_t len = strnlen(value, METRIC_LABEL_BYTES - 1);

	if (!vec->cells && make_cells(vec, def->max) < 0)
		return &nowhere;
	for (size_t i = 0; i < vec->count; i++)
		if (strncmp(vec->cells[i].value, value, len) == 0 && vec->cells[i].value[len] == '\0')
			return &vec->cells[i].counter;
	if (vec->count == def->max || strcmp(value, other) == 0) {
		vec->cells[def->max].used = true;
		return &vec->cells[def->max].counter;
	}
	memcpy(vec->cells[vec->count].value, value, len);
	vec->cells[vec->count].used = true;
	return &vec->cells[vec->count++].counter;
}

struct hms_counter *hms_vec_find(struct hms_vec *vec, const struct hms_metric_def *defs, size_t count, const void *base, const char *value)
{
	size_t offset = (size_t)((const char *)vec - (const char *)base), i = 0;

	while (i + 1 < count && defs[i].offset != offset)
		i++;
	return hms_vec_at(vec, &defs[i], value);
}
