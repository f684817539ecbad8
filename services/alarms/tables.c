/* Columns of each table, from its .def file. */
#include "tables.h"

#include "alarms.h"

#define COL(kind_, field) { #field, HMS_PG_COL_##kind_, offsetof(COL_OWNER, field), NULL, false },
#define COL_ENUM(field, names_) { #field, HMS_PG_COL_ENUM, offsetof(COL_OWNER, field), names_, false },
#define COL_FIELD(field, id) { #field, HMS_PG_COL_TEXT, offsetof(COL_OWNER, text[HMS_FAULT_##id]), NULL, false },

static const struct hms_pg_column alarm_columns[] = {
#define COL_OWNER struct alm_alarm
#include "alarm.def"
#undef COL_OWNER
};
static const struct hms_pg_column history_columns[] = {
#define COL_OWNER struct alm_history
#include "history.def"
#undef COL_OWNER
};
static const struct hms_pg_column listing_columns[] = {
#define COL_OWNER struct alm_listing
#include "listing.def"
#undef COL_OWNER
};
static const struct hms_pg_column request_columns[] = {
#define COL_OWNER struct alm_request
#include "request.def"
#undef COL_OWNER
};
static const struct hms_pg_column part_columns[] = {
#define COL_OWNER struct alm_part
#include "part.def"
#undef COL_OWNER
};

struct hms_pg_table alm_table_alarm = HMS_PG_TABLE("alarm", "device_id, id", alarm_columns);
struct hms_pg_table alm_table_history = HMS_PG_TABLE("alarm_event", "", history_columns);
struct hms_pg_table alm_table_listing = HMS_PG_TABLE("alarm_device", "device_id", listing_columns);
struct hms_pg_table alm_table_request = HMS_PG_TABLE("alarm_request", "device_id, id", request_columns);
struct hms_pg_table alm_table_part = HMS_PG_TABLE("alarm_row", "device_id, prefix, source, instance", part_columns);

static struct hms_pg_table *const all[] = { &alm_table_alarm, &alm_table_history, &alm_table_listing, &alm_table_request, &alm_table_part };

int alm_tables_init(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (hms_pg_table_init(all[i]))
			return HMS_ENOMEM;
	return 0;
}

void alm_tables_fini(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		hms_pg_table_fini(all[i]);
}
