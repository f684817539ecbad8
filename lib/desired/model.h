/** A data-model map from inside. */
#ifndef DESIRED_MODEL_H
#define DESIRED_MODEL_H

#include <jansson.h>

#include "hms/desired/model.h"

/* Holes in paths: the instance of FAPService, and the row of PM uploads that HMS uses. */
#define HMS_MODEL_FAP "{fap}"
#define HMS_MODEL_PM "{pm}"

struct hms_model {
	json_t *root, *paths, *detect;
	enum hms_kind kind;
};

/** pattern with the number where the hole of that name is, if there is one. */
struct hms_str hms_model_fill(struct hms_arena *arena, const char *pattern, const char *hole, int number);

/** units, hidden, last, objects. */
int hms_model_check_facts(const struct hms_model *m, struct hms_err *err);

#endif
