/* What is to be recorded: the table of active recordings, read again every few seconds. */
#include <stdlib.h>

#include "trace_internal.h"

enum {
	RECORDINGS_MAX = 1000,
	NAMES_MAX = 10000,
	RULES_BYTES = 4 * 1024 * 1024,
	LINGER_US = 60 * 1000000, /* sessions go on while nothing new is recorded */
};

static const struct hms_pg_stmt stmt_recordings = {
	"fe_trace_recordings", "select tenant, device_id, product_class, sample, until_us from api_v1.trace_recording limit 1000"
};
static const struct hms_pg_stmt stmt_names = {
	"fe_trace_names", "select name from api_v1.trace_secret where exists (select 1 from api_v1.trace_recording) limit 10000"
};

/* ---- the rules ---- */
void fe_trace_rules_unref(struct fe_trace_rules *rules)
{
	if (!rules || --rules->refs > 0)
		return;
	hms_arena_free(&rules->arena);
	free(rules);
}

static struct fe_trace_rules *rules_new(void)
{
	struct fe_trace_rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	rules->refs = 1;
	rules->arena = hms_arena_new(RULES_BYTES);
	if (rules->arena)
		return rules;
	free(rules);
	return NULL;
}

static bool matches(const struct fe_trace_recording *r, const struct fe_post *p, int64_t now_us)
{
	if (r->until_us <= now_us)
		return false;
	if (r->of_device)
		return hms_device_id_eq(r->device, p->s.device);
	if (!hms_str_eqz(r->tenant, p->listener->conf->tenant))
		return false;
	if (r->sample)
		return p->s.sid % r->sample == 0;
	return p->msg && hms_str_eq(r->product_class, hms_str_trim(p->msg->device.product_class));
}

bool fe_trace_rules_match(const struct fe_trace_rules *rules, const struct fe_post *p, int64_t now_us)
{
	for (size_t i = 0; i < rules->count; i++)
		if (matches(&rules->recordings[i], p, now_us))
			return true;
	return false;
}

/* ---- reading ---- */
static int read_recording(struct fe_trace_rules *rules, const struct hms_pg_result *res, size_t row)
{
	struct fe_trace_recording *r = &rules->recordings[row];

	r->tenant = hms_arena_str(rules->arena, hms_pg_get_str(res, row, 0));
	r->of_device = !hms_pg_is_null(res, row, 1);
	if (r->of_device)
		hms_pg_get_uuid(res, row, 1, r->device.b);
	if (!hms_pg_is_null(res, row, 2))
		r->product_class = hms_arena_str(rules->arena, hms_pg_get_str(res, row, 2));
	if (!hms_pg_is_null(res, row, 3))
		r->sample = (uint64_t)hms_pg_get_int(res, row, 3);
	r->until_us = hms_pg_get_int(res, row, 4);
	rules->count++;
	return r->tenant.p && (hms_pg_is_null(res, row, 2) || r->product_class.p) ? 0 : HMS_ENOMEM;
}

/* Without all names nothing may be recorded: the next reading may have more room. */
static void give_up(struct fe_trace *trace)
{
	log_error("what is to be recorded cannot be kept: out of memory");
	fe_trace_rules_unref(trace->next);
	trace->next = NULL;
}

static void on_recordings(const struct hms_pg_result *res, void *arg)
{
	struct fe_trace *trace = arg;
	int rc = 0;

	trace->next = rules_new();
	if (!trace->next)
		return;
	trace->next->recordings = hms_arena_alloc(trace->next->arena, (hms_pg_rows(res) + 1) * sizeof(*trace->next->recordings));
	if (!trace->next->recordings)
		rc = HMS_ENOMEM;
	for (size_t row = 0; !rc && row < hms_pg_rows(res); row++)
		rc = read_recording(trace->next, res, row);
	if (rc)
		give_up(trace);
}

static void on_names(const struct hms_pg_result *res, void *arg)
{
	struct fe_trace *trace = arg;
	struct fe_trace_rules *rules = trace->next;

	if (!rules)
		return;
	rules->names = hms_arena_alloc(rules->arena, (hms_pg_rows(res) + 1) * sizeof(*rules->names));
	for (size_t row = 0; rules->names && row < hms_pg_rows(res); row++) {
		rules->names[row] = hms_arena_str(rules->arena, hms_pg_get_str(res, row, 0));
		if (!rules->names[row].p) {
			rules->names = NULL;
			break;
		}
		rules->name_count++;
	}
	if (!rules->names)
		give_up(trace);
}

static void take_over(struct fe_trace *trace)
{
	struct fe *fe = trace->fe;
	int64_t now_us = hms_wall_us();

	if (trace->next->count)
		trace->linger_until_us = now_us + LINGER_US;
	fe_trace_rules_unref(trace->rules);
	trace->rules = trace->next;
	trace->next = NULL;
	fe->trace_on = trace->rules->count || now_us < trace->linger_until_us;
	hms_gauge_set(&fe->m.trace_recordings, (int64_t)trace->rules->count);
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct fe_trace *trace = arg;
	struct fe *fe = trace->fe;

	trace->asking = false;
	if (!err && trace->next) {
		take_over(trace);
		return;
	}
	fe_trace_rules_unref(trace->next);
	trace->next = NULL;
	if (err && err->code != HMS_ECANCELED && hms_log_allow(&fe->directory_log, 1, hms_loop_now_ms(fe->loop)))
		log_warn("what is to be recorded cannot be read", KV_Z("error", err->text), KV_Z("sqlstate", err->sqlstate));
}

void fe_trace_refresh(struct fe_trace *trace)
{
	struct hms_pg_batch *batch;

	if (trace->asking || !hms_pg_is_up(trace->fe->pg))
		return;
	batch = hms_pg_batch_new(trace->fe->pg);
	if (!batch)
		return;
	trace->asking = true;
	hms_pg_stmt_begin(batch, &stmt_recordings, on_recordings, trace);
	hms_pg_stmt_begin(batch, &stmt_names, on_names, trace);
	hms_pg_batch_send(batch, on_done, trace);
}
