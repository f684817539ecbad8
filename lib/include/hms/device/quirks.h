/** The registry of quirks: what models and software versions need done differently, from files (deploy/quirks/(name).json). Immutable once loaded. */
#ifndef HMS_DEVICE_QUIRKS_H
#define HMS_DEVICE_QUIRKS_H

#include "hms/base/buf.h"
#include "hms/base/err.h"
#include "hms/base/str.h"
#include "hms/cwmp/cwmp.h"

/* Procedures read values that belong together (a place, the size of a table and its rows) in pairs, and judge them as one. */
#define HMS_QUIRK_GET_VALUES_LEAST 2

enum hms_quirk {
#define QUIRK(id, ...) HMS_QUIRK_##id,
#include "hms/device/quirks.def"
#undef QUIRK
	HMS_QUIRK_COUNT
};

/* Order of the choices in quirks.def. */
enum hms_quirk_boolean { HMS_BOOLEAN_AS_GIVEN, HMS_BOOLEAN_DIGITS, HMS_BOOLEAN_WORDS };
enum hms_quirk_time_zone { HMS_TIME_ZONE_AS_GIVEN, HMS_TIME_ZONE_Z, HMS_TIME_ZONE_OFFSET, HMS_TIME_ZONE_NONE };

enum hms_quirk_type { HMS_QUIRK_FLAG, HMS_QUIRK_NUMBER, HMS_QUIRK_CHOICE, HMS_QUIRK_METHODS, HMS_QUIRK_TYPES };

struct hms_quirk_info {
	const char *name, *actor, *choices, *help;
	enum hms_quirk_type type;
	int64_t def, min, max;
};
const struct hms_quirk_info *hms_quirk_info(enum hms_quirk quirk);

/** What holds for one device: 0 or 1, a number, the index of a choice, bits 1 << enum hms_cwmp_method. */
struct hms_quirks {
	int64_t value[HMS_QUIRK_COUNT];
	uint32_t given; /* bits of those that the registry speaks of */
};

struct hms_quirk_registry;

/** Loads every *.json of a folder, in the order of the names; an empty name is an empty registry. Errors name file, entry and member:
 *  HMS_ENOENT, HMS_ESYNTAX, HMS_EFULL, HMS_ENOMEM. */
int hms_quirks_load(const char *folder, struct hms_quirk_registry **out, struct hms_err *err);
void hms_quirks_free(struct hms_quirk_registry **registry);
size_t hms_quirks_count(const struct hms_quirk_registry *registry); /* entries */

/** Whether any entry may hold for devices of this OUI: one hash lookup, for callers whom the version costs something. registry may be NULL. */
bool hms_quirks_any(const struct hms_quirk_registry *registry, struct hms_str oui);

/** What holds for a device. Entries for all OUIs come first, then those of its own, each in the order of the files; later ones win, quirk by quirk.
 *  registry may be NULL, and so may software_version.p: then entries that ask for one do not match. Case of the OUI does not count. */
void hms_quirks_find(const struct hms_quirk_registry *registry, struct hms_str oui, struct hms_str product_class,
		     struct hms_str software_version, struct hms_quirks *out);

/** Compares versions by runs of digits (as numbers) and of other characters (as text): "1.10" is after "1.9". */
int hms_version_cmp(struct hms_str a, struct hms_str b);

#endif
