/** What the files that merge share. */
#ifndef DESIRED_MERGE_H
#define DESIRED_MERGE_H

#include "hms/desired/state.h"
#include "model.h"
#include "profile.h"

struct merge {
	struct hms_arena *arena;
	const struct hms_desired_input *in;
	struct hms_desired *out;
	struct hms_err *err;
};

/** The path of a name on this device; p NULL: it has none. *type as hms_model_path(), left alone for paths. */
struct hms_str merge_path(const struct merge *m, const char *name, int *type);
/** The text of a value with its placeholders filled in, checked against its type. name: for the error. */
int merge_text(struct merge *m, const struct hms_profile *p, const char *name, const struct profile_value *given, int model_type,
	       struct hms_desired_value *out);
/** The device cannot have it. */
int merge_missing(struct merge *m, const struct hms_profile *p, const char *name);

int merge_objects(struct merge *m);
uint64_t merge_hash(const struct hms_desired *d);

#endif
