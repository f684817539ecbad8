/** What procedures hand out: sites (matched by location) and the profile, read from PostgreSQL now and then and kept as one immutable
 *  snapshot. */
#ifndef PROV_SITE_H
#define PROV_SITE_H

#include <jansson.h>

#include "device.h"
#include "hms/base/err.h"
#include "hms/desired/profile.h"
#include "hms/device/quirks.h"
#include "hms/pg/pg.h"

struct prov_catalog; /* a snapshot */
struct prov_names;

/** An empty snapshot; NULL when out of memory. */
struct prov_catalog *prov_catalog_new(void);
void prov_catalog_free(struct prov_catalog **catalog);

/** Adds the statements that fill a snapshot to the batch; it has to live until the batch is done. */
void prov_catalog_load(struct hms_pg_batch *batch, struct prov_catalog *catalog);
/** What was learnt of the device's model; 0: nothing. */
int64_t prov_catalog_learnt(const struct prov_catalog *catalog, const struct prov_cold *cold, enum hms_quirk quirk);
/** The names that models do not have; NULL: catalog was NULL. */
struct prov_names *prov_catalog_names(const struct prov_catalog *catalog);
/** What was wrong with a row; NULL if nothing was. */
const char *prov_catalog_error(const struct prov_catalog *catalog);

/** Newest generation of what is desired (device_hot.gen). */
int32_t prov_catalog_gen(const struct prov_catalog *catalog);
/** Whether groups, regions and tags, or the rows of desired configuration, can make a difference. */
bool prov_catalog_wants_facts(const struct prov_catalog *catalog);
bool prov_catalog_uses_pools(const struct prov_catalog *catalog);
/** The tenant's profiles in the order in which they count. NULL when the arena is exhausted. */
const struct hms_profile *const *prov_catalog_profiles(const struct prov_catalog *catalog, struct hms_arena *arena, struct hms_str tenant,
						       size_t *count);
/** Values of a group; NULL: there are none. */
const json_t *prov_catalog_group(const struct prov_catalog *catalog, struct hms_str tenant, struct hms_str name);
/** Values of the site that matches the device; NULL: there is none. */
const json_t *prov_catalog_site_values(const struct prov_catalog *catalog, const struct prov_cold *cold);
/** What selectors ask of it; borrows. */
struct hms_device_facts prov_catalog_facts(const struct prov_cold *cold);

/** One row of site or, with version > 0, of profile. Returns 0, HMS_ESYNTAX (not JSON), HMS_EFULL, HMS_ENOMEM. */
int prov_catalog_add(struct prov_catalog *catalog, struct hms_str tenant, struct hms_str name, int version, struct hms_str match,
		     struct hms_str doc);

/** A site's values over the profile's, for one device. */
struct prov_choice {
	const char *site;
	int version;
	const json_t *site_values, *profile_values;
	const json_t *part_values; /* of the part of the profile at hand, above both; NULL: it has none */
	const json_t *kind;	   /* the profile's part for the device's kind */
	bool read_location;	   /* ask for location parameters that the Inform did not carry */
};
/** Chooses for a device: by its location, tenant and kind. Returns 0, or HMS_ENOENT with the reason. */
int prov_catalog_choose(const struct prov_catalog *catalog, const struct prov_cold *cold, struct prov_choice *out, struct hms_err *err);

/** The value of a logical name; NULL if neither has one. */
const char *prov_choice_value(const struct prov_choice *choice, const char *name);

#endif
