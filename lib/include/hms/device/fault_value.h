/** Values of FaultMgmt rows: severities, notification and event types, times (TS 32.111-6; TR-106 for dateTime). Pure. */
#ifndef HMS_DEVICE_FAULT_VALUE_H
#define HMS_DEVICE_FAULT_VALUE_H

#include "hms/base/str.h"

enum hms_fault_severity {
	HMS_FAULT_SEVERITY_NONE,
#define FAULT_SEVERITY(id, number, text) HMS_FAULT_SEVERITY_##id = number,
#define FAULT_SEVERITY_AKA(id, text)
#include "hms/device/fault_values.def"
};
enum hms_fault_notification {
	HMS_FAULT_NOTIFICATION_NONE,
#define FAULT_NOTIFICATION(id, number, text) HMS_FAULT_NOTIFICATION_##id = number,
#define FAULT_NOTIFICATION_AKA(id, text)
#include "hms/device/fault_values.def"
};
enum hms_fault_event_type {
	HMS_FAULT_EVENT_TYPE_NONE, /* free text: seen in the field */
#define FAULT_EVENT_TYPE(id, number, text) HMS_FAULT_EVENT_TYPE_##id = number,
#define FAULT_EVENT_TYPE_AKA(id, text)
#include "hms/device/fault_values.def"
};

/** Any spelling of fault_values.def; ..._NONE otherwise. */
enum hms_fault_severity hms_fault_severity_find(struct hms_str text);
enum hms_fault_notification hms_fault_notification_find(struct hms_str text);
enum hms_fault_event_type hms_fault_event_type_find(struct hms_str text);

/** The spelling of TS 32.111-6, "" for NONE. */
const char *hms_fault_severity_name(enum hms_fault_severity severity);
const char *hms_fault_notification_name(enum hms_fault_notification notification);
const char *hms_fault_event_type_name(enum hms_fault_event_type type);

/** xsd:dateTime to microseconds since 1970; without a zone it is UTC, as it should be. A space for the T, a zone without a colon and missing seconds are forgiven.
 *  Returns 0, HMS_ENOENT (unknown time: empty, or year 1, TR-106 3.2), HMS_ESYNTAX (none at all, or before 1970); *us is 0 then. */
int hms_fault_time(struct hms_str text, int64_t *us);

#endif
