/** What the files of desired configuration share. */
#ifndef PROV_DESIRED_INTERNAL_H
#define PROV_DESIRED_INTERNAL_H

#include "desired.h"

/** For whom placeholders are filled in. */
struct prov_desired_filling {
	struct prov_context *ctx;
	struct prov_device *d;
};
/** {group.<name>}, {pool.<name>}, {files.pm_url}, {pm.row} and the values of the device's site: hms_template_fn. */
int prov_desired_fill(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err);

void prov_desired_keep_notes(struct prov_context *ctx, struct prov_device *d, const json_t *notes);
/** It is against what is desired: later again. */
void prov_desired_fail(struct prov_context *ctx, struct prov_device *d, const char *reason);

#endif
