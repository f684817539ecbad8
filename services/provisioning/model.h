/** Data-model maps: deploy/datamodels/(name).json turns logical names into the paths of a device's model. No path is in C. */
#ifndef PROV_MODEL_H
#define PROV_MODEL_H

#include "device.h"
#include "hms/base/err.h"

struct prov_model;
struct prov_models;

/** Loads every *.json of a folder. Errors name file and member. */
int prov_models_load(const char *folder, struct prov_models **out, struct hms_err *err);
void prov_models_free(struct prov_models **models);

/** By name; NULL if there is none. */
const struct prov_model *prov_models_find(const struct prov_models *models, struct hms_str name);

/** The model that the reported parameters show (contracts 1: by the FAPService paths), with the instance of FAPService; NULL = none, which is generic, too. */
const struct prov_model *prov_models_detect(const struct prov_models *models, Hms__Param *const *params, size_t count, int *fap);

const char *prov_model_name(const struct prov_model *model);
/** Format of its CM files: "32.584" (TS 32.584) or "tree" (its own tree); NULL: it takes none. */
const char *prov_model_cm_file(const struct prov_model *model);
enum prov_kind prov_model_kind(const struct prov_model *model);

/** The path of a logical name for FAPService instance fap, into the arena; {NULL,0} when the model has none. *type: enum hms_xsd. */
struct hms_str prov_model_path(const struct prov_model *model, struct hms_arena *arena, const char *name, int fap, int *type);

/** The value of a logical name among reported parameters; {NULL,0} if absent. */
struct hms_str prov_model_value(const struct prov_model *model, struct hms_arena *arena, const char *name, int fap,
				Hms__Param *const *params, size_t count);

#endif
