/** Rows as structs: one .def file a table gives the struct's fields and the table's columns (see hms/pg/table.h).
 *
 *  COL(kind, field) with kind UUID, TEXT, INT2, INT4, INT8, BOOL, TIME (microseconds, 0 = null) or JSON; a string whose p is NULL is null.
 *  COL_ENUM(field, names): an int that indexes names, stored as text. COL_FOREIGN(kind, field): others write it. */
#ifndef PROV_COLUMNS_H
#define PROV_COLUMNS_H

#include "hms/base/str.h"
#include "hms/device/identity.h"

typedef struct hms_device_id prov_c_UUID;
typedef struct hms_str prov_c_TEXT;
typedef struct hms_str prov_c_JSON;
typedef int16_t prov_c_INT2;
typedef int32_t prov_c_INT4;
typedef int64_t prov_c_INT8;
typedef bool prov_c_BOOL;
typedef int64_t prov_c_TIME;

#define PROV_FIELD(kind, field) prov_c_##kind field;
#define PROV_FIELD_ENUM(field, names) int field;

#endif
