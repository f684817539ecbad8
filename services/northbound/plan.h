/** Plans: what profiles would change, on one device or on all that a profile selects. Everything here but plan.c is without I/O and runs on any one thread. */
#ifndef NBI_PLAN_H
#define NBI_PLAN_H

#include <jansson.h>

#include "hms/crypto/crypto.h"
#include "hms/desired/plan.h"
#include "hms/device/file_url.h"
#include "hms/device/quirks.h"
#include "hms/pg/pg.h"

struct nbi;
/** The connection of plans over all devices; NULL when out of memory. */
struct hms_pg *nbi_plan_connect(struct nbi *nbi);

/* ---------------------------------------------------------------- what plans are made with (plan_parts.c) */

/** Of the service; immutable. */
struct nbi_plan_parts {
	struct hms_models *models;
	struct hms_quirk_registry *quirks;
	struct hms_secret *secret; /* NULL: secrets cannot be compared, and always differ */
	uint8_t digest_key[32];
	const char *files_url;
};
struct nbi_conf;
/** Returns 0 or an error with text. secret_file: may be empty. */
int nbi_plan_parts_load(const struct nbi_conf *conf, const char *secret_file, struct nbi_plan_parts **out, struct hms_err *err);
void nbi_plan_parts_free(struct nbi_plan_parts **parts);

/* ---------------------------------------------------------------- what holds for all devices (plan_catalog.c) */

struct nbi_plan_pool {
	struct hms_str name;
	int64_t free; /* -1: nobody knows before it is asked for */
	int64_t wanted;
};

struct nbi_plan_site {
	bool any;
	double latitude, longitude, radius_m;
	json_t *values;
};

/** One snapshot of a tenant. */
struct nbi_plan_catalog {
	struct hms_arena *arena;
	const struct nbi_plan_parts *parts;
	struct hms_file_signer *signer;
	struct hms_profile **profiles; /* those that count, the planned one in place of its version; in their order */
	size_t profile_count, profile_room;
	struct hms_profile *planned, *counting; /* counting: the version of it that counts now; NULL: none, or it is the planned one */
	struct nbi_plan_pool *pools;
	size_t pool_count, pool_room;
	struct nbi_plan_site *sites;
	size_t site_count, site_room;
	json_t *groups;	       /* name -> values */
	struct hms_map *paths; /* id -> pattern */
	struct hms_map *names; /* id and instances -> path */
	bool failed;
};

/** NULL when out of memory. planned: taken over; its name and version are set. */
struct nbi_plan_catalog *nbi_plan_catalog_new(const struct nbi_plan_parts *parts, struct hms_profile *planned, size_t memory_bytes);
void nbi_plan_catalog_free(struct nbi_plan_catalog **catalog);
/** Adds the statements that fill it; it has to live until the batch is done. tenant: the parameter of all. */
void nbi_plan_catalog_load(struct nbi_plan_catalog *catalog, struct hms_pg_batch *batch, struct hms_str tenant);
/** All is there. */
void nbi_plan_catalog_ready(struct nbi_plan_catalog *catalog);

/* ---------------------------------------------------------------- one device (plan_device.c) */

/** A device as PostgreSQL has it. */
struct nbi_plan_row {
	struct hms_device_id id;
#define COLUMN(name, ...) struct hms_str name;
#define NUMBER(name, ...) int64_t name;
#include "plan_columns.def"
#undef COLUMN
#undef NUMBER
};
/** Reads a row, copied into the arena. Returns 0 or HMS_ENOMEM. */
int nbi_plan_row_read(const struct hms_pg_result *res, size_t row, struct hms_arena *arena, struct nbi_plan_row *out);

enum nbi_plan_state {
#define PLAN_STATE(id, name) NBI_PLAN_##id,
#include "plan_states.def"
#undef PLAN_STATE
	NBI_PLAN_STATES
};
extern const char *const nbi_plan_state_names[];

struct nbi_plan_outcome {
	enum nbi_plan_state state;
	bool selected; /* by the planned version */
	bool leaves;   /* selected by the one that counts only */
	const char *reason;
	struct hms_desired *desired; /* NULL: none could be made */
	struct hms_plan *plan;
};
/** All of out lives in the arena. Returns 0 or HMS_ENOMEM. */
int nbi_plan_device(struct nbi_plan_catalog *catalog, struct hms_arena *arena, const struct nbi_plan_row *row,
		    struct nbi_plan_outcome *out);

/* What plan_device.c is made of. */
struct nbi_plan_work {
	struct nbi_plan_catalog *catalog;
	struct hms_arena *arena;
	const struct nbi_plan_row *row;
	const struct hms_model *model;
	struct nbi_plan_pool *asked[8]; /* pools of which it would be allotted a value */
	size_t asked_count, other;	/* other: the one, from 1, whose stand-in is another */
	json_t *leases;
	struct nbi_plan_known {
		struct hms_str path, value;
		int64_t at_s;
	} * known;
	size_t known_count, known_room;
	bool known_loaded, failed;
	json_t *notes;
};
hms_template_fn nbi_plan_fill; /* plan_fill.c; arg: struct nbi_plan_work */
/** Values that pools would be asked for are shown as such: "{pool.x}: would be allotted". */
int nbi_plan_mark_pools(struct nbi_plan_work *w, struct hms_desired_input *input, struct hms_desired *merged);
/** What is known of the device. */
struct hms_known nbi_plan_known(struct nbi_plan_work *w); /* plan_known.c */

/* ---------------------------------------------------------------- for people (plan_show.c, plan_count.c) */

/** One device: state, steps in their order, what differs and which profile says so. A new reference; NULL when out of memory. */
json_t *nbi_plan_show(const struct nbi_plan_row *row, const struct nbi_plan_outcome *outcome);

struct nbi_plan_count;
/** NULL when out of memory. */
struct nbi_plan_count *nbi_plan_count_new(size_t samples, size_t memory_bytes);
void nbi_plan_count_free(struct nbi_plan_count **count);
/** Returns 0 or HMS_ENOMEM. */
int nbi_plan_count_add(struct nbi_plan_count *count, const struct nbi_plan_row *row, const struct nbi_plan_outcome *outcome);
/** All of it. A new reference; NULL when out of memory. */
json_t *nbi_plan_count_show(const struct nbi_plan_count *count);

#endif
