/** What a device can do: the methods that it named in GetRPCMethodsResponse, merged with the registry of quirks (phones.md PH-3, PH-4), and its CWMP version (R3). */
#ifndef PROV_CAPABILITY_H
#define PROV_CAPABILITY_H

#include "procedure.h"
#include "hms/base/err.h"

#define PROV_PURPOSE_METHODS "methods"
/** So often a device is asked by itself, a software version: some break off at what they do not know, and any session may. */
#define PROV_METHODS_TRIES 3

/** An Inform: another SoftwareVersion makes the methods unknown. */
void prov_capability_inform(struct prov_device *d, struct hms_arena *arena, const Hms__Inform *inform);
/** Its answer to GetRPCMethods. An empty list says nothing. */
void prov_capability_learn(struct prov_device *d, struct hms_arena *arena, const Hms__RpcResult *result);
/** It has answered GetRPCMethods in one way or another: it is not asked again. */
void prov_capability_answered(struct prov_device *d);
/** It answered 9000: the method is not one of its own, whatever it said. */
void prov_capability_refused(struct prov_device *d, struct hms_arena *arena, struct hms_str method);
/** What the registry says that it has besides, and that it lacks (bits of enum hms_cwmp_method). */
void prov_capability_registry(struct prov_device *d, struct hms_arena *arena, uint64_t also, uint64_t lacks);

/** Whether the device can be given this method: 0, or HMS_ENOENT with text. What is not known refuses nothing, and GetRPCMethods is refused by the registry only. */
int prov_capability_check(const struct prov_device *d, enum hms_cwmp_method method, struct hms_str name, struct hms_err *err);
/** The same for a method of the standard. */
bool prov_capability_lacks(const struct prov_device *d, enum hms_cwmp_method method);

/** Whether it is only the registry that says that the device has it. */
bool prov_capability_by_registry(const struct prov_device *d, enum hms_cwmp_method method);

/** PH-3: whether a device of which nothing else is wanted is to be asked for its methods. */
bool prov_capability_asks(const struct prov_device *d);
/** Adds that command. */
void prov_capability_next(struct prov_context *ctx, struct prov_device *d);

#endif
