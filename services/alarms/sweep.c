/* Looks for devices that have requests of operators, or rows that have waited long enough; they become items of ordinary transactions. */
#include <stdlib.h>

#include "alarms.h"

#define HOUSEKEEPING_MS 600000

struct alm_sweep {
	struct alm *alm;
	struct hms_timer turn;
	uint64_t housekeeping_due_ms;
	bool busy;
};

static const struct hms_pg_stmt select_due = { "sweep_due",
					       "select device_id from (select device_id from alarm_request union"
					       " select device_id from alarm_row where since <= now() - $3 * interval '1 millisecond') d"
					       " where hms_partition(device_id, $1) = any($2) limit 1000" };
static const struct hms_pg_stmt ensure_partitions = { "ensure_partitions",
						      "select alarm_ensure_partitions($1 * interval '1 millisecond')" };

static void on_due(const struct hms_pg_result *res, void *arg)
{
	struct alm *alm = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct hms_device_id id;

		hms_pg_get_uuid(res, i, 0, id.b);
		if (hms_stream_put(alm->stream, &id))
			return; /* the next sweep finds it again */
	}
}

static void on_swept(const struct hms_pg_error *err, void *arg)
{
	struct alm_sweep *s = arg;

	s->busy = false;
	if (err && err->code == HMS_ECANCELED)
		return;
	if (err)
		log_warn("sweep failed", KV_Z("reason", err->text));
	hms_stream_run(s->alm->stream);
}

static void add_due(struct alm *alm, struct hms_pg_batch *pg)
{
	struct hms_pg_array *mine = hms_pg_array_new(pg, HMS_PG_INT4);
	unsigned count = hms_stream_partitions(alm->stream);

	for (unsigned p = 0; p < count; p++)
		if (hms_stream_owns(alm->stream, 0, p))
			hms_pg_a_int4(mine, (int32_t)p);
	hms_pg_stmt_begin(pg, &select_due, on_due, alm);
	hms_pg_p_int4(pg, (int32_t)count);
	hms_pg_p_array(pg, mine);
	hms_pg_p_int8(pg, alm->conf->partial_wait);
}

static void sweep(struct alm_sweep *s)
{
	struct alm *alm = s->alm;
	uint64_t now_ms = hms_loop_now_ms(alm->loop);
	struct hms_pg_batch *pg = hms_pg_batch_new(hms_stream_aux(alm->stream));

	if (!pg)
		return;
	add_due(alm, pg);
	if (now_ms >= s->housekeeping_due_ms) {
		hms_pg_stmt_begin(pg, &ensure_partitions, NULL, NULL);
		hms_pg_p_int8(pg, alm->conf->history_keep);
		s->housekeeping_due_ms = now_ms + HOUSEKEEPING_MS;
	}
	s->busy = true;
	hms_pg_batch_send(pg, on_swept, s);
}

static void on_turn(struct hms_timer *timer, void *arg)
{
	struct alm_sweep *s = arg;

	hms_timer_start(timer, (uint64_t)s->alm->conf->sweep_interval);
	/* What the last sweep found has not been worked off: finding it again would only pile it up. */
	if (!s->busy && hms_stream_can_sweep(s->alm->stream) && !hms_stream_items(s->alm->stream))
		sweep(s);
}

struct alm_sweep *alm_sweep_new(struct alm *alm)
{
	struct alm_sweep *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->alm = alm;
	hms_timer_init(&s->turn, alm->loop, on_turn, s);
	hms_timer_start(&s->turn, 0);
	return s;
}

void alm_sweep_free(struct alm_sweep **sweep_)
{
	if (!*sweep_)
		return;
	hms_timer_stop(&(*sweep_)->turn);
	free(*sweep_);
	*sweep_ = NULL;
}
