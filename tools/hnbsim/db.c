/* The database of the HMS, as far as the simulator looks into it. */
#include "db_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"

#define CONNECT_MS 10000

struct db {
	struct hms_loop *loop;
	struct hms_pg *pg;
	struct hms_timer alarm; /* ends the wait for a connection */
	struct hms_pg_conf conf;
	char why[512];
	bool answered, failed;
	unsigned asked;
};

static void on_down(struct hms_pg *pg, const char *text, void *arg)
{
	struct db *db = arg;

	(void)pg;
	snprintf(db->why, sizeof(db->why), "%s", text);
}

static void on_alarm(struct hms_timer *timer, void *arg) { (void)timer, (void)arg; /* the loop has come round: that is all */ }

int db_open(struct hms_loop *loop, const char *dsn, struct db **out, struct hms_err *err)
{
	static const struct hms_pg_cb cb = { .down = on_down };
	struct db *db = calloc(1, sizeof(*db));
	uint64_t end_ms = hms_mono_ms() + CONNECT_MS;

	*out = db;
	if (!db)
		return HMS_ENOMEM;
	db->loop = loop;
	db->conf = (struct hms_pg_conf){ .dsn = dsn,
					 .connect_timeout = CONNECT_MS,
					 .retry_wait = 200,
					 .batch_timeout = 60000,
					 .batch_max_bytes = 16 * 1024 * 1024,
					 .batches_max = DB_BATCHES_MAX };
	hms_timer_init(&db->alarm, loop, on_alarm, db);
	hms_timer_start(&db->alarm, CONNECT_MS);
	db->pg = hms_pg_new(loop, &db->conf, "hnbsim", &cb, db);
	while (db->pg && !hms_pg_is_up(db->pg) && hms_mono_ms() < end_ms)
		hms_loop_run_once(loop, true);
	hms_timer_stop(&db->alarm);
	if (!db->pg || !hms_pg_is_up(db->pg))
		return hms_err_set(err, HMS_EUNAVAIL, "option --pg: no connection within %d s%s%s", CONNECT_MS / 1000,
				   db->why[0] != '\0' ? ": " : "", db->why);
	return 0;
}

struct hms_pg *db_pg(struct db *db) { return db->pg; }
unsigned *db_asked(struct db *db) { return &db->asked; }

struct hms_device_id db_device_id(const struct cell *cell)
{
	const struct options *opt = cell->sim->opt;
	char serial[CELL_SERIAL_SIZE];

	return hms_device_id(hms_str(opt->tenant), hms_str(opt->oui), hms_str(cell_product_class(cell)),
			     hms_str(cell_serial(cell, serial)));
}

void db_close(struct db **db)
{
	if (!*db)
		return;
	hms_pg_free(&(*db)->pg);
	free(*db);
	*db = NULL;
}

static void on_done(const struct hms_pg_error *error, void *arg)
{
	struct db *db = arg;

	db->answered = true;
	db->failed = error != NULL;
	if (error)
		snprintf(db->why, sizeof(db->why), "%s%s%s", error->stmt ? error->stmt : "", error->stmt ? ": " : "",
			 error->text ? error->text : "failed");
}

int db_send(struct db *db, struct hms_pg_batch *batch, struct hms_err *err)
{
	db->answered = false;
	hms_pg_batch_send(batch, on_done, db);
	while (!db->answered)
		hms_loop_run_once(db->loop, true);
	return db->failed ? hms_err_set(err, HMS_ESQL, "database: %s", db->why) : 0;
}

/* ---- device_allow ---- */
static const struct hms_pg_stmt allow_stmt = {
	"sim_allow",
	"select count(device_unblock(device_allow($1, t.oui, t.pc, t.serial), 'hnbsim', 'the story')) from unnest($2::text[], $3::text[], $4::text[]) as t(oui, pc, serial)"
};

static int allow_chunk(struct db *db, struct sim *sim, size_t first, size_t count, struct hms_err *err)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(db->pg);
	struct hms_pg_array *columns[3];

	if (!batch)
		return HMS_ENOMEM;
	for (int i = 0; i < 3; i++)
		columns[i] = hms_pg_array_new(batch, HMS_PG_TEXT);
	for (size_t i = first; i < first + count; i++) {
		char serial[CELL_SERIAL_SIZE];

		hms_pg_a_text(columns[0], hms_str(sim->opt->oui));
		hms_pg_a_text(columns[1], hms_str(cell_product_class(&sim->cells[i])));
		hms_pg_a_text(columns[2], hms_str(cell_serial(&sim->cells[i], serial)));
	}
	hms_pg_stmt_begin(batch, &allow_stmt, NULL, NULL);
	hms_pg_p_text(batch, hms_str(sim->opt->tenant));
	for (int i = 0; i < 3; i++)
		hms_pg_p_array(batch, columns[i]);
	return db_send(db, batch, err);
}

