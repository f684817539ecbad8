/** Rows of FaultMgmt tables in the parameters of an Inform or of a GetParameterValuesResponse: TR-196 v1 below FAPService.{i}., TR-157 below Device. or
 *  InternetGatewayDevice. Shared by the consumer that keeps the alarm list and by the decider that has partial rows read again (contracts 7). Pure. */
#ifndef HMS_DEVICE_FAULT_ROW_H
#define HMS_DEVICE_FAULT_ROW_H

#include "device_event.pb-c.h"
#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "hms/device/fault_value.h"

/** Stored, as part of the natural key of an event (I2): never renumbered. */
enum hms_fault_table {
	HMS_FAULT_EXPEDITED = 1,
	HMS_FAULT_QUEUED = 2,
	HMS_FAULT_HISTORY = 3,
	HMS_FAULT_CURRENT = 4,
};
/** "ExpeditedEvent" and so on. */
const char *hms_fault_table_name(enum hms_fault_table table);

enum hms_fault_field {
#define FAULT_FIELD(id, name, cap, events, current) HMS_FAULT_##id,
#include "hms/device/fault_fields.def"
#undef FAULT_FIELD
	HMS_FAULT_FIELD_COUNT
};
#define HMS_FAULT_BIT(field) (1u << (field))
const char *hms_fault_field_name(enum hms_fault_field field);

struct hms_fault_row {
	enum hms_fault_table table;
	uint32_t instance;
	struct hms_str prefix;			    /* "Device.FaultMgmt.": borrowed from a parameter's name */
	unsigned present;			    /* bits of enum hms_fault_field: what was said */
	unsigned cut;				    /* bits: longer than the data model allows, shortened */
	struct hms_str text[HMS_FAULT_FIELD_COUNT]; /* as said, trimmed; borrowed; len 0 where it was not said */

	/* what the texts mean: hms_fault_row_read() */
	unsigned bad;	  /* bits: not understood (FM-05: tolerated) */
	int64_t event_us; /* EventTime; AlarmChangedTime, else AlarmRaisedTime of CurrentAlarm; 0: unknown */
	int64_t raised_us;
	enum hms_fault_severity severity; /* NONE: not said; one that is not understood is Indeterminate */
	enum hms_fault_notification notification;
	enum hms_fault_event_type event_type;
};

struct hms_fault_rows {
	struct hms_fault_row *list; /* in the order in which they were first named */
	size_t count;
	size_t dropped;		 /* parameters of rows over the limit */
	int64_t current_entries; /* CurrentAlarmNumberOfEntries, the sum over all FaultMgmt objects; -1: not among the parameters */
};

/** Whether a record can have anything for hms_fault_rows() in it: a look at its bytes, without unpacking. */
bool hms_fault_mentioned(struct hms_str record);

/** Groups parameters by row and reads them. Every row named, unused ones too; of a parameter that is there twice the last value counts.
 *  Returns 0 or HMS_ENOMEM. Rows borrow from params and lie in the arena. */
int hms_fault_rows(struct hms_arena *arena, Hms__Param *const *params, size_t count, size_t rows_max, struct hms_fault_rows *out);

/** Reads the texts (again, after a change of them). */
void hms_fault_row_read(struct hms_fault_row *row);

/** Fields that were not said are taken from what is known of the same row; reads it. */
void hms_fault_row_fill(struct hms_fault_row *row, const struct hms_fault_row *known);

/** Bits of the parameters without which the row cannot be applied, and which have to be read again; 0: it is whole. A clear needs no more than time and identifier:
 *  the rest is known of the alarm. */
unsigned hms_fault_row_missing(const struct hms_fault_row *row);

/** A row of the ring that holds no event: EventTime of year 1 (or none) and no AlarmIdentifier. */
bool hms_fault_row_unused(const struct hms_fault_row *row);

/** Whether both are the same place: prefix, table and instance. */
bool hms_fault_row_same(const struct hms_fault_row *a, const struct hms_fault_row *b);

/** Adds "Device.FaultMgmt.ExpeditedEvent.3.", the partial path by which the row is read again. */
void hms_fault_row_path(const struct hms_fault_row *row, struct hms_buf *out);

/** The order in which events are applied, whatever their instance numbers: EventTime, then New < Changed < Cleared. For qsort. */
int hms_fault_row_cmp(const void *a, const void *b);

#endif
