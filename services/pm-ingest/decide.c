/* What is loaded, what is set aside, and what is the same as before. */
#include "batch.h"

#define DAY_US 86400000000LL

/* A unit's identity, whatever file it is in. */
struct unit_key {
	uint8_t device[16];
	int64_t end_us;
	uint64_t group;
};

static struct unit_key key_of(struct hms_device_id id, struct hms_str group, int64_t end_us)
{
	struct unit_key key = { .end_us = end_us, .group = hms_hash_stable(HMS_HASH_STABLE_SEED, group.p, group.len) };

	memcpy(key.device, id.b, sizeof(key.device));
	return key;
}

/* The name of the element says who wrote it. It is noted only: who the device is, its authentication has said. */
static bool names_serial(const struct pmi_file *f, struct hms_str serial)
{
	const struct hms_str told[] = { f->names[f->sender], f->names[f->element] };

	if (!serial.len || (!told[0].len && !told[1].len))
		return true;
	for (size_t t = 0; t < 2; t++)
		for (size_t i = 0; i + serial.len <= told[t].len; i++)
			if (hms_str_caseeq(hms_strn(told[t].p + i, serial.len), serial))
				return true;
	return false;
}

static void judge_unit(struct pmi_batch *b, struct pmi_file *f, struct pmi_unit *unit)
{
	int64_t now_us = hms_stream_now_us(b->pmi->stream);
	const struct pmi_conf *conf = b->pmi->conf;

	if (unit->end_us < now_us - conf->retention_days * DAY_US)
		unit->reason = "too_old";
	else if (unit->end_us > now_us + conf->future_max * 1000)
		unit->reason = "future";
	else if (!unit->reason)
		unit->load = f->known && unit->facts > 0;
}

/* A later file of this transaction replaces an earlier one's unit. */
static void claim_unit(struct pmi_batch *b, struct pmi_file *f, struct pmi_unit *unit)
{
	struct unit_key key = key_of(f->id, f->names[unit->group], unit->end_us);
	struct pmi_unit *earlier = hms_map_get(b->by_unit, &key, sizeof(key));

	if (earlier) {
		earlier->load = false;
		unit->replaces = earlier->replaces;
		hms_counter_inc(&pmi_metrics.replaced);
	}
	if (hms_map_put(b->by_unit, &key, sizeof(key), unit))
		unit->load = false; /* not reached: the map has no cap, and memory is overcommitted */
}

static void judge_file(struct pmi_batch *b, struct pmi_file *f)
{
	const struct pmi_device *d = pmi_batch_device(b, f->id);

	f->known = d->serial.p && f->ev->device_id.len;
	if (f->known && d->until_us && f->ev->recv_us > d->until_us)
		f->notes |= PMI_AFTER_UNTIL;
	if (!f->names)
		return;
	if (!f->known) {
		f->reason = f->ev->device_id.len ? "unknown_device" : "no_device";
		f->detail = f->ev->account;
	} else if (!names_serial(f, d->serial)) {
		f->notes |= PMI_SERIAL_MISMATCH;
	}
	for (size_t i = 0; i < f->unit_count; i++)
		judge_unit(b, f, &f->units[i]);
}

void pmi_decide(struct pmi_batch *b)
{
	hms_map_clear(b->by_unit);
	pmi_each_file(b, f)
	{
		if (f->ev->kind != HMS__FILE_EVENT__KIND__PM)
			continue;
		judge_file(b, f);
		for (size_t i = 0; i < f->unit_count; i++)
			if (f->units[i].load)
				claim_unit(b, f, &f->units[i]);
	}
}

static bool holds_unit(const struct pmi_file *f, const struct pmi_unit *unit)
{
	return unit >= f->units && unit < f->units + f->unit_count;
}

void pmi_decide_known(struct pmi_batch *b, struct hms_device_id id, struct hms_str group, int64_t end_us, const uint8_t file_id[16])
{
	struct unit_key key = key_of(id, group, end_us);
	struct pmi_unit *unit = hms_map_get(b->by_unit, &key, sizeof(key));

	if (!unit)
		return;
	pmi_each_file(b, f)
	{
		if (!holds_unit(f, unit))
			continue;
		if (memcmp(f->ev->file_id.data, file_id, 16) == 0) {
			unit->load = false;
			hms_counter_inc(&pmi_metrics.repeated);
		} else {
			unit->replaces = true;
			hms_counter_inc(&pmi_metrics.replaced);
		}
	}
}
