/** Instance numbers in what a device says of a table. */
#ifndef PROV_INSTANCE_H
#define PROV_INSTANCE_H

#include "device.h"

/** Of the rows of table ("A.B.") that an answer to GetParameterNames has: the known one if it is among them, else the lowest; 0: there is none. result may be NULL. */
int32_t prov_instance_of(struct hms_str table, const Hms__RpcResult *result, int32_t known);

#endif
