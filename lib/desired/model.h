/** A data-model map from inside. */
#ifndef DESIRED_MODEL_H
#define DESIRED_MODEL_H

#include <jansson.h>

#include "hms/desired/model.h"

/* Holes in paths: the instance of the service (FAPService, VoiceService), and the row of PM uploads that HMS uses. */
#define HMS_MODEL_FAP "{fap}"
#define HMS_MODEL_PM "{pm}"
/* A number in a logical name, and the same in its path: sip.account.{n}.number. */
#define HMS_MODEL_N "{n}"

struct hms_model {
	json_t *root, *paths, *detect;
	enum hms_kind kind;
};

/** pattern with the number where the hole of that name is, if there is one. */
struct hms_str hms_model_fill(struct hms_arena *arena, const char *pattern, const char *hole, int number);

/** What a map of logical names says of one, with the number that stands for {n} in it; 0: none does. */
const json_t *hms_model_entry(const json_t *map, const char *name, int *n);

/** names, units, hidden, last, objects. */
int hms_model_check_facts(const struct hms_model *m, struct hms_err *err);

#endif