int db_allow(struct db *db, struct sim *sim, struct hms_err *err)
{
	int rc = 0;

	for (size_t first = 0; first < sim->cell_count && rc == 0; first += DB_CHUNK)
		rc = allow_chunk(db, sim, first, sim->cell_count - first < DB_CHUNK ? sim->cell_count - first : DB_CHUNK, err);
	return rc == 0 ? 0 : hms_err_prefix(err, "option --allow");
}

/* ---- what the story left ---- */
static const struct hms_pg_stmt check_stmt = {
	"sim_check", "select d.state, h.last_inform, coalesce((select string_agg(x.state, ' ') from device_history x "
		     "where x.device_id = t.id and x.at >= $2), '') "
		     "from unnest($1::uuid[]) with ordinality as t(id, n) left join device d on d.device_id = t.id "
		     "left join device_hot h on h.device_id = t.id order by t.n"
};

struct checking {
	struct db_expect *expect;
	size_t count;
};

void db_add_missing(struct db_expect *expect, const char *text)
{
	size_t len = strlen(expect->missing);

	snprintf(expect->missing + len, sizeof(expect->missing) - len, "%s%s", len > 0 ? ", " : "", text);
}

static bool has_word(struct hms_str words, const char *word)
{
	while (words.p)
		if (hms_str_eqz(hms_str_split(&words, ' '), word))
			return true;
	return false;
}

static void check_row(const struct hms_pg_result *res, size_t row, struct db_expect *expect)
{
	char text[128];
	struct hms_str state = hms_pg_get_str(res, row, 0);

	expect->missing[0] = '\0';
	if (hms_pg_is_null(res, row, 0)) {
		db_add_missing(expect, "no row in device");
		return;
	}
	if (!hms_str_eqz(state, expect->state)) {
		snprintf(text, sizeof(text), "state is %.*s, not %s", HMS_STR_FMT(state), expect->state);
		db_add_missing(expect, text);
	}
	for (const char *const *passed = expect->passed; *passed; passed++) {
		snprintf(text, sizeof(text), "history lacks %s", *passed);
		if (!has_word(hms_pg_get_str(res, row, 2), *passed))
			db_add_missing(expect, text);
	}
	if (hms_pg_is_null(res, row, 1) || hms_pg_get_time_us(res, row, 1) < expect->informed_us)
		db_add_missing(expect, "device_hot.last_inform is older than the last Inform");
}

static void on_check(const struct hms_pg_result *res, void *arg)
{
	struct checking *checking = arg;

	for (size_t i = 0; i < checking->count && i < hms_pg_rows(res); i++)
		check_row(res, i, &checking->expect[i]);
}

static int check_chunk(struct db *db, struct sim *sim, struct checking *checking, struct hms_err *err)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(db->pg);
	struct hms_pg_array *ids = batch ? hms_pg_array_new(batch, HMS_PG_UUID) : NULL;

	if (!batch)
		return HMS_ENOMEM;
	for (size_t i = 0; i < checking->count; i++) {
		const struct cell *cell = checking->expect[i].cell;
		struct hms_device_id id = db_device_id(cell);

		hms_pg_a_uuid(ids, id.b);
		snprintf(checking->expect[i].missing, sizeof(checking->expect[i].missing), "not looked up");
	}
	hms_pg_stmt_begin(batch, &check_stmt, on_check, checking);
	hms_pg_p_array(batch, ids);
	hms_pg_p_time_us(batch, sim->started_us);
	return db_send(db, batch, err);
}

int db_check(struct db *db, struct sim *sim, struct db_expect *expect, size_t count, struct hms_err *err)
{
	int rc = 0;

	for (size_t first = 0; first < count && rc == 0; first += DB_CHUNK) {
		struct checking checking = { expect + first, count - first < DB_CHUNK ? count - first : DB_CHUNK };

		rc = check_chunk(db, sim, &checking, err);
	}
	return rc;
}
