/* Building a batch: statements and their parameters, in PostgreSQL's binary formats. */
#include "internal.h"

#include <stdlib.h>
#include <strings.h>

#include "hms/base/clock.h"

struct hms_pg_batch *hms_pg_batch_new(struct hms_pg *pg)
{
	struct hms_pg_batch *batch = calloc(1, sizeof(*batch));

	if (batch) {
		hms_list_init(&batch->node);
		batch->pg = pg;
		hms_buf_init(&batch->data, (size_t)pg->conf.batch_max_bytes);
	}
	return batch;
}

void pg_batch_drop_params(struct hms_pg_batch *b)
{
	while (b->arrays) {
		struct hms_pg_array *array = b->arrays;

		b->arrays = array->next;
		hms_buf_fini(&array->data);
		free(array);
	}
	hms_buf_fini(&b->data);
	free(b->params);
	b->params = NULL;
}

void hms_pg_batch_free(struct hms_pg_batch **batch)
{
	struct hms_pg_batch *b = *batch;

	*batch = NULL;
	if (!b) {
		return;
	}
	pg_batch_drop_params(b);
	free(b->uses);
	free((char *)b->error.text);
	free(b);
}

/* Room for one more item in a growing array. */
static void *batch_grow(struct hms_pg_batch *b, void *items, size_t count, size_t *size, size_t item_bytes, size_t max)
{
	size_t grown = *size ? *size * 2 : 8;
	void *p;

	if (count < *size) {
		return items;
	}
	if (count >= max) {
		b->failed = HMS_EFULL;
		return NULL;
	}
	p = realloc(items, grown * item_bytes);
	if (!p) {
		b->failed = HMS_ENOMEM;
		return NULL;
	}
	*size = grown;
	return p;
}

static enum pg_kind stmt_kind(const char *sql)
{
	static const struct {
		const char *word;
		enum pg_kind kind;
	} words[] = {
		{ "begin", PG_KIND_BEGIN }, { "start", PG_KIND_BEGIN },	      { "commit", PG_KIND_COMMIT },
		{ "end", PG_KIND_COMMIT },  { "rollback", PG_KIND_ROLLBACK }, { "abort", PG_KIND_ROLLBACK },
	};

	sql += strspn(sql, " \t\n");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (strncasecmp(sql, words[i].word, len) == 0 && strchr(" \t\n;", sql[len])) {
			return words[i].kind;
		}
	}
	return PG_KIND_OTHER;
}

void hms_pg_stmt_begin(struct hms_pg_batch *b, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb, void *arg)
{
	struct pg_use *uses = batch_grow(b, b->uses, b->use_count, &b->use_size, sizeof(*uses), PG_STATEMENTS_MAX);

	if (!uses) {
		return;
	}
	b->uses = uses;
	uses[b->use_count++] = (struct pg_use){
		.stmt = stmt,
		.cb = cb,
		.arg = arg,
		.first_param = b->param_count,
		.kind = stmt_kind(stmt->sql),
	};
}

static void batch_param(struct hms_pg_batch *b, struct pg_param param)
{
	struct pg_param *params;
	struct pg_use *use;

	if (b->failed || !b->use_count) {
		b->failed = b->failed ? b->failed : HMS_EINVAL;
		return;
	}
	use = &b->uses[b->use_count - 1];
	if (use->param_count == PG_PARAMS_MAX) {
		b->failed = HMS_EFULL;
		return;
	}
	params = batch_grow(b, b->params, b->param_count, &b->param_size, sizeof(*params), SIZE_MAX / sizeof(*params));
	if (!params) {
		return;
	}
	b->params = params;
	params[b->param_count++] = param;
	use->param_count++;
}

/* The parameter that was written to `data` from offset on. */
static void batch_data_param(struct hms_pg_batch *b, unsigned oid, size_t offset)
{
	if (b->data.failed) {
		b->failed = b->data.failed;
		return;
	}
	batch_param(b, (struct pg_param){ .oid = oid, .len = (int)(b->data.len - offset), .offset = offset });
}

void hms_pg_p_null(struct hms_pg_batch *b, unsigned oid) { batch_param(b, (struct pg_param){ .oid = oid, .len = PG_PARAM_NULL }); }

void hms_pg_p_bool(struct hms_pg_batch *b, bool v)
{
	size_t offset = b->data.len;

	hms_buf_char(&b->data, v);
	batch_data_param(b, HMS_PG_BOOL, offset);
}

