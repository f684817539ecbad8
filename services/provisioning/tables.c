/* Columns of each table, from its .def file. */
#include "tables.h"

#include "call.h"
#include "desired.h"

#define COL(kind_, field) { #field, HMS_PG_COL_##kind_, offsetof(COL_OWNER, field), NULL, false },
#define COL_ENUM(field, names_) { #field, HMS_PG_COL_ENUM, offsetof(COL_OWNER, field), names_, false },
#define COL_FOREIGN(kind_, field) { #field, HMS_PG_COL_##kind_, offsetof(COL_OWNER, field), NULL, true },

static const struct hms_pg_column hot_columns[] = {
#define COL_OWNER struct prov_hot
#include "hot.def"
#undef COL_OWNER
};
static const struct hms_pg_column cold_columns[] = {
#define COL_OWNER struct prov_cold
#include "cold.def"
#undef COL_OWNER
};
static const struct hms_pg_column command_columns[] = {
#define COL_OWNER struct prov_command
#include "command.def"
};
static const struct hms_pg_column done_columns[] = {
#include "command_done.def"
#undef COL_OWNER
};
static const struct hms_pg_column group_columns[] = {
#define COL_OWNER struct prov_group
#include "group.def"
#undef COL_OWNER
};
static const struct hms_pg_column history_columns[] = {
#define COL_OWNER struct prov_history
#include "history.def"
#undef COL_OWNER
};
static const struct hms_pg_column timer_columns[] = {
#define COL_OWNER struct prov_timer
#include "timer.def"
#undef COL_OWNER
};

static const struct hms_pg_column desired_columns[] = {
#define COL_OWNER struct prov_desired
#include "desired.def"
#undef COL_OWNER
};

static const struct hms_pg_column call_columns[] = {
#define COL_OWNER struct prov_call
#include "call.def"
#undef COL_OWNER
};

struct hms_pg_table prov_table_hot = HMS_PG_TABLE("device_hot", "device_id", hot_columns);
struct hms_pg_table prov_table_cold = HMS_PG_TABLE("device", "device_id", cold_columns);
struct hms_pg_table prov_table_command = HMS_PG_TABLE("command", "device_id, id", command_columns);
struct hms_pg_table prov_table_done = HMS_PG_TABLE("command_done", "device_id, id", done_columns);
struct hms_pg_table prov_table_group = HMS_PG_TABLE("command_group", "device_id, id", group_columns);
struct hms_pg_table prov_table_history = HMS_PG_TABLE("device_history", "", history_columns);
struct hms_pg_table prov_table_timer = HMS_PG_TABLE("device_timer", "device_id, name", timer_columns);
struct hms_pg_table prov_table_desired = HMS_PG_TABLE("device_desired", "device_id", desired_columns);
struct hms_pg_table prov_table_call = HMS_PG_TABLE("device_call", "device_id", call_columns);

static struct hms_pg_table *const all[] = { &prov_table_hot,   &prov_table_cold,    &prov_table_command,
					    &prov_table_done,  &prov_table_group,   &prov_table_history,
					    &prov_table_timer, &prov_table_desired, &prov_table_call };

int prov_tables_init(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (hms_pg_table_init(all[i]))
			return HMS_ENOMEM;
	return 0;
}

void prov_tables_fini(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		hms_pg_table_fini(all[i]);
}
