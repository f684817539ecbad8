/* The course of a transaction: files are read as they come, then decided, entered into the ledger, and written. */
#include "batch.h"

#include <stdlib.h>

#include "hms/base/failpoint.h"
#include "sweep.h"

struct pmi_device *pmi_batch_device(struct pmi_batch *b, struct hms_device_id id)
{
	struct pmi_device *d = hms_map_get(b->by_id, id.b, sizeof(id.b));

	if (d)
		return d;
	d = hms_arena_alloc(hms_stream_arena(b->pmi->stream), sizeof(*d));
	if (!d || hms_map_put(b->by_id, id.b, sizeof(id.b), d))
		return NULL;
	d->id = id;
	d->tenant = "";
	d->next = b->devices;
	b->devices = d;
	return d;
}

static bool may_begin(struct hms_stream *s, void *arg)
{
	const struct pmi *pmi = arg;

	(void)s;
	return pmi->day_last > 0;
}

static void begin(struct hms_stream *s, void *arg)
{
	struct pmi_batch *b = ((struct pmi *)arg)->batch;

	(void)s;
	b->files = NULL;
	b->tail = &b->files;
	b->devices = NULL;
	b->copy_bytes = 0;
	b->loads = 0;
	hms_map_clear(b->by_id);
	hms_map_clear(b->by_unit);
}

static int message(struct hms_stream *s, const struct hms_message *msg, void *arg)
{
	(void)s;
	return pmi_record(((struct pmi *)arg)->batch, msg);
}

static int item(struct hms_stream *s, const void *it, void *arg)
{
	struct pmi *pmi = arg;
	const struct pmi_item *due = it;

	if (!hms_stream_touch(s, 0, hms_device_partition(due->id, hms_stream_partitions(s))))
		return 0;
	return pmi_batch_device(pmi->batch, due->id) ? 0 : HMS_ENOMEM;
}

static int load(struct hms_stream *s, struct hms_pg_batch *batch, void *arg)
{
	struct pmi_batch *b = ((struct pmi *)arg)->batch;

	(void)s;
	return b->loads == 0 ? pmi_load_known(b, batch) : pmi_load_ledger(b, batch);
}

static void on_retry(struct hms_defer *defer, void *arg)
{
	struct pmi_batch *b = arg;

	(void)defer;
	hms_stream_go_on(b->pmi->stream, HMS_EIO);
}

static bool storage_is_away(const struct pmi_batch *b)
{
	pmi_each_file(b, f) if (f->retry) return true;
	return false;
}

static enum hms_stream_next loaded(struct hms_stream *s, void *arg)
{
	struct pmi *pmi = arg;
	struct pmi_batch *b = pmi->batch;

	(void)s;
	if (storage_is_away(b)) {
		log_warn("the storage of uploads does not answer", KV_Z("folder", pmi->conf->storage));
		hms_defer_schedule(pmi->loop, &b->retry);
		return HMS_STREAM_WAIT;
	}
	if (b->loads++ == 0) {
		pmi_decide(b);
		return HMS_STREAM_LOAD;
	}
	pmi_names_want(b);
	return pmi_names_learn(b) ? HMS_STREAM_WAIT : HMS_STREAM_WRITE;
}

static int write_(struct hms_stream *s, struct hms_pg_batch *batch, void *arg)
{
	(void)s;
	return pmi_write(((struct pmi *)arg)->batch, batch);
}

static const char *result_of(const struct pmi_file *f)
{
	size_t loaded_units = 0, aside = f->reason != NULL;

	if (f->ev->kind != HMS__FILE_EVENT__KIND__PM)
		return "other";
	for (size_t i = 0; i < f->unit_count; i++) {
		loaded_units += f->units[i].load;
		aside += f->units[i].reason != NULL;
	}
	for (size_t i = 0; i < f->info_count; i++)
		aside += f->infos[i].rejected;
	if (loaded_units)
		return aside ? "part" : "loaded";
	return aside ? "quarantined" : "same";
}

static void count_file(const struct pmi_file *f)
{
	hms_counter_inc(pmi_count(&pmi_metrics.files, result_of(f)));
	hms_counter_add(&pmi_metrics.after_until, (f->notes & PMI_AFTER_UNTIL) != 0);
	hms_counter_add(&pmi_metrics.serial_mismatch, (f->notes & PMI_SERIAL_MISMATCH) != 0);
	for (size_t i = 0; i < f->finding_count; i++)
		hms_counter_inc(pmi_count(&pmi_metrics.findings, hms_pm_finding_label(f->findings[i].kind)));
	for (size_t i = 0; i < f->unit_count; i++) {
		hms_counter_add(&pmi_metrics.units, f->units[i].load);
		hms_counter_add(&pmi_metrics.facts, f->units[i].load ? f->units[i].facts : 0);
	}
}

static void committed(struct hms_stream *s, void *arg)
{
	(void)s;
	(void)HMS_FAILPOINT("pmi.commit.after");
	pmi_each_file(((struct pmi *)arg)->batch, f) count_file(f);
}

static void drained(struct hms_stream *s, void *arg)
{
	(void)s;
	hms_app_drained(((struct pmi *)arg)->app);
}

static void failed(struct hms_stream *s, const char *text, void *arg)
{
	(void)s;
	hms_app_fail(((struct pmi *)arg)->app, text);
}

const struct hms_stream_cb pmi_stream_cb = {
	.may_begin = may_begin,
	.begin = begin,
	.message = message,
	.item = item,
	.load = load,
	.loaded = loaded,
	.write = write_,
	.committed = committed,
	.drained = drained,
	.failed = failed,
};

struct pmi_batch *pmi_batch_new(struct pmi *pmi)
{
	struct pmi_batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->pmi = pmi;
	b->tail = &b->files;
	b->by_id = hms_map_new(SIZE_MAX);
	b->by_unit = hms_map_new(SIZE_MAX);
	hms_defer_init(&b->retry, on_retry, b);
	if (!b->by_id || !b->by_unit)
		pmi_batch_free(&b);
	return b;
}

void pmi_batch_free(struct pmi_batch **batch)
{
	if (!*batch)
		return;
	hms_defer_cancel(&(*batch)->retry);
	hms_map_free(&(*batch)->by_id);
	hms_map_free(&(*batch)->by_unit);
	free(*batch);
	*batch = NULL;
}
