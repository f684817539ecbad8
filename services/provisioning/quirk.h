/** What the registry of quirks, and what was learnt of a model, ask of provisioning (ADR 10). */
#ifndef PROV_QUIRK_H
#define PROV_QUIRK_H

#include "procedure.h"

/** What holds for a device: the registry, and where that is silent what was learnt. */
void prov_quirks_find(const struct prov_context *ctx, const struct prov_device *d, struct hms_quirks *out);

/** Whether a command has to wait: SetParameterValues too soon after a boot. */
bool prov_quirk_holds_back(struct prov_context *ctx, const struct prov_device *d, const struct prov_command *c);

/** Whether OpState and RFTxStatus are told the wrong way round. */
bool prov_quirk_inverts(struct prov_context *ctx, const struct prov_device *d);

/** Puts what the registry says of its methods beside what it has named itself. */
void prov_quirks_methods(struct prov_context *ctx, struct prov_device *d);

/** Ends commands from outside that need a method the device lacks. */
void prov_quirks_refuse(struct prov_context *ctx, struct prov_device *d);

/** The text of a value as the device wants it: booleans, zones of times. Returns the value itself, or text in the arena; p NULL: out of memory. */
struct hms_str prov_quirk_value(struct prov_context *ctx, const struct hms_quirks *quirks, enum hms_xsd type, struct hms_str value);

#endif
