/* The parameters of one cell: lookup, values, attributes and unreported changes. */
#include "tree.h"

#include <stdlib.h>

void tree_init(struct tree *tree, const struct model *model) { *tree = (struct tree){ .model = model }; }

void tree_fini(struct tree *tree)
{
	const struct model *model = tree->model;

	for (uint16_t i = 0; i < tree->entry_count; i++)
		free(tree->entries[i].value);
	free(tree->entries);
	free(tree->rows);
	tree_init(tree, model);
}

int tree_clone(const struct tree *tree, struct tree *out)
{
	*out = *tree;
	out->entry_size = out->entry_count = 0;
	out->entries = calloc((size_t)tree->entry_count + 1, sizeof(*out->entries));
	out->rows = tree->own_rows ? malloc(((size_t)tree->row_count + 1) * sizeof(*out->rows)) : NULL;
	for (uint16_t i = 0; out->entries && i < tree->entry_count; i++, out->entry_count++) {
		out->entries[i] = tree->entries[i];
		if (tree->entries[i].value && !(out->entries[i].value = hms_str_dup(hms_str(tree->entries[i].value))))
			break;
	}
	if (!out->entries || out->entry_count < tree->entry_count || (tree->own_rows && !out->rows)) {
		tree_fini(out);
		return HMS_ENOMEM;
	}
	out->entry_size = tree->entry_count;
	if (out->rows && tree->row_count > 0)
		memcpy(out->rows, tree->rows, tree->row_count * sizeof(*out->rows));
	return 0;
}

/* ---- the table of differences ---- */
static int cmp_ref(struct tree_ref a, struct tree_ref b)
{
	return a.param != b.param ? (a.param > b.param) - (a.param < b.param) : (a.row > b.row) - (a.row < b.row);
}

/* Where the entry of ref is, or would be. */
static uint16_t position(const struct tree *tree, struct tree_ref ref)
{
	uint16_t low = 0, high = tree->entry_count;

	while (low < high) {
		uint16_t mid = (uint16_t)((low + high) / 2);

		if (cmp_ref(tree->entries[mid].ref, ref) < 0)
			low = (uint16_t)(mid + 1);
		else
			high = mid;
	}
	return low;
}

static struct tree_entry *find_entry(const struct tree *tree, struct tree_ref ref)
{
	uint16_t at = position(tree, ref);

	return at < tree->entry_count && cmp_ref(tree->entries[at].ref, ref) == 0 ? &tree->entries[at] : NULL;
}

static struct tree_entry *make_entry(struct tree *tree, struct tree_ref ref)
{
	uint16_t at = position(tree, ref);

	if (at < tree->entry_count && cmp_ref(tree->entries[at].ref, ref) == 0)
		return &tree->entries[at];
	if (tree->entry_count == tree->entry_size) {
		uint16_t size = (uint16_t)(tree->entry_size + 8);
		struct tree_entry *grown = size > tree->entry_size ? realloc(tree->entries, size * sizeof(*grown)) : NULL;

		if (!grown)
			return NULL;
		tree->entries = grown;
		tree->entry_size = size;
	}
	memmove(&tree->entries[at + 1], &tree->entries[at], (size_t)(tree->entry_count - at) * sizeof(tree->entries[0]));
	tree->entry_count++;
	tree->entries[at] = (struct tree_entry){ .ref = ref, .notify = TREE_NOTIFY_MODEL };
	return &tree->entries[at];
}

/* ---- names ---- */
bool tree_find(const struct tree *tree, struct hms_str name, struct tree_ref *out)
{
	*out = (struct tree_ref){ model_find(tree->model, name), 0 };
	if (out->param != MODEL_NO_PARAM)
		return true;
	for (uint16_t t = 0; t < tree->model->table_count; t++) {
		const struct model_table *table = &tree->model->tables[t];
		struct hms_str rest, number;
		uint64_t row;

		if (!hms_str_starts(name, table->path))
			continue;
		rest = hms_strn(name.p + table->path.len, name.len - table->path.len);
		number = hms_str_split(&rest, '.');
		if (!rest.p || hms_str_u64(number, &row) != 0 || row == 0 || row > UINT16_MAX ||
		    !tree_has_row(tree, (struct tree_row){ t, (uint16_t)row }))
			continue;
		*out = (struct tree_ref){ model_find_column(tree->model, table, rest), (uint16_t)row };
		if (out->param != MODEL_NO_PARAM)
			return true;
	}
	return false;
}

