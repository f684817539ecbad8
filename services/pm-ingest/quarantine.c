/* Table pm_quarantine: files and measInfos that were not loaded, each with its reason. */
#include <stdio.h>

#include "batch.h"

static const struct hms_pg_stmt write_quarantine = {
	"pmi_write_quarantine",
	"insert into pm_quarantine (device_id, file_id, n, received, name, reason, detail, grp, period_end, size, body, ref)"
	" select * from unnest($1::uuid[], $2::uuid[], $3::int4[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],"
	" $8::text[], $9::timestamptz[], $10::int8[], $11::bytea[], $12::text[]) on conflict (device_id, file_id, n) do nothing"
};

enum { DEVICE, FILE_ID, N, RECEIVED, NAME, REASON, DETAIL, GROUP, PERIOD, SIZE, BODY, REF, COLUMNS };
static const unsigned types[COLUMNS] = {
	[DEVICE] = HMS_PG_UUID, [FILE_ID] = HMS_PG_UUID, [N] = HMS_PG_INT4,	 [RECEIVED] = HMS_PG_TIMESTAMPTZ,
	[NAME] = HMS_PG_TEXT,	[REASON] = HMS_PG_TEXT,	 [DETAIL] = HMS_PG_TEXT, [GROUP] = HMS_PG_TEXT,
	[SIZE] = HMS_PG_INT8,	[BODY] = HMS_PG_BYTEA,	 [REF] = HMS_PG_TEXT,	 [PERIOD] = HMS_PG_TIMESTAMPTZ,
};

struct rows {
	struct pmi_batch *b;
	const struct pmi_file *f;
	struct hms_pg_array *columns[COLUMNS];
	bool has_body; /* of this file, as the next two */
	uint32_t infos, more;
};

/* Details quote the file; what is cut may end within a character. */
static struct hms_str valid_start(const char *text)
{
	struct hms_str rest = hms_str(text ? text : "");
	size_t len = 0, n;

	while (rest.len > len && (n = hms_utf8_next(hms_strn(rest.p + len, rest.len - len))) > 0)
		len += n;
	return hms_strn(rest.p, len);
}

static void add_body(struct rows *rows)
{
	const Hms__FileEvent *ev = rows->f->ev;
	bool keeps = !rows->has_body && ev->content_case == HMS__FILE_EVENT__CONTENT_BODY && ev->body.data &&
		     ev->body.len <= (size_t)rows->b->pmi->conf->quarantine_body;

	hms_pg_a_bytea(rows->columns[BODY], keeps ? hms_strn((const char *)ev->body.data, ev->body.len) : (struct hms_str){ 0 });
	hms_pg_a_text(rows->columns[REF], ev->content_case == HMS__FILE_EVENT__CONTENT_REF ? hms_str(ev->ref) : (struct hms_str){ 0 });
	rows->has_body = true;
}

/* n: 0 for the file. */
static void add_row(struct rows *rows, uint32_t n, const char *reason, const char *detail, const struct hms_pm_info *info)
{
	const struct pmi_file *f = rows->f;

	hms_pg_a_uuid(rows->columns[DEVICE], f->id.b);
	hms_pg_a_uuid(rows->columns[FILE_ID], f->ev->file_id.data);
	hms_pg_a_int4(rows->columns[N], (int32_t)n);
	hms_pg_a_time_us(rows->columns[RECEIVED], f->ev->recv_us);
	hms_pg_a_text(rows->columns[NAME], hms_str(f->ev->name));
	hms_pg_a_text(rows->columns[REASON], hms_str(reason));
	hms_pg_a_text(rows->columns[DETAIL], valid_start(detail));
	hms_pg_a_text(rows->columns[GROUP], info ? f->names[info->group] : HMS_STR(""));
	if (info && info->end_us)
		hms_pg_a_time_us(rows->columns[PERIOD], info->end_us);
	else
		hms_pg_a_null(rows->columns[PERIOD]);
	hms_pg_a_int8(rows->columns[SIZE], (int64_t)f->ev->size);
	add_body(rows);
	hms_counter_inc(pmi_count(&pmi_metrics.quarantined, reason));
}

/* Why the reader has left an info out. */
static const struct hms_pm_finding *finding_of(const struct pmi_file *f, uint32_t info)
{
	for (size_t i = 0; i < f->finding_count; i++)
		if (f->findings[i].info == info && hms_pm_finding_rejects(f->findings[i].kind))
			return &f->findings[i];
	return NULL;
}

/* A file of few bytes can hold thousands of measInfos: not each may become a row. */
static void add_info(struct rows *rows, uint32_t i, const char *reason, const char *detail)
{
	if (rows->infos < (uint32_t)rows->b->pmi->conf->quarantine_rows) {
		rows->infos++;
		add_row(rows, i + 1, reason, detail, &rows->f->infos[i]);
	} else {
		rows->more++;
		hms_counter_inc(pmi_count(&pmi_metrics.quarantined, reason));
	}
}

static void add_infos(struct rows *rows)
{
	const struct pmi_file *f = rows->f;

	for (uint32_t i = 0; i < f->info_count; i++) {
		const struct hms_pm_finding *found = f->infos[i].rejected ? finding_of(f, i) : NULL;

		if (f->infos[i].rejected)
			add_info(rows, i, found ? hms_pm_finding_label(found->kind) : "left_out", found ? found->detail : "");
		else if (f->units[f->unit_of[i]].reason)
			add_info(rows, i, f->units[f->unit_of[i]].reason, "");
	}
}

static void add_file(struct rows *rows)
{
	const struct pmi_file *f = rows->f;
	char text[64];

	rows->has_body = false;
	rows->infos = rows->more = 0;
	if (f->reason)
		add_row(rows, 0, f->reason, f->detail, NULL);
	if (!f->known && f->reason)
		return; /* nothing of it counts */
	add_infos(rows);
	if (!rows->more)
		return;
	snprintf(text, sizeof(text), "%u more measInfos", rows->more);
	add_row(rows, (uint32_t)f->info_count + 1, "more", text, NULL);
}

void pmi_quarantine(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct rows rows = { .b = b };

	for (int i = 0; i < COLUMNS; i++)
		rows.columns[i] = hms_pg_array_new(pg, types[i]);
	for (rows.f = b->files; rows.f; rows.f = rows.f->next)
		if (rows.f->ev->kind == HMS__FILE_EVENT__KIND__PM)
			add_file(&rows);
	if (!hms_pg_array_count(rows.columns[DEVICE]))
		return;
	hms_pg_stmt_begin(pg, &write_quarantine, NULL, NULL);
	for (int i = 0; i < COLUMNS; i++)
		hms_pg_p_array(pg, rows.columns[i]);
}
