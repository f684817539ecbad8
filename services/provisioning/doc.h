/** The parameter document of a device (contracts 8): all cached parameters with value, source and time, compressed, over dictionary ids. */
#ifndef PROV_DOC_H
#define PROV_DOC_H

#include "device.h"
#include "dict.h"
#include "hms/device/params.h"
#include "search.h"

/** Notes every path of the device's reports that the dictionary does not know yet. */
void prov_doc_want(struct hms_pg_dict *dict, struct hms_arena *arena, const struct prov_device *d);

/** Merges the reports into d->doc and sets d->new_doc. Paths that are still unknown and what is over params_max or 8 MiB of values are left out. Returns how
 *  many were left out, or HMS_ENOMEM. A document that cannot be read is begun anew. What search chooses goes to d->found_was and d->found; NULL: nothing. */
int prov_doc_merge(struct hms_pg_dict *dict, const struct prov_search *search, struct hms_arena *arena, struct prov_device *d,
		   size_t params_max);

#endif
