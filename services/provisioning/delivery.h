/** Values by a configuration file instead of SetParameterValues (U-REG-05, CMF-01 to CMF-06): a part of the profile with "delivery": "file". */
#ifndef PROV_DELIVERY_H
#define PROV_DELIVERY_H

#include "procedure.h"

/** Whether the part goes by file to this device: the profile says so, its model has a format, it knows Download, and there is
 *  a file server. Otherwise its values are set. */
bool prov_delivery_by_file(const struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice, const char *part);

/** Makes the file (into d->files) and the payload of its Download, which is command `id`. The payload keeps the values: they are confirmed with it.
 *  Errors as prov_values_rows(), and HMS_EINVAL. */
int prov_delivery_make(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part, uint64_t id,
		       struct hms_str *payload, struct hms_err *err);

/** The same for rows {Name, Value}. file_type NULL: that of configuration files. */
int prov_delivery_file(struct prov_context *ctx, struct prov_device *d, json_t *rows, const char *file_type, uint64_t id,
		       struct hms_str *payload, struct hms_err *err);

/** A procedure's command has ended: its file, which may hold secrets, goes away. */
void prov_delivery_ended(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c);

/** The file did not come to the device: it does not know Download (9000), or could not fetch it. What it says of the file itself (9018) is another thing. */
bool prov_delivery_failed(const struct prov_command *c);

#endif
