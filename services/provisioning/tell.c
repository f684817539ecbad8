/* After the commit: what Redis has to know. It is only a cache: whatever is lost here is asked for again (contracts 3). */
#include <stdlib.h>

#include "batch_internal.h"
#include "desired.h"
#include "call.h"
#include "grant.h"
#include "hms/base/clock.h"
#include "hms/base/failpoint.h"

struct told {
	struct prov *prov;
	struct hms_device_id id;
	uint64_t sid, command;
	uint32_t n;
};

static struct told *told_new(struct prov *prov, const struct prov_device *d)
{
	struct told *t = calloc(1, sizeof(*t));

	if (t)
		*t = (struct told){ .prov = prov, .id = d->id, .sid = (uint64_t)d->hot.sid };
	return t;
}

static void tell_entry(struct prov *prov, const struct prov_device *d)
{
	struct hms_entry entry = {
		.version = (uint64_t)d->hot.q_ver,
		.flags = (d->hot.pending > 0 || (d->hot.flags & PROV_FLAG_UNSETTLED) ? HMS_ENTRY_HAS_WORK : 0u) |
			 (d->hot.flags & PROV_FLAG_BLOCKED ? HMS_ENTRY_BLOCKED : 0u),
		.key = d->hot.have_key,
		.credentials = d->credentials,
		.group = d->cold.group_name,
	};

	hms_entry_set(prov->redis, d->id, &entry, NULL, NULL);
}

static void on_posted(int code, enum hms_post_result result, void *arg)
{
	static const char *const labels[] = { [HMS_POST_OK] = "ok", [HMS_POST_STALE] = "stale", [HMS_POST_ENDED] = "ended" };
	struct told *t = arg;

	hms_counter_inc(prov_count(&prov_metrics.posts, code ? "failed" : labels[result]));
	if (!code && result == HMS_POST_ENDED) {
		struct prov_item item = { .id = t->id, .work = PROV_WORK_ENDED, .sid = t->sid };

		prov_batch_work(t->prov, &item);
	}
	free(t);
}

static void tell_post(struct prov_batch *b, const struct prov_device *d)
{
	struct hms_mail_item items[PROV_GRANTS_MAX];
	int n = prov_grant_items(&b->ctx, d, items);
	struct told *t = n >= 0 ? told_new(b->prov, d) : NULL;

	if (t)
		hms_mail_post(b->prov->redis, d->id, (uint64_t)d->hot.q_ver, t->sid, (uint32_t)d->hot.seq, items, (size_t)n, on_posted, t);
}

static void on_revoked(int code, enum hms_revoke_result result, void *arg)
{
	struct told *t = arg;
	struct prov_item item = {
		.id = t->id, .work = PROV_WORK_REVOKED, .sid = t->sid, .command = t->command, .n = t->n, .revoked = (int)result
	};

	if (!code)
		prov_batch_work(t->prov, &item);
	free(t);
}

static void tell_revoke(struct prov *prov, const struct prov_device *d, const struct prov_command *c)
{
	struct told *t = told_new(prov, d);

	if (!t)
		return;
	t->sid = (uint64_t)c->g_sid;
	t->command = (uint64_t)c->id;
	t->n = (uint32_t)c->g_n;
	hms_mail_revoke(prov->redis, d->id, t->sid, t->n, on_revoked, t);
}

static void on_called(int code, int64_t offset, void *arg)
{
	(void)offset;
	(void)arg;
	if (code)
		hms_counter_inc(&prov_metrics.calls_lost);
}

/* What is lost is found by the call's time limit. */
static void tell_call(struct prov *prov, const struct prov_device *d)
{
	struct hms_buf packed = HMS_BUF_INIT(65536);
	struct hms_record record = { .topic = HMS_TOPIC_REACH,
				     .partition = (int32_t)hms_device_partition(d->id, hms_stream_partitions(prov->stream)),
				     .key = hms_strn((const char *)d->id.b, sizeof(d->id.b)) };

	if (d->call->ended)
		hms_counter_inc(prov_count(&prov_metrics.calls_ended, d->call->ended));
	if (!d->call->send)
		return;
	hms_counter_inc(&prov_metrics.calls);
	if (prov_call_pack(d, &packed) == 0) {
		record.value = hms_buf_view(&packed);
		if (hms_producer_send(prov->producer, HMS_LANE_URGENT, &record, on_called, NULL))
			hms_counter_inc(&prov_metrics.calls_lost);
	}
	hms_buf_fini(&packed);
}

static void tell_device(struct prov_batch *b, const struct prov_device *d)
{
	hms_counter_add(&prov_metrics.grants, d->granted);
	hms_counter_add(&prov_metrics.late, d->late);
	if (d->entry_dirty || d->grants_changed)
		tell_entry(b->prov, d);
	if (d->call)
		tell_call(b->prov, d);
	if (d->post && d->hot.sid && d->hot.hold_until)
		tell_post(b, d);
	for (size_t i = 0; i < d->command_count; i++)
		if (d->commands[i]->revoke && d->commands[i]->state == PROV_COMMAND_GRANTED)
			tell_revoke(b->prov, d, d->commands[i]);
}

/* Several of one device may have come together. */
static void count_quiet(const struct prov_device *d)
{
	for (const struct prov_event *e = d->events; e; e = e->next)
		hms_counter_inc(&prov_metrics.quiet);
}

static void count_quirks(const struct prov_batch *b)
{
	for (int q = 0; q < HMS_QUIRK_COUNT; q++)
		if (b->ctx.quirks_fired[q])
			hms_counter_add(prov_count(&prov_metrics.quirks, hms_quirk_info((enum hms_quirk)q)->name), b->ctx.quirks_fired[q]);
	for (size_t i = 0; i < b->device_count; i++)
		hms_counter_add(&prov_metrics.quirks_learnt, b->devices[i]->learnt_get_values_max > 0);
}

static void count_desired(const struct prov_device *d)
{
	const struct prov_desired *x = d->desired;

	if (!x)
		return;
	if (x->entered)
		hms_counter_inc(prov_count(&prov_metrics.desired_states, prov_desired_state_names[x->state]));
	if (x->sent)
		hms_counter_inc(prov_count(&prov_metrics.desired_steps, hms_cwmp_method_info(x->sent)->name));
	hms_counter_add(&prov_metrics.desired_drift, x->drift);
	hms_counter_add(&prov_metrics.desired_repaired, x->repaired);
	hms_counter_add(&prov_metrics.desired_audits, x->audit);
	if (x->looked)
		hms_histogram_observe_us(&prov_metrics.desired_plan, x->planned_us);
}

void prov_tell(struct prov_batch *b)
{
	(void)HMS_FAILPOINT("prov.commit.before_post");
	for (size_t i = 0; i < b->device_count; i++) {
		const struct prov_device *d = b->devices[i];

		if (d->simple)
			count_quiet(d);
		else if (d->exists)
			tell_device(b, d);
		count_desired(d);
		for (size_t h = 0; h < d->history_count; h++)
			if (hms_str_eqz(d->history[h]->kind, "state"))
				hms_counter_inc(prov_count(&prov_metrics.states, d->history[h]->state.p));
	}
	count_quirks(b);
	if (b->oldest_recv_us)
		hms_histogram_observe_us(&prov_metrics.event_age,
					 b->now_us > b->oldest_recv_us ? (uint64_t)(hms_wall_us() - b->oldest_recv_us) : 0);
}
