/** The pieces of procedures' steps: what the device is and reports, and what a step sends. */
#ifndef PROV_STEPS_H
#define PROV_STEPS_H

#include "procedure.h"

/** Kind, model, FAPService instance and descriptive columns from an Inform. */
void prov_step_identify(struct prov_context *ctx, struct prov_device *d, const Hms__Inform *inform);

/** Location (LOC-06, LOC-08), OpState and RFTxStatus, where the parameters carry them. */
void prov_step_read(struct prov_context *ctx, struct prov_device *d, Hms__Param *const *params, size_t count);
void prov_step_location(struct prov_context *ctx, struct prov_device *d, Hms__Param *const *params, size_t count);

/** Payload of the GetParameterValues for location parameters. */
int prov_step_location_names(struct prov_context *ctx, struct prov_device *d, struct hms_str *payload, struct hms_err *err);

/** What a confirmed SetParameterValues of a step says about the device: serving URL, gateways given. */
void prov_step_confirmed(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c);

#endif
