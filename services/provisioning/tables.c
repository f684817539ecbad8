/* Columns of each table, from its .def file. */
#include "tables.h"

#define COL(kind_, field) { #field, PROV_##kind_, offsetof(COL_OWNER, field), NULL },
#define COL_ENUM(field, names_) { #field, PROV_ENUM, offsetof(COL_OWNER, field), names_ },

static const struct prov_column hot_columns[] = {
#define COL_OWNER struct prov_hot
#include "hot.def"
#undef COL_OWNER
};
static const struct prov_column cold_columns[] = {
#define COL_OWNER struct prov_cold
#include "cold.def"
#undef COL_OWNER
};
static const struct prov_column command_columns[] = {
#define COL_OWNER struct prov_command
#include "command.def"
};
static const struct prov_column done_columns[] = {
#include "command_done.def"
#undef COL_OWNER
};
static const struct prov_column history_columns[] = {
#define COL_OWNER struct prov_history
#include "history.def"
#undef COL_OWNER
};
static const struct prov_column timer_columns[] = {
#define COL_OWNER struct prov_timer
#include "timer.def"
#undef COL_OWNER
};

#define TABLE(name_, key_, columns_)                                                                                            \
	{                                                                                                                       \
		.name = (name_), .key = (key_), .columns = (columns_), .column_count = sizeof(columns_) / sizeof((columns_)[0]) \
	}

struct prov_table prov_table_hot = TABLE("device_hot", "device_id", hot_columns);
struct prov_table prov_table_cold = TABLE("device", "device_id", cold_columns);
struct prov_table prov_table_command = TABLE("command", "device_id, id", command_columns);
struct prov_table prov_table_done = TABLE("command_done", "device_id, id", done_columns);
struct prov_table prov_table_history = TABLE("device_history", "", history_columns);
struct prov_table prov_table_timer = TABLE("device_timer", "device_id, name", timer_columns);

static struct prov_table *const all[] = { &prov_table_hot,  &prov_table_cold,	 &prov_table_command,
					  &prov_table_done, &prov_table_history, &prov_table_timer };

int prov_tables_init(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (prov_table_init(all[i]))
			return HMS_ENOMEM;
	return 0;
}

void prov_tables_fini(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		prov_table_fini(all[i]);
}
