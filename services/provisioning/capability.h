/** What a device can do: the methods that it named in GetRPCMethodsResponse (phones.md PH-3, PH-4), and its CWMP version (R3). */
#ifndef PROV_CAPABILITY_H
#define PROV_CAPABILITY_H

#include "device.h"
#include "hms/base/err.h"

/** An Inform: another SoftwareVersion makes the methods unknown. */
void prov_capability_inform(struct prov_device *d, struct hms_arena *arena, const Hms__Inform *inform);
/** Its answer to GetRPCMethods, and what it has besides (bits of enum hms_cwmp_method). An empty list says nothing. Returns whether something was added. */
bool prov_capability_learn(struct prov_device *d, struct hms_arena *arena, const Hms__RpcResult *result, uint64_t also);
/** It answered 9000: the method is not one of its own, whatever it said. */
void prov_capability_refused(struct prov_device *d, struct hms_arena *arena, struct hms_str method);

/** Whether the device can be given this method: 0, or HMS_ENOENT with text. What is not known refuses nothing, and GetRPCMethods is always allowed. */
int prov_capability_check(const struct prov_device *d, enum hms_cwmp_method method, struct hms_str name, struct hms_err *err);

#endif
