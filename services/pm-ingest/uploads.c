/* Table upload: every file that a device has sent. PM files are there without their body: their counters are kept. */
#include "batch.h"

static const struct hms_pg_stmt write_uploads = {
	"pmi_write_uploads",
	"insert into upload (device_id, id, tenant, kind, name, size, sha256, received, command_id, body, ref, note)"
	" select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::bytea[],"
	" $8::timestamptz[], $9::int8[], $10::bytea[], $11::text[], $12::text[]) on conflict (device_id, id) do nothing"
};

static const char *const kinds[] = {
	[HMS__FILE_EVENT__KIND__PM] = "pm",
	[HMS__FILE_EVENT__KIND__LOG] = "log",
	[HMS__FILE_EVENT__KIND__CONFIGURATION] = "configuration",
	[HMS__FILE_EVENT__KIND__OTHER] = "other",
};
static const struct {
	unsigned note;
	const char *label;
} notes[] = { { PMI_AFTER_UNTIL, "after_until" }, { PMI_SERIAL_MISMATCH, "serial_mismatch" }, { PMI_LOCAL_TIME, "local_time" } };

enum { DEVICE, ID, TENANT, KIND, NAME, SIZE, SHA256, RECEIVED, COMMAND, BODY, REF, NOTE, COLUMNS };
static const unsigned types[COLUMNS] = {
	[DEVICE] = HMS_PG_UUID,	 [ID] = HMS_PG_UUID,	[TENANT] = HMS_PG_TEXT,	 [KIND] = HMS_PG_TEXT,
	[NAME] = HMS_PG_TEXT,	 [SIZE] = HMS_PG_INT8,	[SHA256] = HMS_PG_BYTEA, [RECEIVED] = HMS_PG_TIMESTAMPTZ,
	[COMMAND] = HMS_PG_INT8, [BODY] = HMS_PG_BYTEA, [REF] = HMS_PG_TEXT,	 [NOTE] = HMS_PG_TEXT,
};

static struct hms_str bytes_of(ProtobufCBinaryData d) { return hms_strn(d.data ? (const char *)d.data : "", d.len); }

static void add_note(struct hms_pg_array *column, unsigned noted)
{
	struct hms_buf text = HMS_BUF_INIT(256);

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (noted & notes[i].note)
			hms_buf_printf(&text, "%s%s", text.len ? " " : "", notes[i].label);
	hms_pg_a_text(column, hms_str(hms_buf_z(&text)));
	hms_buf_fini(&text);
}

static void add_row(struct hms_pg_array **columns, const struct pmi_file *f)
{
	const Hms__FileEvent *ev = f->ev;
	bool has_body = ev->content_case == HMS__FILE_EVENT__CONTENT_BODY && ev->kind != HMS__FILE_EVENT__KIND__PM;
	size_t kind = (size_t)ev->kind < sizeof(kinds) / sizeof(kinds[0]) ? (size_t)ev->kind : 0;

	hms_pg_a_uuid(columns[DEVICE], f->id.b);
	hms_pg_a_uuid(columns[ID], ev->file_id.data);
	hms_pg_a_text(columns[TENANT], hms_str(ev->tenant));
	hms_pg_a_text(columns[KIND], hms_str(kinds[kind] ? kinds[kind] : "other"));
	hms_pg_a_text(columns[NAME], hms_str(ev->name));
	hms_pg_a_int8(columns[SIZE], (int64_t)ev->size);
	hms_pg_a_bytea(columns[SHA256], bytes_of(ev->sha256));
	hms_pg_a_time_us(columns[RECEIVED], ev->recv_us);
	if (ev->command_id)
		hms_pg_a_int8(columns[COMMAND], (int64_t)ev->command_id);
	else
		hms_pg_a_null(columns[COMMAND]);
	hms_pg_a_bytea(columns[BODY], has_body ? bytes_of(ev->body) : (struct hms_str){ 0 });
	hms_pg_a_text(columns[REF], ev->content_case == HMS__FILE_EVENT__CONTENT_REF ? hms_str(ev->ref) : (struct hms_str){ 0 });
	add_note(columns[NOTE], f->notes);
}

void pmi_uploads(struct pmi_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *columns[COLUMNS];

	if (!b->files)
		return;
	for (int i = 0; i < COLUMNS; i++)
		columns[i] = hms_pg_array_new(pg, types[i]);
	pmi_each_file(b, f) add_row(columns, f);
	hms_pg_stmt_begin(pg, &write_uploads, NULL, NULL);
	for (int i = 0; i < COLUMNS; i++)
		hms_pg_p_array(pg, columns[i]);
}
