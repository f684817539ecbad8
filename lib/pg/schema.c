/* Whether a program knows the schema that it finds. */
#include <stdlib.h>

#include "hms/pg/pg.h"

static const struct hms_pg_stmt select_version = { "schema_version", "select coalesce(max(version), 0) from schema_migration" };

struct schema_ask {
	int low, high;
	struct hms_err err;
	hms_pg_schema_cb *told;
	void *arg;
};

static void schema_on_rows(const struct hms_pg_result *res, void *arg)
{
	struct schema_ask *ask = arg;
	int64_t version = hms_pg_get_int(res, 0, 0);

	if (version < ask->low || version > ask->high) {
		hms_err_set(&ask->err, HMS_EVERSION, "the schema has version %lld, this program knows %d to %d", (long long)version,
			    ask->low, ask->high);
	}
}

static void schema_on_done(const struct hms_pg_error *err, void *arg)
{
	struct schema_ask *ask = arg;

	if (err && strcmp(err->sqlstate, "42P01") == 0) { /* undefined_table: nothing was ever applied */
		hms_err_set(&ask->err, HMS_EVERSION, "the database has no schema yet: apply the migrations");
	} else if (err) {
		hms_err_set(&ask->err, err->code, "%s", err->text);
	}
	if (!err || err->code != HMS_ECANCELED) {
		ask->told(&ask->err, ask->arg);
	}
	free(ask);
}

void hms_pg_schema_ask(struct hms_pg *pg, int low, int high, hms_pg_schema_cb *told, void *arg)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(pg);
	struct schema_ask *ask = calloc(1, sizeof(*ask));

	if (!batch || !ask) {
		hms_pg_batch_free(&batch);
		free(ask);
		return; /* asked again when the connection is up again */
	}
	*ask = (struct schema_ask){ .low = low, .high = high, .told = told, .arg = arg };
	hms_pg_stmt_begin(batch, &select_version, schema_on_rows, ask);
	hms_pg_batch_send(batch, schema_on_done, ask);
}
