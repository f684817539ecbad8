/* Rows of tables in a CM file: found by index attribute or by their key content; Modifier says what becomes of them (cm-file.md 1). */
#include <stdio.h>
#include <stdlib.h>

#include "cm_apply.h"
#include "value.h"

enum modifier { MODIFIER_UPDATE, MODIFIER_CREATE, MODIFIER_DELETE, MODIFIER_COUNT };

/* What identifies a member or a neighbour cell, as far as the table has such columns and the file names them. */
static const char *const keys[] = { "IMSI", "PLMNID", "RNCID", "CID", "LAC", "CI" };
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

/* -1: there is no such one. */
static int read_modifier(xmlNode *node)
{
	static const char *const names[MODIFIER_COUNT] = { "update", "create", "delete" };
	xmlNode *child = cm_child(node, "Modifier");
	char *text = child ? cm_text(child) : NULL;
	int found = child ? -1 : MODIFIER_UPDATE;

	for (int i = 0; text && i < MODIFIER_COUNT; i++)
		if (strcmp(text, names[i]) == 0)
			found = i;
	free(text);
	return found;
}

static bool has_value(const struct cm_apply *apply, struct tree_ref ref, xmlNode *leaf)
{
	char scratch[TREE_SCRATCH], *text = cm_text(leaf);
	bool same = text && hms_str_eqz(tree_value(apply->tree, ref, apply->env, scratch), text);

	free(text);
	return same;
}

/* Whether all keys that the file names are the row's. */
static bool matches(const struct cm_apply *apply, xmlNode *node, struct tree_row row)
{
	unsigned same = 0;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		xmlNode *leaf = cm_child(node, keys[i]);
		struct tree_ref ref = tree_column(apply->tree, row, keys[i]);

		if (!leaf || ref.param == MODEL_NO_PARAM)
			continue;
		if (!has_value(apply, ref, leaf))
			return false;
		same++;
	}
	return same > 0;
}

/* The row's number: of its index attribute, or of the row with those keys; 0: neither. */
static uint16_t find_row(const struct cm_apply *apply, xmlNode *node, uint16_t table, bool *by_index)
{
	xmlChar *index = xmlGetNoNsProp(node, (const xmlChar *)"index");
	uint64_t number = 0;

	*by_index = index != NULL;
	if (index && (hms_str_u64(hms_str((const char *)index), &number) != 0 || number > UINT16_MAX))
		number = 0;
	xmlFree(index);
	if (*by_index)
		return (uint16_t)number;
	for (uint16_t n = tree_next_row(apply->tree, table, 0); n != 0; n = tree_next_row(apply->tree, table, n))
		if (matches(apply, node, (struct tree_row){ table, n }))
			return n;
	return 0;
}

/* The same file may come twice: what is there already is not created again. */
static int make_row(struct cm_apply *apply, struct tree_row *row)
{
	int rc;

	if (row->number > 0) {
		rc = tree_has_row(apply->tree, *row) ? 0 : tree_put_row(apply->tree, *row);
	} else {
		rc = tree_add_row(apply->tree, row->table);
		row->number = (uint16_t)(rc > 0 ? rc : 0);
		rc = rc > 0 ? 0 : rc;
	}
	apply->result->rows++;
	return rc;
}

int cm_apply_row(struct cm_apply *apply, xmlNode *node, uint16_t table, unsigned depth)
{
	const struct model_table *t = &apply->tree->model->tables[table];
	int modifier = read_modifier(node), rc = 0;
	struct tree_row row = { table, 0 };
	bool by_index, there;
	char path[512];

	row.number = find_row(apply, node, table, &by_index);
	there = row.number > 0 && tree_has_row(apply->tree, row);
	snprintf(path, sizeof(path), "%.*s%u.", HMS_STR_FMT(t->path), row.number);
	if (modifier < 0 || (by_index && row.number == 0))
		return cm_fail(apply, path, modifier < 0 ? "unknown Modifier" : "bad index");
	if (!t->writable && (modifier != MODIFIER_UPDATE || !there))
		return cm_fail(apply, path, "rows cannot be created or deleted");
	if (modifier == MODIFIER_UPDATE && !there && !by_index)
		return cm_fail(apply, path, "there is no such row");
	if (modifier == MODIFIER_DELETE) {
		apply->result->rows += there;
		return there ? tree_delete_row(apply->tree, row) : 0;
	}
	if (!there)
		rc = make_row(apply, &row);
	if (rc != 0)
		return rc == HMS_EFULL ? cm_fail(apply, path, "the table is full") : rc;
	snprintf(path, sizeof(path), "%.*s%u.", HMS_STR_FMT(t->path), row.number);
	return cm_apply_children(apply, node, path, depth);
}
