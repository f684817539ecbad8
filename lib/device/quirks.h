/** Inside of the registry of quirks. */
#ifndef DEVICE_QUIRKS_H
#define DEVICE_QUIRKS_H

#include "hms/base/map.h"
#include "hms/device/quirks.h"

#define QUIRK_OUI_MAX 16
#define QUIRK_RULES_MAX 100000

/* One entry of a file. Texts are the rule's own; NULL: not asked for. */
struct quirk_rule {
	struct quirk_rule *next;  /* of the same OUI, in order */
	struct quirk_rule *other; /* of any OUI, for freeing */
	char *product_class, *version, *from, *before;
	struct hms_quirks quirks;
};

struct hms_quirk_registry {
	struct hms_map *by_oui; /* first rule of each, by upper case */
	struct quirk_rule *every, *rules;
	size_t count;
};

/* Appends a rule, which is the registry's from then on, also after an error. oui "*": for all. Returns 0, HMS_ENOMEM, HMS_EFULL or HMS_ETOOBIG. */
int quirk_registry_add(struct hms_quirk_registry *registry, struct hms_str oui, struct quirk_rule *rule);

#endif