void hms_pg_p_int2(struct hms_pg_batch *b, int16_t v)
{
	size_t offset = b->data.len;

	hms_buf_be16(&b->data, (uint16_t)v);
	batch_data_param(b, HMS_PG_INT2, offset);
}

void hms_pg_p_int4(struct hms_pg_batch *b, int32_t v)
{
	size_t offset = b->data.len;

	hms_buf_be32(&b->data, (uint32_t)v);
	batch_data_param(b, HMS_PG_INT4, offset);
}

void hms_pg_p_int8(struct hms_pg_batch *b, int64_t v)
{
	size_t offset = b->data.len;

	hms_buf_be64(&b->data, (uint64_t)v);
	batch_data_param(b, HMS_PG_INT8, offset);
}

static void batch_bytes(struct hms_pg_batch *b, unsigned oid, struct hms_str v)
{
	size_t offset = b->data.len;

	if (!v.p) {
		hms_pg_p_null(b, oid);
		return;
	}
	hms_buf_str(&b->data, v);
	batch_data_param(b, oid, offset);
}

void hms_pg_p_text(struct hms_pg_batch *b, struct hms_str v) { batch_bytes(b, HMS_PG_TEXT, v); }

void hms_pg_p_bytea(struct hms_pg_batch *b, struct hms_str v) { batch_bytes(b, HMS_PG_BYTEA, v); }

void hms_pg_p_uuid(struct hms_pg_batch *b, const uint8_t id[16]) { batch_bytes(b, HMS_PG_UUID, hms_strn((const char *)id, 16)); }

void hms_pg_p_json(struct hms_pg_batch *b, struct hms_str v)
{
	size_t offset = b->data.len;

	if (!v.p) {
		hms_pg_p_null(b, HMS_PG_JSONB);
		return;
	}
	hms_buf_char(&b->data, PG_JSONB_VERSION);
	hms_buf_str(&b->data, v);
	batch_data_param(b, HMS_PG_JSONB, offset);
}

void hms_pg_p_time_us(struct hms_pg_batch *b, int64_t wall_us)
{
	size_t offset = b->data.len;

	hms_buf_be64(&b->data, (uint64_t)(wall_us - PG_EPOCH_US));
	batch_data_param(b, HMS_PG_TIMESTAMPTZ, offset);
}

void hms_pg_p_array(struct hms_pg_batch *b, struct hms_pg_array *a)
{
	if (!a || a->data.failed) {
		b->failed = a ? a->data.failed : HMS_ENOMEM;
		return;
	}
	batch_param(b, (struct pg_param){ .oid = pg_array_finish(a), .len = (int)a->data.len, .array = a });
}

struct hms_pg_array *hms_pg_copy_begin(struct hms_pg_batch *b, const struct hms_pg_stmt *stmt)
{
	size_t count = b->use_count;
	struct hms_pg_array *rows = pg_array_rows(b);

	if (!rows || !count) {
		b->failed = rows ? HMS_EINVAL : HMS_ENOMEM;
		return NULL;
	}
	hms_pg_stmt_begin(b, stmt, NULL, NULL);
	if (b->use_count == count) {
		return NULL;
	}
	b->uses[count].copy = rows;
	return rows;
}

void hms_pg_copy_row(struct hms_pg_array *rows, uint16_t columns)
{
	if (rows) {
		rows->count++;
		hms_buf_be16(&rows->data, columns);
	}
}

/* Rows that did not fit. */
static int batch_copies(const struct hms_pg_batch *b)
{
	for (size_t i = 0; i < b->use_count; i++) {
		if (b->uses[i].copy && b->uses[i].copy->data.failed) {
			return b->uses[i].copy->data.failed;
		}
	}
	return 0;
}

void hms_pg_batch_send(struct hms_pg_batch *batch, hms_pg_done_cb *done, void *arg)
{
	struct hms_pg *pg = batch->pg;
	int code = batch->failed ? batch->failed : batch_copies(batch);

	batch->done = done;
	batch->arg = arg;
	batch->sent_us = hms_mono_us();
	if (!code && pg->state != PG_UP) {
		code = HMS_EUNAVAIL;
	}
	if (!code && pg->batches >= (size_t)pg->conf.batches_max) {
		code = HMS_EFULL;
	}
	if (code) {
		pg_batch_fail(batch, code, hms_strerror(code));
		pg_fail_later(pg, batch);
		return;
	}
	pg_accept(pg, batch);
	pg_submit(pg);
}
