/* What the database shows of the steps of the story, and what hnbsim asks of it in the operator's place. */
#include "db_steps.h"

#include <stdio.h>

#include "db_internal.h"

static const struct step_row {
	enum story_step step;
	const char *needs;
	struct hms_pg_stmt stmt;
} rows[] = {
#define STORY_DB(step, needs, condition) \
	{ STEP_##step,                   \
	  needs,                         \
	  { "sim_step_" #step,           \
	    "select " condition " from unnest($1::uuid[]) with ordinality as t(id, n) where $2::timestamptz is not null order by t.n" } },
#include "story_db.def"
#undef STORY_DB
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* ---- what the schema has ---- */
static const struct hms_pg_stmt lacks_stmt = { "sim_lacks", "select count(*) from unnest(string_to_array($1, ',')) as n(name) "
							    "where to_regclass(name) is null and to_regproc(name) is null" };

static void on_lacks(const struct hms_pg_result *res, void *arg)
{
	bool *lacks = arg;

	*lacks = hms_pg_rows(res) == 0 || hms_pg_get_int(res, 0, 0) > 0;
}

int db_steps_missing(struct db *db, uint32_t *out, struct hms_err *err)
{
	int rc = 0;

	*out = 0;
	for (size_t i = 0; i < ROW_COUNT && rc == 0; i++) {
		struct hms_pg_batch *batch = hms_pg_batch_new(db_pg(db));
		bool lacks = true;

		if (!batch)
			return HMS_ENOMEM;
		hms_pg_stmt_begin(batch, &lacks_stmt, on_lacks, &lacks);
		hms_pg_p_text(batch, hms_str(rows[i].needs));
		rc = db_send(db, batch, err);
		*out |= lacks ? 1u << rows[i].step : 0;
	}
	return rc;
}

/* ---- what it shows ---- */
struct checking {
	const struct step_row *row;
	struct db_expect *expect;
	size_t count;
};

static void on_shown(const struct hms_pg_result *res, void *arg)
{
	struct checking *checking = arg;
	char text[64];

	snprintf(text, sizeof(text), "nothing of the step '%s'", story_step_name(checking->row->step));
	for (size_t i = 0; i < checking->count && i < hms_pg_rows(res); i++)
		if (!hms_pg_get_bool(res, i, 0) && progress_makes(checking->expect[i].cell, checking->row->step))
			db_add_missing(&checking->expect[i], text);
}

static int check_step(struct db *db, struct sim *sim, struct checking *checking, struct hms_err *err)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(db_pg(db));
	struct hms_pg_array *ids = batch ? hms_pg_array_new(batch, HMS_PG_UUID) : NULL;

	if (!batch)
		return HMS_ENOMEM;
	for (size_t i = 0; i < checking->count; i++) {
		struct hms_device_id id = db_device_id(checking->expect[i].cell);

		hms_pg_a_uuid(ids, id.b);
	}
	hms_pg_stmt_begin(batch, &checking->row->stmt, on_shown, checking);
	hms_pg_p_array(batch, ids);
	hms_pg_p_time_us(batch, sim->started_us);
	return db_send(db, batch, err);
}

int db_check_steps(struct db *db, struct sim *sim, struct db_expect *expect, size_t count, uint32_t steps, struct hms_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		for (size_t first = 0; (steps & (1u << rows[i].step)) && first < count && rc == 0; first += DB_CHUNK) {
			struct checking checking = { &rows[i], expect + first, count - first < DB_CHUNK ? count - first : DB_CHUNK };

			rc = check_step(db, sim, &checking, err);
		}
	}
	return rc;
}

/* ---- in the operator's place ---- */
static const struct hms_pg_stmt change_stmt = {
	"sim_change", "select command_add($1, 'SetParameterValues', jsonb_build_object('ParameterList', jsonb_build_array("
		      "jsonb_build_object('Name', $2, 'Value', $3, 'Type', 'xsd:string'))), 'operator:hnbsim', 'the story')"
};
static const struct hms_pg_stmt block_stmt = { "sim_block", "select device_block($1, 'hnbsim', 'the story')" };

static void on_asked(const struct hms_pg_error *error, void *arg)
{
	struct db *db = arg;

	--*db_asked(db);
	if (error)
		fprintf(stderr, "hnbsim: --operate: %s\n", error->text ? error->text : "failed");
}

static struct hms_pg_batch *ask(struct db *db, const struct cell *cell, const struct hms_pg_stmt *stmt)
{
	struct hms_pg_batch *batch = *db_asked(db) < DB_BATCHES_MAX ? hms_pg_batch_new(db_pg(db)) : NULL;
	struct hms_device_id id = db_device_id(cell);

	if (batch) {
		++*db_asked(db);
		hms_pg_stmt_begin(batch, stmt, NULL, NULL);
		hms_pg_p_uuid(batch, id.b);
	}
	return batch;
}

bool db_change(struct db *db, const struct cell *cell, enum model_role role, const char *value)
{
	struct hms_pg_batch *batch = ask(db, cell, &change_stmt);

	if (!batch)
		return false;
	hms_pg_p_text(batch, tree_param(&cell->tree, tree_role(&cell->tree, role))->name);
	hms_pg_p_text(batch, hms_str(value));
	hms_pg_batch_send(batch, on_asked, db);
	return true;
}

bool db_block(struct db *db, const struct cell *cell)
{
	struct hms_pg_batch *batch = ask(db, cell, &block_stmt);

	if (batch)
		hms_pg_batch_send(batch, on_asked, db);
	return batch != NULL;
}
