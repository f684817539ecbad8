/* Rows of a cell's tables, and the walk over all its parameters. */
#include <stdio.h>
#include <stdlib.h>

#include "tree.h"

/* Copies the rows that the model begins with: the tree has its own from then on. */
static int own_rows(struct tree *tree)
{
	const struct model *model = tree->model;
	size_t count = 0;

	if (tree->own_rows)
		return 0;
	for (uint16_t t = 0; t < model->table_count; t++)
		count += model->tables[t].initial;
	tree->rows = malloc((count + 1) * sizeof(*tree->rows));
	if (!tree->rows)
		return HMS_ENOMEM;
	tree->row_count = 0;
	for (uint16_t t = 0; t < model->table_count; t++)
		for (unsigned n = 1; n <= model->tables[t].initial; n++)
			tree->rows[tree->row_count++] = (struct tree_row){ t, (uint16_t)n };
	tree->own_rows = true;
	return 0;
}

uint16_t tree_next_row(const struct tree *tree, uint16_t table, uint16_t above)
{
	uint16_t best = 0;

	if (!tree->own_rows)
		return above < tree->model->tables[table].initial ? (uint16_t)(above + 1) : 0;
	for (uint16_t i = 0; i < tree->row_count; i++) {
		const struct tree_row *row = &tree->rows[i];

		if (row->table == table && row->number > above && (best == 0 || row->number < best))
			best = row->number;
	}
	return best;
}

bool tree_has_row(const struct tree *tree, struct tree_row row)
{
	return row.number > 0 && tree_next_row(tree, row.table, (uint16_t)(row.number - 1)) == row.number;
}

struct tree_ref tree_column(const struct tree *tree, struct tree_row row, const char *column)
{
	return (struct tree_ref){ model_find_column(tree->model, &tree->model->tables[row.table], hms_str(column)), row.number };
}

unsigned tree_count_rows(const struct tree *tree, uint16_t table)
{
	unsigned count = 0;

	for (uint16_t n = tree_next_row(tree, table, 0); n != 0; n = tree_next_row(tree, table, n))
		count++;
	return count;
}

int tree_put_row(struct tree *tree, struct tree_row row)
{
	struct tree_row *grown;

	if (tree_has_row(tree, row))
		return HMS_EEXISTS;
	if (own_rows(tree) != 0)
		return HMS_ENOMEM;
	if (row.number == 0 || tree_count_rows(tree, row.table) >= tree->model->tables[row.table].max)
		return HMS_EFULL;
	grown = realloc(tree->rows, ((size_t)tree->row_count + 1) * sizeof(*grown));
	if (!grown)
		return HMS_ENOMEM;
	tree->rows = grown;
	grown[tree->row_count++] = row;
	return 0;
}

int tree_add_row(struct tree *tree, uint16_t table)
{
	uint16_t last = 0, n;
	int rc;

	for (n = tree_next_row(tree, table, 0); n != 0; n = tree_next_row(tree, table, n))
		last = n;
	rc = last == UINT16_MAX ? HMS_EFULL : tree_put_row(tree, (struct tree_row){ table, (uint16_t)(last + 1) });
	return rc == 0 ? last + 1 : rc;
}

int tree_delete_row(struct tree *tree, struct tree_row row)
{
	const struct model_table *table = &tree->model->tables[row.table];
	uint16_t kept = 0;

	if (!tree_has_row(tree, row))
		return HMS_ENOENT;
	if (own_rows(tree) != 0)
		return HMS_ENOMEM;
	for (uint16_t i = 0; i < tree->row_count; i++)
		if (tree->rows[i].table != row.table || tree->rows[i].number != row.number)
			tree->rows[kept++] = tree->rows[i];
	tree->row_count = kept;
	kept = 0;
	for (uint16_t i = 0; i < tree->entry_count; i++) {
		struct tree_entry *entry = &tree->entries[i];
		bool gone =
			entry->ref.row == row.number && entry->ref.param >= table->first && entry->ref.param < table->first + table->count;

		if (gone)
			free(entry->value);
		else
			tree->entries[kept++] = *entry;
	}
	tree->entry_count = kept;
	return 0;
}

static int each_row_param(const struct tree *tree, struct tree_row row, struct hms_str prefix, tree_visit_fn *fn, void *arg)
{
	const struct model_table *table = &tree->model->tables[row.table];
	char name[1024];

	for (uint16_t i = table->first; i < table->first + table->count; i++) {
		int n = snprintf(name, sizeof(name), "%.*s%u.%.*s", HMS_STR_FMT(table->path), row.number,
				 HMS_STR_FMT(tree->model->params[i].name));
		struct hms_str full = hms_strn(name, (size_t)n);
		int rc = hms_str_starts(full, prefix) ? fn(full, (struct tree_ref){ i, row.number }, arg) : 0;

		if (rc != 0)
			return rc;
	}
	return 0;
}

int tree_each(const struct tree *tree, struct hms_str prefix, tree_visit_fn *fn, void *arg)
{
	const struct model *model = tree->model;
	int rc = 0;

	for (uint16_t i = 0; i < model->fixed && rc == 0; i++)
		if (hms_str_starts(model->params[i].name, prefix))
			rc = fn(model->params[i].name, (struct tree_ref){ i, 0 }, arg);
	for (uint16_t t = 0; t < model->table_count && rc == 0; t++) {
		if (!hms_str_starts(model->tables[t].path, prefix) && !hms_str_starts(prefix, model->tables[t].path))
			continue;
		for (uint16_t n = tree_next_row(tree, t, 0); n != 0 && rc == 0; n = tree_next_row(tree, t, n))
			rc = each_row_param(tree, (struct tree_row){ t, n }, prefix, fn, arg);
	}
	return rc;
}

int tree_each_row(const struct tree *tree, tree_visit_row_fn *fn, void *arg)
{
	const struct model *model = tree->model;
	int rc = 0;

	for (uint16_t t = 0; t < model->table_count && rc == 0; t++) {
		rc = fn(model->tables[t].path, (struct tree_row){ t, 0 }, arg);
		for (uint16_t n = tree_next_row(tree, t, 0); n != 0 && rc == 0; n = tree_next_row(tree, t, n)) {
			char path[512];
			int len = snprintf(path, sizeof(path), "%.*s%u.", HMS_STR_FMT(model->tables[t].path), n);

			rc = fn(hms_strn(path, (size_t)len), (struct tree_row){ t, n }, arg);
		}
	}
	return rc;
}
