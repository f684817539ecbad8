/** Data models of simulated devices, read from models/NAME.json: parameters with type, access, limits and factory
 *  value. Immutable and shared by all cells of a model; what a cell changed is in its tree (tree.h). */
#ifndef HNBSIM_MODEL_H
#define HNBSIM_MODEL_H

#include "hms/base/err.h"
#include "hms/cwmp/cwmp.h"

enum model_role {
#define MODEL_ROLE(id, name, required) ROLE_##id,
#include "roles.def"
#undef MODEL_ROLE
	ROLE_COUNT,
	ROLE_NONE = ROLE_COUNT
};
#define ROLE_BIT(role) (1u << (role))

enum model_placeholder {
	PLACEHOLDER_NONE,
#define MODEL_PLACEHOLDER(id, name) PLACEHOLDER_##id,
#include "placeholders.def"
#undef MODEL_PLACEHOLDER
	PLACEHOLDER_COUNT
};

enum model_inform {
	INFORM_NEVER,
	INFORM_BOOT,  /* in Informs with 0 BOOTSTRAP or 1 BOOT: location evidence (TS 32.583 5.1, U-DISC-04) */
	INFORM_FORCED /* in every Inform */
};

struct model_param {
	struct hms_str name;		    /* full path; of a table's column the part behind the instance number */
	struct hms_str value;		    /* factory value */
	enum model_placeholder placeholder; /* instead of value */
	enum hms_xsd type;
	bool writable;
	bool hidden;	/* reads back empty: passwords */
	bool deniable;	/* active notification may be refused (fault 9009) */
	bool pinned;	/* active notification cannot be turned off */
	uint8_t notify; /* factory notification attribute, 0..2 */
	enum model_inform inform;
	enum model_role role;
	bool limited;
	int64_t min, max; /* of numbers the value, of texts the length; when limited */
	struct hms_str *choices;
	size_t choice_count;
};

/** A table with rows that can be added: rows are PATH + instance number + "." + column. */
struct model_table {
	struct hms_str path; /* ends with '.' */
	bool writable;
	unsigned initial, max; /* rows */
	uint16_t first, count; /* its columns in params */
};

struct model {
	char *name, *about, *manufacturer, *product_class;
	char *fault_mgmt;	    /* path of FaultMgmt, or NULL */
	char *pm;		    /* path of what steers PM uploads: an object (TR-196 v1) or a table (v2); or NULL */
	bool pm_positioned;	    /* PM files: a measType element for each counter, instead of the list of names */
	uint32_t lacks;		    /* bits of enum hms_cwmp_method: RPCs that the device does not know */
	struct model_param *params; /* 0..fixed-1: sorted by name; then the columns of the tables, each table's sorted */
	uint16_t fixed, param_count;
	struct model_table *tables;
	uint16_t table_count;
	uint16_t by_role[ROLE_COUNT]; /* index in params, or MODEL_NO_PARAM */
};
#define MODEL_NO_PARAM UINT16_MAX
#define MODEL_PARAMS_MAX 8192

/** Reads folder/name.json. Errors: HMS_ENOENT, HMS_ESYNTAX with a text that names file and place; HMS_ENOMEM. */
int model_load(const char *folder, const char *name, struct model **out, struct hms_err *err);
void model_free(struct model **model);

static inline bool model_has(const struct model *model, enum model_role role) { return model->by_role[role] != MODEL_NO_PARAM; }

/** The index of a fixed parameter of that name, or MODEL_NO_PARAM. */
uint16_t model_find(const struct model *model, struct hms_str name);
/** The column of a table, or MODEL_NO_PARAM. */
uint16_t model_find_column(const struct model *model, const struct model_table *table, struct hms_str name);

#endif
