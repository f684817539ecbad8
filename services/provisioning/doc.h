/** The parameter document of a device (contracts 8): all cached parameters with value, source and time, compressed, over dictionary ids. */
#ifndef PROV_DOC_H
#define PROV_DOC_H

#include "device.h"
#include "dict.h"

/** Notes every path of the device's reports that the dictionary does not know yet. */
void prov_doc_want(struct hms_pg_dict *dict, struct hms_arena *arena, const struct prov_device *d);

/** Merges the reports into d->doc and sets d->new_doc. Paths that are still unknown and what is over params_max or 8 MiB of values are left out. Returns how
 *  many were left out, or HMS_ENOMEM. A document that cannot be read is begun anew. */
int prov_doc_merge(struct hms_pg_dict *dict, struct hms_arena *arena, struct prov_device *d, size_t params_max);

/** One parameter of a document, for readers. */
struct prov_doc_entry {
	uint32_t path_id;
	uint32_t instances[PROV_INSTANCES_MAX];
	unsigned instance_count;
	char source;
	int64_t at_s;
	struct hms_str value;
};
/** Calls fn for each entry. Returns 0 or HMS_ESYNTAX, HMS_ENOMEM. */
int prov_doc_each(struct hms_arena *arena, struct hms_str doc, int (*fn)(const struct prov_doc_entry *entry, void *arg), void *arg);

#endif
