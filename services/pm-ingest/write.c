/* The writes of a transaction: facts that are replaced go, new ones come by binary COPY, then their units. */
#include "batch.h"

enum { FACT_COLUMNS = 8 };

static const struct hms_pg_stmt delete_facts = { "pmi_delete_facts",
						 "delete from pm_fact f using unnest($1::uuid[], $2::timestamptz[], $3::int4[]) k(d, e, g)"
						 " where f.device_id = k.d and f.period_end = k.e and f.group_id = k.g" };
static const struct hms_pg_stmt copy_facts = {
	"pmi_copy_facts",
	"copy pm_fact (device_id, period_end, group_id, object_id, counter_id, value, suspect, text) from stdin (format binary)"
};
static const struct hms_pg_stmt write_units = {
	"pmi_write_units",
	"insert into pm_unit as u (device_id, period_end, group_id, duration_ms, file_id, facts)"
	" select * from unnest($1::uuid[], $2::timestamptz[], $3::int4[], $4::int8[], $5::uuid[], $6::int4[])"
	" on conflict (device_id, period_end, group_id) do update set duration_ms = excluded.duration_ms, file_id = excluded.file_id,"
	" facts = excluded.facts, replaced = u.replaced + 1, loaded = clock_timestamp()"
};

/* Without ids for all names there is nothing to write: the dictionary is full. */
static bool has_ids(struct pmi_batch *b, struct pmi_file *f, const struct hms_pm_info *info)
{
	bool has = pmi_name_id(b, f, PMI_GROUP, info->group) != 0;

	for (size_t i = info->first; i < info->first + info->count; i++)
		has = has && pmi_name_id(b, f, PMI_COUNTER, f->facts[i].counter) && pmi_name_id(b, f, PMI_OBJECT, f->facts[i].object);
	return has;
}

static void drop_nameless(struct pmi_batch *b, struct pmi_file *f)
{
	for (size_t i = 0; i < f->info_count; i++) {
		struct pmi_unit *unit = &f->units[f->unit_of[i]];

		if (f->infos[i].rejected || !unit->load || has_ids(b, f, &f->infos[i]))
			continue;
		unit->load = false;
		unit->reason = "dictionary_full";
	}
}

static void write_replaced(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *devices = hms_pg_array_new(pg, HMS_PG_UUID), *ends = hms_pg_array_new(pg, HMS_PG_TIMESTAMPTZ);
	struct hms_pg_array *groups = hms_pg_array_new(pg, HMS_PG_INT4);

	pmi_each_file(b, f)
	{
		for (size_t i = 0; i < f->unit_count; i++) {
			const struct pmi_unit *unit = &f->units[i];

			if (!unit->load || !unit->replaces)
				continue;
			hms_pg_a_uuid(devices, f->id.b);
			hms_pg_a_time_us(ends, unit->end_us);
			hms_pg_a_int4(groups, (int32_t)pmi_name_id(b, f, PMI_GROUP, unit->group));
		}
	}
	if (!hms_pg_array_count(devices))
		return;
	hms_pg_stmt_begin(pg, &delete_facts, NULL, NULL);
	hms_pg_p_array(pg, devices);
	hms_pg_p_array(pg, ends);
	hms_pg_p_array(pg, groups);
}

static void copy_fact(struct pmi_batch *b, struct pmi_file *f, const struct hms_pm_info *info, const struct hms_pm_fact *fact,
		      struct hms_pg_array *rows)
{
	hms_pg_copy_row(rows, FACT_COLUMNS);
	hms_pg_a_uuid(rows, f->id.b);
	hms_pg_a_time_us(rows, info->end_us);
	hms_pg_a_int4(rows, (int32_t)pmi_name_id(b, f, PMI_GROUP, info->group));
	hms_pg_a_int4(rows, (int32_t)pmi_name_id(b, f, PMI_OBJECT, fact->object));
	hms_pg_a_int4(rows, (int32_t)pmi_name_id(b, f, PMI_COUNTER, fact->counter));
	if (fact->kind == HMS_PM_NUMBER)
		hms_pg_a_float8(rows, fact->number);
	else
		hms_pg_a_null(rows);
	hms_pg_a_bool(rows, fact->suspect);
	if (fact->kind == HMS_PM_TEXT)
		hms_pg_a_text(rows, f->names[fact->text]);
	else
		hms_pg_a_null(rows);
}

static void copy_file(struct pmi_batch *b, struct pmi_file *f, struct hms_pg_array *rows)
{
	for (size_t i = 0; i < f->info_count; i++) {
		const struct hms_pm_info *info = &f->infos[i];

		if (info->rejected || !f->units[f->unit_of[i]].load)
			continue;
		for (size_t k = info->first; k < info->first + info->count; k++)
			if (f->facts[k].kind != HMS_PM_DROPPED)
				copy_fact(b, f, info, &f->facts[k], rows);
	}
}

static void write_units_of(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *devices = hms_pg_array_new(pg, HMS_PG_UUID), *ends = hms_pg_array_new(pg, HMS_PG_TIMESTAMPTZ);
	struct hms_pg_array *groups = hms_pg_array_new(pg, HMS_PG_INT4), *durations = hms_pg_array_new(pg, HMS_PG_INT8);
	struct hms_pg_array *files = hms_pg_array_new(pg, HMS_PG_UUID), *facts = hms_pg_array_new(pg, HMS_PG_INT4);

	pmi_each_file(b, f)
	{
		for (size_t i = 0; i < f->unit_count; i++) {
			const struct pmi_unit *unit = &f->units[i];

			if (!unit->load)
				continue;
			hms_pg_a_uuid(devices, f->id.b);
			hms_pg_a_time_us(ends, unit->end_us);
			hms_pg_a_int4(groups, (int32_t)pmi_name_id(b, f, PMI_GROUP, unit->group));
			hms_pg_a_int8(durations, unit->duration_us / 1000);
			hms_pg_a_uuid(files, f->ev->file_id.data);
			hms_pg_a_int4(facts, (int32_t)unit->facts);
		}
	}
	hms_pg_stmt_begin(pg, &write_units, NULL, NULL);
	hms_pg_p_array(pg, devices);
	hms_pg_p_array(pg, ends);
	hms_pg_p_array(pg, groups);
	hms_pg_p_array(pg, durations);
	hms_pg_p_array(pg, files);
	hms_pg_p_array(pg, facts);
}

static bool anything_to_load(const struct pmi_batch *b)
{
	pmi_each_file(b, f) for (size_t i = 0; i < f->unit_count; i++) if (f->units[i].load) return true;
	return false;
}

int pmi_write(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *rows;

	pmi_each_file(b, f) drop_nameless(b, f);
	if (anything_to_load(b)) {
		write_replaced(b, pg);
		/* Before the COPY, which is never the first statement of a batch. */
		write_units_of(b, pg);
		rows = hms_pg_copy_begin(pg, &copy_facts);
		pmi_each_file(b, f) copy_file(b, f, rows);
	}
	pmi_uploads(b, pg);
	pmi_quarantine(b, pg);
	return 0;
}