uint16_t tree_find_table(const struct tree *tree, struct hms_str path)
{
	for (uint16_t t = 0; t < tree->model->table_count; t++)
		if (hms_str_eq(tree->model->tables[t].path, path))
			return t;
	return MODEL_NO_PARAM;
}

/* ---- values ---- */
struct hms_str tree_value(const struct tree *tree, struct tree_ref ref, const struct tree_env *env, char scratch[TREE_SCRATCH])
{
	const struct tree_entry *entry = find_entry(tree, ref);
	const struct model_param *param = tree_param(tree, ref);

	if (entry && entry->value)
		return hms_str(entry->value);
	return param->placeholder ? env->fn(param->placeholder, env->arg, scratch) : param->value;
}

bool tree_role_bool(const struct tree *tree, enum model_role role, const struct tree_env *env)
{
	char scratch[TREE_SCRATCH];
	bool value;

	return model_has(tree->model, role) && hms_str_bool(tree_value(tree, tree_role(tree, role), env, scratch), &value) == 0 && value;
}

int64_t tree_role_int(const struct tree *tree, enum model_role role, const struct tree_env *env, int64_t def)
{
	char scratch[TREE_SCRATCH];
	int64_t value;

	if (!model_has(tree->model, role) || hms_str_i64(tree_value(tree, tree_role(tree, role), env, scratch), &value) != 0)
		return def;
	return value;
}

int tree_set(struct tree *tree, struct tree_ref ref, struct hms_str value, bool changed)
{
	char *copy = hms_str_dup(value);
	struct tree_entry *entry = copy ? make_entry(tree, ref) : NULL;

	if (!entry) {
		free(copy);
		return HMS_ENOMEM;
	}
	free(entry->value);
	entry->value = copy;
	if (changed && tree_notify(tree, ref) > 0)
		entry->changed = ++tree->change_count;
	return 0;
}

void tree_unset(struct tree *tree, struct tree_ref ref)
{
	struct tree_entry *entry = find_entry(tree, ref);

	if (entry) {
		free(entry->value);
		entry->value = NULL;
		entry->changed = 0;
	}
}

uint8_t tree_notify(const struct tree *tree, struct tree_ref ref)
{
	const struct tree_entry *entry = find_entry(tree, ref);
	const struct model_param *param = tree_param(tree, ref);

	/* Rows that were added begin without notification, whatever the model says (TR-069 A.3.2.4). */
	if (!entry || entry->notify == TREE_NOTIFY_MODEL || param->pinned)
		return ref.row == 0 || param->pinned ? param->notify : 0;
	return entry->notify;
}

int tree_set_notify(struct tree *tree, struct tree_ref ref, uint8_t notify)
{
	struct tree_entry *entry = make_entry(tree, ref);

	if (!entry)
		return HMS_ENOMEM;
	entry->notify = notify;
	return 0;
}

uint32_t tree_changed(const struct tree *tree, struct tree_ref ref)
{
	const struct tree_entry *entry = find_entry(tree, ref);

	return entry && tree_notify(tree, ref) > 0 ? entry->changed : 0;
}

uint8_t tree_changes(const struct tree *tree)
{
	uint8_t strongest = 0;

	for (uint16_t i = 0; i < tree->entry_count; i++) {
		uint8_t notify = tree->entries[i].changed ? tree_notify(tree, tree->entries[i].ref) : 0;

		strongest = notify > strongest ? notify : strongest;
	}
	return strongest;
}

void tree_clear_changes(struct tree *tree, uint32_t up_to)
{
	for (uint16_t i = 0; i < tree->entry_count; i++)
		if (tree->entries[i].changed <= up_to)
			tree->entries[i].changed = 0;
}
