/** From the profile and the site to what a device is sent: paths by the data-model map, values with their placeholders filled in. */
#ifndef PROV_VALUES_H
#define PROV_VALUES_H

#include "procedure.h"

/** The data-model map of the device; NULL if it has none. */
const struct hms_model *prov_values_model(const struct prov_context *ctx, const struct prov_device *d);

/** The path of a logical name on this device, {NULL,0} when its model has none. *type as hms_model_path(); may be NULL. */
struct hms_str prov_values_path(const struct prov_context *ctx, const struct prov_device *d, const char *name, int *type);

/** The value of a logical name for this device: *out.p NULL when neither site nor profile has one. Placeholders: values.c. Returns 0 or an error with text. */
int prov_values_value(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *name,
		      struct hms_str *out, struct hms_err *err);

/** What stands for one of its placeholders: {device....}, {files.pm_url}, {pm.row}. HMS_ENOENT: there is none of that name. */
int prov_values_placeholder(struct prov_context *ctx, struct prov_device *d, struct hms_str name, struct hms_str *out, struct hms_err *err);

/** The rows {Name, Value, Type} of a part of the profile. Names that the device's model does not have are left out, but for required ones. The caller owns *rows.
 *  Errors: HMS_ENOENT with the reason, HMS_ENOMEM, those of hms_template_expand(). */
int prov_values_rows(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part, json_t **rows,
		     struct hms_err *err);

/** The same as the payload of a SetParameterValues. */
int prov_values_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			struct hms_str *payload, struct hms_err *err);

/** The text of root (which is freed, and may be NULL) in the arena. Returns 0 or HMS_ENOMEM. */
int prov_values_dump(struct prov_context *ctx, json_t *root, struct hms_str *payload);

#endif
