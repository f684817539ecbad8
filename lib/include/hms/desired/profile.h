/** Profiles: what devices of a kind, a group, a region ... shall be set to. A JSON document (docs/profiles.md), read strictly: a mistake in one is a network that
 *  misbehaves. Immutable once parsed. Pure. */
#ifndef HMS_DESIRED_PROFILE_H
#define HMS_DESIRED_PROFILE_H

#include <jansson.h>

#include "hms/base/arena.h"
#include "hms/base/err.h"

struct hms_profile;

/** Most that one document may hold. */
struct hms_profile_limits {
	size_t bytes, parameters, objects, rows, cells, reads, choices; /* cells: of a row; choices: of a member of the selector */
};
extern const struct hms_profile_limits hms_profile_limits;

/** Returns 0, or HMS_ESYNTAX, HMS_ETOOBIG, HMS_ENOMEM with "line 12: parameters.lte.tac: ...". text need not outlive it. */
int hms_profile_parse(struct hms_str text, const struct hms_profile_limits *limits, struct hms_profile **out, struct hms_err *err);
void hms_profile_free(struct hms_profile **profile);

/** What it is called and which version it is, for those that merge; name is borrowed. */
void hms_profile_set_name(struct hms_profile *profile, struct hms_str name, int version);
struct hms_str hms_profile_name(const struct hms_profile *profile);
int hms_profile_version(const struct hms_profile *profile);

int hms_profile_priority(const struct hms_profile *profile);
/** The document itself. */
const json_t *hms_profile_doc(const struct hms_profile *profile);
/** Whether it sets anything on a device: parameters, objects. Others only say what procedures hand out ("kinds"). */
bool hms_profile_sets(const struct hms_profile *profile);
/** Whether it goes by file. */
bool hms_profile_by_file(const struct hms_profile *profile);
/** Text of a value that templates name; NULL: it has none of that name. */
const char *hms_profile_value(const struct hms_profile *profile, struct hms_str name);

/** Calls fn for each placeholder, "pool.sac" and the like, perhaps several times, until it returns something else than 0, and returns that. */
int hms_profile_uses(const struct hms_profile *profile, int (*fn)(struct hms_str name, void *arg), void *arg);

/** What selectors and templates can ask of a device. Empty where unknown. */
struct hms_device_facts {
#define FACT(name, placeholder, selector) struct hms_str name;
#include "hms/desired/facts.def"
#undef FACT
	const struct hms_str *tags;
	size_t tag_count;
};
/** Whether all members of the selector match. */
bool hms_profile_selects(const struct hms_profile *profile, const struct hms_device_facts *facts);

/** Order in which profiles count: higher priority first, then by name; for qsort of pointers. */
int hms_profile_order(const void *a, const void *b);

#endif
