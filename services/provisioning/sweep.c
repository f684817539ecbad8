/* Sweeps on the second connection; what they find goes as items into ordinary transactions. */
#include "sweep.h"

#include <stdlib.h>

#include "batch.h"
#include "dict.h"
#include "hms/base/clock.h"
#include "prov.h"

#define HOUSEKEEPING_MS 10000

struct prov_sweep {
	struct prov *prov;
	struct hms_timer turn;
	struct prov_catalog *catalog; /* being read */
	uint64_t catalog_due_ms, housekeeping_due_ms;
	bool busy;
};

static const struct hms_pg_stmt select_unnoticed = {
	"sweep_unnoticed",
	"select device_id, ''::text from (select device_id, id from command where not noticed and hms_partition(device_id, $1) = any($2)"
	" order by id limit 1000) c group by device_id order by min(id)"
};
static const struct hms_pg_stmt select_timers = {
	"sweep_timers",
	"select device_id, name from device_timer where due <= now() and (bucket * $1) >> 12 = any($2) order by due limit 1000"
};
static const struct hms_pg_stmt select_deadlines = {
	"sweep_deadlines",
	/* What may be with the device this moment is not ended before its session is over: looking at it sooner would only repeat itself. */
	"select device_id, ''::text from (select c.device_id, c.deadline from command c left join device_hot h"
	" on h.device_id = c.device_id and h.sid = c.g_sid and h.recv_us > $3 and c.state in ('granted', 'doubt')"
	" where c.deadline <= now() and hms_partition(c.device_id, $1) = any($2) and h.device_id is null"
	" order by c.deadline limit 1000) c group by device_id order by min(deadline)"
};
/* By the index; those in sync, which are nearly all, are not counted. */
static const struct hms_pg_stmt count_desired = {
	"count_desired",
	"select s, (select count(*) from device_desired where state = s) from unnest('{pending,failing,drifted,unsupported}'::text[]) s"
};
static const struct hms_pg_stmt count_held = { "count_held", "select count(*) from device where state = 'HELD'" };
static const struct hms_pg_stmt forget_held = {
	"forget_held",
	"with old as (select h.device_id from device_hot h join device d using (device_id) where d.state = 'HELD'"
	" and h.last_inform < now() - $1 * interval '1 millisecond' order by h.last_inform limit 1000 for update of h skip locked),"
	" gone as (delete from device d using old where d.device_id = old.device_id and d.state = 'HELD' returning d.device_id)"
	" delete from device_hot h using gone where h.device_id = gone.device_id"
};
/* A file made for one transfer that never ended: it may hold secrets. */
static const struct hms_pg_stmt forget_files = {
	"forget_files",
	"delete from file where id in (select id from file where expires < now() and body is not null order by expires limit 1000)"
};
static const struct hms_pg_stmt ensure_partitions = { "ensure_partitions", "select hms_ensure_partitions(), param_history_partitions()" };
static const struct hms_pg_stmt select_audits = {
	"sweep_audits",
	"select device_id, 'audit' from device_desired where state in ('in_sync', 'unsupported', 'drifted')"
	" and audited < now() - $3 * interval '1 millisecond' and hms_partition(device_id, $1) = any($2) order by audited limit $4"
};
/* As many as may be called, so that who has to wait is not looked at for nothing. */
static const struct hms_pg_stmt select_calls = {
	"sweep_calls",
	"select device_id, ''::text from device_call where due <= now() and hms_partition(device_id, $1) = any($2) order by due limit $3"
};
/* Last in its transaction, since it locks devices. */
static const struct hms_pg_stmt step_jobs = { "step_jobs", "select job_step($1, $2, $3)" };

static void on_found(const struct hms_pg_result *res, void *arg)
{
	struct prov *prov = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_item item = { .work = PROV_WORK_LOOK };

		hms_pg_get_uuid(res, i, 0, item.id.b);
		snprintf(item.timer, sizeof(item.timer), "%.*s", HMS_STR_FMT(hms_pg_get_str(res, i, 1)));
		hms_stream_put(prov->stream, &item);
	}
}

static void on_held(const struct hms_pg_result *res, void *arg)
{
	struct prov *prov = arg;

	prov->held = hms_pg_rows(res) ? hms_pg_get_int(res, 0, 0) : 0;
	hms_gauge_set(&prov_metrics.held, prov->held);
}

static void on_states(const struct hms_pg_result *res, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		char state[32];

		snprintf(state, sizeof(state), "%.*s", HMS_STR_FMT(hms_pg_get_str(res, i, 0)));
		prov_count(&prov_metrics.desired_devices, state)->value = (uint64_t)hms_pg_get_int(res, i, 1);
	}
}

static void on_stepped(const struct hms_pg_result *res, void *arg)
{
	(void)arg;
	if (hms_pg_rows(res))
		hms_counter_add(&prov_metrics.job_commands, (uint64_t)hms_pg_get_int(res, 0, 0));
}

void prov_sweep_scan(struct prov *prov, struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb, void *arg)
{
	struct hms_pg_array *mine = hms_pg_array_new(pg, HMS_PG_INT4);

	for (unsigned p = 0; p < hms_stream_partitions(prov->stream); p++)
		if (hms_stream_owns(prov->stream, PROV_TOPIC_EVENTS, p))
			hms_pg_a_int4(mine, (int32_t)p);
	hms_pg_stmt_begin(pg, stmt, cb, arg);
	hms_pg_p_int4(pg, (int32_t)hms_stream_partitions(prov->stream));
	hms_pg_p_array(pg, mine);
}

