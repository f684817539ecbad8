/** Names that devices have shown their models not to have (phones.md PH-5): table absent_name, a part of the catalog. */
#ifndef PROV_NAMES_H
#define PROV_NAMES_H

#include "device.h"
#include "hms/pg/pg.h"

struct prov_names;

struct prov_names *prov_names_new(void);
void prov_names_free(struct prov_names **names);
/** Adds the statement that fills it. */
void prov_names_load(struct hms_pg_batch *batch, struct prov_names *names);
/** One row. Returns 0, HMS_EFULL or HMS_ENOMEM; what is over the limit of a model is passed over. */
int prov_names_add(struct prov_names *names, struct hms_str tenant, struct hms_str oui, struct hms_str product_class,
		   struct hms_str software_version, struct hms_str name);
/** Whether the device's model lacks the name, in its software version. */
bool prov_names_absent(const struct prov_names *names, const struct prov_cold *cold, struct hms_str name);

/** What a device of the model reports is there: names, or objects above them, that were taken for absent are so no more. */
void prov_names_seen(const struct prov_names *names, struct prov_device *d, struct hms_arena *arena, Hms__Param *const *params,
		     size_t count);

/** A device has shown that it does not have the name, or that it has it: to be kept. Names are borrowed. */
void prov_names_shown(struct prov_device *d, struct hms_arena *arena, struct hms_str name, bool absent);

/** Adds the statements that keep what the devices of a batch have shown. */
void prov_names_write(struct hms_pg_batch *batch, struct prov_device *const *devices, size_t count);

#endif
