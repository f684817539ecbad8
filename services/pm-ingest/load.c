/* What PostgreSQL knows of the devices and units of a transaction, and the ledger of what is missing. */
#include <stdio.h>

#include "batch.h"
#include "hms/base/clock.h"

#define DAY_US 86400000000LL

static const struct hms_pg_stmt select_devices = {
	"pmi_devices", "select d.device_id, d.tenant, d.serial, p.until from device d left join lateral"
		       " (select until from device_pm p where p.device_id = d.device_id order by since desc limit 1) p on true"
		       " where d.device_id = any($1)"
};
static const struct hms_pg_stmt select_units = { "pmi_units",
						 "select u.device_id, u.period_end, g.name, u.file_id from"
						 " (select distinct * from unnest($1::uuid[], $2::timestamptz[])) k(device_id, period_end)"
						 " join pm_unit u using (device_id, period_end) join pm_group g on g.id = u.group_id" };
static const struct hms_pg_stmt ensure_days = { "pmi_ensure_days",
						"select pm_ensure_days(array(select ('epoch'::date + n) from unnest($1::int4[]) n))" };
static const struct hms_pg_stmt receive = { "pmi_receive", "select pm_receive($1, $2, $3, $4, $5 * interval '1 millisecond')" };
static const struct hms_pg_stmt check = { "pmi_check",
					  "select device_id, missing, oldest from pm_check($1, $2, $3 * interval '1 millisecond',"
					  " $4 * interval '1 millisecond')" };

static void on_devices(const struct hms_pg_result *res, void *arg)
{
	struct pmi_batch *b = arg;
	struct hms_arena *arena = hms_stream_arena(b->pmi->stream);

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct hms_device_id id;
		struct pmi_device *d;
		const char *tenant = hms_arena_strz(arena, hms_pg_get_str(res, i, 1));

		hms_pg_get_uuid(res, i, 0, id.b);
		d = pmi_batch_device(b, id);
		if (!d)
			continue;
		d->tenant = tenant ? tenant : "";
		d->serial = hms_arena_str(arena, hms_pg_get_str(res, i, 2));
		if (!d->serial.p)
			d->serial = HMS_STR(""); /* the arena is full: the device is known all the same */
		d->until_us = hms_pg_is_null(res, i, 3) ? 0 : hms_pg_get_time_us(res, i, 3);
	}
}

static struct hms_pg_array *device_list(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *list = hms_pg_array_new(pg, HMS_PG_UUID);

	for (const struct pmi_device *d = b->devices; d; d = d->next)
		hms_pg_a_uuid(list, d->id.b);
	return list;
}

int pmi_load_known(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	hms_pg_stmt_begin(pg, &select_devices, on_devices, b);
	hms_pg_p_array(pg, device_list(b, pg));
	return 0;
}

static void on_units(const struct hms_pg_result *res, void *arg)
{
	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct hms_device_id id;
		uint8_t file_id[16];

		hms_pg_get_uuid(res, i, 0, id.b);
		hms_pg_get_uuid(res, i, 3, file_id);
		pmi_decide_known(arg, id, hms_pg_get_str(res, i, 2), hms_pg_get_time_us(res, i, 1), file_id);
	}
}

static void load_units(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *devices = hms_pg_array_new(pg, HMS_PG_UUID), *ends = hms_pg_array_new(pg, HMS_PG_TIMESTAMPTZ);

	pmi_each_file(b, f)
	{
		for (size_t i = 0; i < f->unit_count; i++) {
			if (!f->units[i].load)
				continue;
			hms_pg_a_uuid(devices, f->id.b);
			hms_pg_a_time_us(ends, f->units[i].end_us);
		}
	}
	hms_pg_stmt_begin(pg, &select_units, on_units, b);
	hms_pg_p_array(pg, devices);
	hms_pg_p_array(pg, ends);
}

/* Days that were not made ahead: of devices whose clock is wrong, or with a long memory. */
static void ensure_other_days(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	const struct pmi *pmi = b->pmi;
	struct hms_pg_array *days = hms_pg_array_new(pg, HMS_PG_INT4);

	pmi_each_file(b, f)
	{
		for (size_t i = 0; i < f->unit_count; i++) {
			int64_t day = f->units[i].end_us / DAY_US;

			if (!f->units[i].load || (day >= pmi->day_first && day < pmi->day_last))
				continue;
			hms_pg_a_int4(days, (int32_t)day);
			hms_pg_a_int4(days, (int32_t)day + 1); /* its upload may be due on the next day */
		}
	}
	if (!hms_pg_array_count(days))
		return;
	hms_pg_stmt_begin(pg, &ensure_days, NULL, NULL);
	hms_pg_p_array(pg, days);
}

static void load_receive(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *devices = hms_pg_array_new(pg, HMS_PG_UUID), *ends = hms_pg_array_new(pg, HMS_PG_TIMESTAMPTZ);
	struct hms_pg_array *suspects = hms_pg_array_new(pg, HMS_PG_BOOL), *received = hms_pg_array_new(pg, HMS_PG_TIMESTAMPTZ);

	pmi_each_file(b, f)
	{
		for (size_t i = 0; i < f->unit_count; i++) {
			if (!f->units[i].load)
				continue;
			hms_pg_a_uuid(devices, f->id.b);
			hms_pg_a_time_us(ends, f->units[i].end_us);
			hms_pg_a_bool(suspects, f->units[i].suspect);
			hms_pg_a_time_us(received, f->ev->recv_us);
		}
	}
	if (!hms_pg_array_count(devices))
		return;
	hms_pg_stmt_begin(pg, &receive, NULL, NULL);
	hms_pg_p_array(pg, devices);
	hms_pg_p_array(pg, ends);
	hms_pg_p_array(pg, suspects);
	hms_pg_p_array(pg, received);
	hms_pg_p_int8(pg, b->pmi->conf->grace);
}

/* PM-06: an alarm of HMS itself while uploads are missing. */
static void on_check(const struct hms_pg_result *res, void *arg)
{
	struct pmi_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		int64_t missing = hms_pg_get_int(res, i, 1);
		char text[128], oldest[32];
		const struct hms_internal_alarm alarm = { .key = "pm-missing",
							  .cleared = missing == 0,
							  .severity = "Minor",
							  .probable_cause = "File Error",
							  .specific_problem = "PM uploads are missing",
							  .text = text };
		struct hms_device_id id;
		struct pmi_device *d;

		hms_pg_get_uuid(res, i, 0, id.b);
		hms_time_iso(hms_pg_get_time_us(res, i, 2), oldest, sizeof(oldest));
		snprintf(text, sizeof(text), missing ? "%lld PM uploads are missing, the oldest one of %s" : "no PM uploads are missing",
			 (long long)missing, oldest);
		d = pmi_batch_device(b, id);
		hms_stream_alarm(b->pmi->stream, id, d ? d->tenant : "", &alarm);
		hms_counter_add(&pmi_metrics.alarms, missing > 0);
	}
}

int pmi_load_ledger(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	load_units(b, pg);
	ensure_other_days(b, pg);
	load_receive(b, pg);
	hms_pg_stmt_begin(pg, &check, on_check, b);
	hms_pg_p_array(pg, device_list(b, pg));
	hms_pg_p_time_us(pg, hms_stream_now_us(b->pmi->stream));
	hms_pg_p_int8(pg, b->pmi->conf->grace);
	hms_pg_p_int8(pg, b->pmi->conf->missing_window);
	return 0;
}
