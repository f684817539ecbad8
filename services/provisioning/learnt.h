/** What devices have shown of their models: table learnt_quirk, a part of the catalog. */
#ifndef PROV_LEARNT_H
#define PROV_LEARNT_H

#include "device.h"
#include "hms/device/quirks.h"
#include "hms/pg/pg.h"

struct prov_learnt;

struct prov_learnt *prov_learnt_new(void);
void prov_learnt_free(struct prov_learnt **learnt);
/** Adds the statement that fills it. */
void prov_learnt_load(struct hms_pg_batch *batch, struct prov_learnt *learnt);
/** One row. Returns 0, HMS_EFULL or HMS_ENOMEM; a quirk of another release is passed over. */
int prov_learnt_add(struct prov_learnt *learnt, struct hms_str tenant, struct hms_str oui, struct hms_str product_class,
		    struct hms_str software_version, struct hms_str quirk, int64_t value);
/** 0: nothing. */
int64_t prov_learnt_find(const struct prov_learnt *learnt, const struct prov_cold *cold, enum hms_quirk quirk);

/** Adds the statement that keeps what the devices of a batch have shown. */
void prov_learnt_write(struct hms_pg_batch *batch, struct prov_device *const *devices, size_t count);

#endif
