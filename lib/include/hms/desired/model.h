/** Data-model maps: deploy/datamodels/(name).json turns logical names into the paths of a device's model. No path is in C. */
#ifndef HMS_DESIRED_MODEL_H
#define HMS_DESIRED_MODEL_H

#include "device_event.pb-c.h"
#include "hms/base/arena.h"
#include "hms/base/err.h"
#include "hms/cwmp/cwmp.h"

/** What a device is (contracts 1). */
enum hms_kind { HMS_KIND_UNKNOWN, HMS_KIND_HNB, HMS_KIND_HENB, HMS_KIND_GENERIC };
extern const char *const hms_kind_names[];

struct hms_model;
struct hms_models;

/** Loads every *.json of a folder. Errors name file and member. */
int hms_models_load(const char *folder, struct hms_models **out, struct hms_err *err);
void hms_models_free(struct hms_models **models);

/** One after the other; NULL behind the last one. */
const struct hms_model *hms_models_at(const struct hms_models *models, size_t i);
/** By name; NULL if there is none. */
const struct hms_model *hms_models_find(const struct hms_models *models, struct hms_str name);

/** The model that the reported parameters show (contracts 1: by the FAPService paths), with the instance of FAPService; NULL = none, which is generic, too. */
const struct hms_model *hms_models_detect(const struct hms_models *models, Hms__Param *const *params, size_t count, int *fap);

const char *hms_model_name(const struct hms_model *model);
/** Format of its CM files: "32.584" (TS 32.584) or "tree" (its own tree); NULL: it takes none. */
const char *hms_model_cm_file(const struct hms_model *model);
enum hms_kind hms_model_kind(const struct hms_model *model);

/** The path of a logical name for FAPService instance fap, into the arena; {NULL,0} when the model has none. *type: enum hms_xsd. */
struct hms_str hms_model_path(const struct hms_model *model, struct hms_arena *arena, const char *name, int fap, int *type);

/** The value of a logical name among reported parameters; {NULL,0} if absent. */
struct hms_str hms_model_value(const struct hms_model *model, struct hms_arena *arena, const char *name, int fap, Hms__Param *const *params,
			       size_t count);

/** The unit of a logical name's value ("seconds"); NULL: none is known. */
const char *hms_model_unit(const struct hms_model *model, const char *name);
/** Whether the parameter reads back empty, whatever was written (TR-069 passwords): it can never be compared. */
bool hms_model_is_hidden(const struct hms_model *model, struct hms_str path);
/** Whether the value of a logical name has to come after all others: what sets a cell on air. */
bool hms_model_is_last(const struct hms_model *model, const char *name, struct hms_str value);
/** Whether the path lies below the model's root. */
bool hms_model_has_root(const struct hms_model *model, struct hms_str path);

/** The table of a logical name: its path, which ends with a dot, and the columns that identify a row (in *keys, terminated by NULL). {NULL,0}: the model has none. */
struct hms_str hms_model_object(const struct hms_model *model, struct hms_arena *arena, const char *name, int fap,
				const char *const **keys);
/** enum hms_xsd of a column of that table; HMS_XSD_STRING where the model does not say. */
int hms_model_column_type(const struct hms_model *model, const char *name, struct hms_str column);

#endif
