/* The model of models/tiny.json and a cell's tree over it, for tests. */
#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include "tree.h"

struct tiny {
	struct model *model;
	struct tree tree;
};

static struct hms_str tiny_placeholder(enum model_placeholder placeholder, void *arg, char out[TREE_SCRATCH])
{
	(void)arg, (void)out;
	return placeholder == PLACEHOLDER_ACS_URL ? HMS_STR("http://acs/") : HMS_STR("7");
}
static const struct tree_env tiny_env = { tiny_placeholder, NULL };

static inline int tiny_open(struct tiny *tiny)
{
	struct hms_err err = { 0 };
	int rc = model_load(HMS_SOURCE_DIR "/tests/unit/hnbsim/models", "tiny", &tiny->model, &err);

	if (rc != 0) {
		print_message("%s\n", err.text);
		return rc;
	}
	tree_init(&tiny->tree, tiny->model);
	return 0;
}

static inline void tiny_close(struct tiny *tiny)
{
	tree_fini(&tiny->tree);
	model_free(&tiny->model);
}

static inline bool tiny_value_is(const struct tiny *tiny, const char *name, const char *value)
{
	char scratch[TREE_SCRATCH];
	struct tree_ref ref;

	return tree_find(&tiny->tree, hms_str(name), &ref) && hms_str_eqz(tree_value(&tiny->tree, ref, &tiny_env, scratch), value);
}

#endif
