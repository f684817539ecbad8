/** The parameters of one cell: its model, plus a small sorted table of what differs from the model (values,
 *  notification attributes, unreported changes, rows of tables). No I/O. */
#ifndef HNBSIM_TREE_H
#define HNBSIM_TREE_H

#include "model.h"

/** A parameter of the cell: an index in the model, and the instance number of its row (0: not in a table). */
struct tree_ref {
	uint16_t param, row;
};

struct tree_entry {
	struct tree_ref ref;
	uint32_t changed; /* number of the unreported change, 0 = none */
	uint8_t notify;	  /* TREE_NOTIFY_MODEL or the attribute set by SetParameterAttributes */
	char *value;	  /* NULL: as in the model */
};
#define TREE_NOTIFY_MODEL 0xff

/** A row of a table. */
struct tree_row {
	uint16_t table, number;
};

struct tree {
	const struct model *model;
	struct tree_entry *entries; /* sorted by ref */
	struct tree_row *rows;	    /* sorted; only when own_rows, else as the model begins */
	uint32_t change_count;
	uint16_t entry_count, entry_size, row_count;
	bool own_rows;
};

/** What stands for a placeholder; out is scratch space for the result. */
#define TREE_SCRATCH 512
typedef struct hms_str tree_placeholder_fn(enum model_placeholder placeholder, void *arg, char out[TREE_SCRATCH]);
struct tree_env {
	tree_placeholder_fn *fn;
	void *arg;
};

void tree_init(struct tree *tree, const struct model *model);
/** Forgets all changes: factory reset. */
void tree_fini(struct tree *tree);

/** An independent copy. Returns 0 or HMS_ENOMEM (out is empty then). */
int tree_clone(const struct tree *tree, struct tree *out);

/** Finds a parameter by its full name. */
bool tree_find(const struct tree *tree, struct hms_str name, struct tree_ref *out);
/** Finds a table by its path, with '.' at the end; MODEL_NO_PARAM if there is none. */
uint16_t tree_find_table(const struct tree *tree, struct hms_str path);
bool tree_has_row(const struct tree *tree, struct tree_row row);

static inline const struct model_param *tree_param(const struct tree *tree, struct tree_ref ref) { return &tree->model->params[ref.param]; }
static inline struct tree_ref tree_role(const struct tree *tree, enum model_role role)
{
	return (struct tree_ref){ tree->model->by_role[role], 0 };
}

/** The value, which may lie in scratch; valid until the tree changes. Hidden values are not hidden here. */
struct hms_str tree_value(const struct tree *tree, struct tree_ref ref, const struct tree_env *env, char scratch[TREE_SCRATCH]);
/** The value of a role as boolean and as number; def when the model has no such parameter or the value is not one. */
bool tree_role_bool(const struct tree *tree, enum model_role role, const struct tree_env *env);
int64_t tree_role_int(const struct tree *tree, enum model_role role, const struct tree_env *env, int64_t def);

/** Sets a value; text is copied. changed: it was not the ACS who did it, so that it is to be reported if its notification asks for that.
 *  Returns 0 or HMS_ENOMEM (nothing changed). */
int tree_set(struct tree *tree, struct tree_ref ref, struct hms_str value, bool changed);
/** Back to the factory value, as after a reboot for states that it resets. */
void tree_unset(struct tree *tree, struct tree_ref ref);

uint8_t tree_notify(const struct tree *tree, struct tree_ref ref);
int tree_set_notify(struct tree *tree, struct tree_ref ref, uint8_t notify);

/** Number of the unreported change of a parameter that notifies; 0: there is none. */
uint32_t tree_changed(const struct tree *tree, struct tree_ref ref);
/** The strongest notification (0, 1, 2) of all unreported changes. */
uint8_t tree_changes(const struct tree *tree);
/** Forgets changes up to that number (tree->change_count when they were reported); UINT32_MAX: all. */
void tree_clear_changes(struct tree *tree, uint32_t up_to);

/** Adds a row with the lowest free number above all that are there. Returns it, HMS_EFULL (fault 9004), HMS_ENOMEM. */
int tree_add_row(struct tree *tree, uint16_t table);
/** Adds the row of that number. Returns 0, HMS_EEXISTS, HMS_EFULL, HMS_ENOMEM. */
int tree_put_row(struct tree *tree, struct tree_row row);
/** The next row of a table above a number; 0: there is none. */
uint16_t tree_next_row(const struct tree *tree, uint16_t table, uint16_t above);
unsigned tree_count_rows(const struct tree *tree, uint16_t table);
/** A column of a row by name; param MODEL_NO_PARAM if there is none. */
struct tree_ref tree_column(const struct tree *tree, struct tree_row row, const char *column);
/** Returns 0, HMS_ENOENT, HMS_ENOMEM. */
int tree_delete_row(struct tree *tree, struct tree_row row);

/** Calls fn for each parameter whose name begins with prefix. name is valid during the call. A result other than 0
 *  ends it and is returned. */
typedef int tree_visit_fn(struct hms_str name, struct tree_ref ref, void *arg);
int tree_each(const struct tree *tree, struct hms_str prefix, tree_visit_fn *fn, void *arg);
/** Calls fn for each row of each table (path with row number and '.') and for each table itself (row.number 0). */
typedef int tree_visit_row_fn(struct hms_str path, struct tree_row row, void *arg);
int tree_each_row(const struct tree *tree, tree_visit_row_fn *fn, void *arg);

#endif
