/* The registry of a process: tables of metrics, labels on all of them, and what refreshes them. */
#include <stdlib.h>

#include "hms/base/err.h"
#include "internal.h"

struct table {
	struct table *next;
	const struct hms_metric_def *defs;
	size_t count;
	const char *base;
};

struct refresher {
	struct refresher *next;
	void (*fn)(void *arg);
	void *arg;
};

/* Lists keep the order of registration: `last` points at the link that the next element fills. */
struct hms_metrics {
	struct table *tables, **last_table;
	struct refresher *refreshers, **last_refresher;
	struct hms_buf const_labels;
};

enum { CONST_LABELS_BYTES = 1024 };

struct hms_metrics *hms_metrics_new(void)
{
	struct hms_metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->last_table = &m->tables;
	m->last_refresher = &m->refreshers;
	hms_buf_init(&m->const_labels, CONST_LABELS_BYTES);
	return m;
}

void hms_metrics_free(struct hms_metrics **m)
{
	if (!*m)
		return;
	for (struct table *t = (*m)->tables, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	for (struct refresher *r = (*m)->refreshers, *next; r; r = next) {
		next = r->next;
		free(r);
	}
	hms_buf_fini(&(*m)->const_labels);
	free(*m);
	*m = NULL;
}

static bool is_known(const struct hms_metrics *m, const char *name)
{
	for (const struct table *t = m->tables; t; t = t->next)
		for (size_t i = 0; i < t->count; i++)
			if (strcmp(t->defs[i].name, name) == 0)
				return true;
	return false;
}

int hms_metrics_add(struct hms_metrics *m, const struct hms_metric_def *defs, size_t count, void *base)
{
	struct table *table;

	for (size_t i = 0; i < count; i++) {
		if (is_known(m, defs[i].name))
			return HMS_EEXISTS;
		for (size_t j = 0; j < i; j++)
			if (strcmp(defs[i].name, defs[j].name) == 0)
				return HMS_EEXISTS;
	}
	table = malloc(sizeof(*table));
	if (!table)
		return HMS_ENOMEM;
	*table = (struct table){ .defs = defs, .count = count, .base = base };
	*m->last_table = table;
	m->last_table = &table->next;
	return 0;
}

int hms_metrics_const_label(struct hms_metrics *m, const char *name, const char *value)
{
	if (m->const_labels.len > 0)
		hms_buf_char(&m->const_labels, ',');
	hms_buf_strz(&m->const_labels, name);
	hms_buf_strz(&m->const_labels, "=\"");
	metric_label_value(&m->const_labels, value);
	hms_buf_char(&m->const_labels, '"');
	return m->const_labels.failed;
}

int hms_metrics_on_render(struct hms_metrics *m, void (*fn)(void *arg), void *arg)
{
	struct refresher *refresher = malloc(sizeof(*refresher));

	if (!refresher)
		return HMS_ENOMEM;
	*refresher = (struct refresher){ .fn = fn, .arg = arg };
	*m->last_refresher = refresher;
	m->last_refresher = &refresher->next;
	return 0;
}

void hms_metrics_render(struct hms_metrics *m, struct hms_buf *out)
{
	for (const struct refresher *r = m->refreshers; r; r = r->next)
		r->fn(r->arg);
	for (const struct table *t = m->tables; t; t = t->next)
		for (size_t i = 0; i < t->count; i++)
			metric_render(&t->defs[i], t->base + t->defs[i].offset, hms_buf_view(&m->const_labels), out);
}
