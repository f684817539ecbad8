/** Diagnostics as one command (PH-26, PH-27; TR-106 3.3.2): the arguments with DiagnosticsState = Requested are set, the test runs when the session is over, 8 DIAGNOSTICS
 *  COMPLETE says that it has ended, and its object is read. A kind of HMS's own: what is sent is SetParameterValues, then GetParameterValues. */
#ifndef PROV_DIAGNOSTICS_H
#define PROV_DIAGNOSTICS_H

#include <jansson.h>

#include "procedure.h"

#define HMS_KIND_DIAGNOSTICS "Diagnostics"

/** Of command.stage: to be set, running, to be read. */
enum prov_diagnostics_stage { PROV_DIAGNOSTICS_SET, PROV_DIAGNOSTICS_RUN, PROV_DIAGNOSTICS_READ };

bool prov_command_is_diagnostics(const struct prov_command *c);

/** Before commands are looked at: the object that the name of a test stands for in the device's data model. */
void prov_diagnostics_look(struct prov_context *ctx, struct prov_device *d);
/** The payload of the RPC of its stage: a new reference, NULL with what is wrong with it in *why. */
json_t *prov_diagnostics_payload(const struct prov_command *c, const json_t *payload, const char **why);
/** It waits for another one: a device runs one test at a time. */
bool prov_diagnostics_waits(const struct prov_device *d, const struct prov_command *c);

/** The arguments are set. */
void prov_diagnostics_begun(struct prov_device *d, struct prov_command *c);
/** 8 DIAGNOSTICS COMPLETE, or a restart, in a newer Inform. */
void prov_diagnostics_inform(struct prov_device *d, const Hms__DeviceEvent *ev);
/** Its object has been read. */
void prov_diagnostics_read(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);

#endif