/* So many in each sweep that the rate is kept; the look at a device puts it at the end of the queue. */
static void add_audits(struct prov *prov, struct hms_pg_batch *pg)
{
	int64_t most = prov->conf->audit_rate * prov->conf->sweep_interval / 1000;

	if (!prov->conf->audit_interval || !prov->conf->audit_rate || !prov->catalog || !prov_catalog_wants_facts(prov->catalog))
		return;
	prov_sweep_scan(prov, pg, &select_audits, on_found, prov);
	hms_pg_p_int8(pg, prov->conf->audit_interval);
	hms_pg_p_int8(pg, most ? most : 1);
}

static int64_t calls_at_once(const struct prov_conf *conf)
{
	enum { MOST = 5000 };
	int64_t n = conf->call_rate ? conf->call_rate * conf->sweep_interval / 1000 + 1 : MOST;

	return n < MOST ? n : MOST;
}

static void add_housekeeping(struct prov *prov, struct hms_pg_batch *pg)
{
	hms_pg_stmt_begin(pg, &count_held, on_held, prov);
	hms_pg_stmt_begin(pg, &count_desired, on_states, NULL);
	hms_pg_stmt_begin(pg, &forget_held, NULL, NULL);
	hms_pg_p_int8(pg, prov->conf->held_life);
	hms_pg_stmt_begin(pg, &forget_files, NULL, NULL);
	hms_pg_stmt_begin(pg, &ensure_partitions, NULL, NULL);
}

static void take_catalog(struct prov_sweep *s)
{
	if (!s->catalog)
		return;
	if (prov_catalog_error(s->catalog)) {
		log_error("site or profile cannot be read", KV_Z("reason", prov_catalog_error(s->catalog)));
		prov_catalog_free(&s->catalog);
		return;
	}
	prov_catalog_free(&s->prov->catalog_next);
	s->prov->catalog_next = s->catalog;
	s->catalog = NULL;
}

static void on_swept(const struct hms_pg_error *err, void *arg)
{
	struct prov_sweep *s = arg;

	s->busy = false;
	if (err && err->code == HMS_ECANCELED)
		return;
	if (err) {
		log_warn("sweep failed", KV_Z("reason", err->text));
		prov_catalog_free(&s->catalog);
		s->catalog_due_ms = 0;
	}
	take_catalog(s);
	hms_stream_run(s->prov->stream);
}

static void sweep(struct prov_sweep *s)
{
	struct prov *prov = s->prov;
	uint64_t now_ms = hms_loop_now_ms(prov->loop);
	struct hms_pg_batch *pg = hms_pg_batch_new(hms_stream_aux(prov->stream));

	if (!pg)
		return;
	prov_sweep_scan(prov, pg, &select_unnoticed, on_found, prov);
	prov_sweep_scan(prov, pg, &select_timers, on_found, prov);
	prov_sweep_scan(prov, pg, &select_deadlines, on_found, prov);
	hms_pg_p_int8(pg, hms_wall_us() - prov->conf->session_live * 1000);
	prov_sweep_scan(prov, pg, &select_calls, on_found, prov);
	hms_pg_p_int8(pg, calls_at_once(prov->conf));
	add_audits(prov, pg);
	prov_catch_up_add(&prov->catch_up, pg);
	if (now_ms >= s->catalog_due_ms) {
		s->catalog = prov_catalog_new();
		if (s->catalog)
			prov_catalog_load(pg, s->catalog);
		prov_dict_read(prov, pg);
		s->catalog_due_ms = now_ms + (uint64_t)prov->conf->catalog_interval;
	}
	if (now_ms >= s->housekeeping_due_ms) {
		add_housekeeping(prov, pg);
		s->housekeeping_due_ms = now_ms + HOUSEKEEPING_MS;
	}
	prov_sweep_scan(prov, pg, &step_jobs, on_stepped, prov);
	hms_pg_p_int4(pg, (int32_t)prov->conf->job_batch);
	s->busy = true;
	hms_pg_batch_send(pg, on_swept, s);
}

static void on_turn(struct hms_timer *timer, void *arg)
{
	struct prov_sweep *s = arg;
	struct prov *prov = s->prov;

	hms_timer_start(timer, (uint64_t)prov->conf->sweep_interval);
	if (s->busy || !hms_stream_can_sweep(prov->stream))
		return;
	/* What the last sweep found has not been worked off: finding it again would only pile it up. But nothing is worked off before sites
	 * and profile have been read, and grants to be posted again may wait by then. */
	if (hms_stream_items(prov->stream) == 0 || !prov->catalog)
		sweep(s);
	hms_stream_run(prov->stream);
}

struct prov_sweep *prov_sweep_new(struct prov *prov)
{
	struct prov_sweep *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->prov = prov;
	hms_timer_init(&s->turn, prov->loop, on_turn, s);
	hms_timer_start(&s->turn, 0);
	return s;
}

void prov_sweep_free(struct prov_sweep **sweep_)
{
	if (!*sweep_)
		return;
	hms_timer_stop(&(*sweep_)->turn);
	prov_catalog_free(&(*sweep_)->catalog);
	free(*sweep_);
	*sweep_ = NULL;
}

void prov_sweep_reload(struct prov_sweep *s) { s->catalog_due_ms = 0; }
