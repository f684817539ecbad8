/* One-dimensional arrays in PostgreSQL's binary format: dimensions, flag for nulls, element type, count, lower bound, then
 * length and bytes of each element. */
#include "internal.h"

#include <stdlib.h>

enum { ARRAY_HEADER_BYTES = 20 };

static const struct {
	unsigned element, array;
} array_oids[] = {
	{ HMS_PG_BOOL, 1000 },	      { HMS_PG_BYTEA, 1001 }, { HMS_PG_INT8, 1016 },  { HMS_PG_INT2, 1005 },
	{ HMS_PG_INT4, 1007 },	      { HMS_PG_TEXT, 1009 },  { HMS_PG_JSON, 199 },   { HMS_PG_FLOAT8, 1022 },
	{ HMS_PG_TIMESTAMPTZ, 1185 }, { HMS_PG_UUID, 2951 },  { HMS_PG_JSONB, 3807 },
};

static struct hms_pg_array *array_make(struct hms_pg_batch *b, unsigned element_oid)
{
	struct hms_pg_array *a = calloc(1, sizeof(*a));

	if (!a) {
		b->failed = HMS_ENOMEM;
		return NULL;
	}
	a->batch = b;
	a->element_oid = element_oid;
	hms_buf_init(&a->data, (size_t)b->pg->conf.batch_max_bytes);
	a->next = b->arrays;
	b->arrays = a;
	return a;
}

struct hms_pg_array *hms_pg_array_new(struct hms_pg_batch *b, unsigned element_oid)
{
	struct hms_pg_array *a = array_make(b, element_oid);

	if (a) {
		hms_buf_add(&a->data, (const char[ARRAY_HEADER_BYTES]){ 0 }, ARRAY_HEADER_BYTES);
	}
	return a;
}

struct hms_pg_array *pg_array_rows(struct hms_pg_batch *b) { return array_make(b, HMS_PG_JSONB); }

size_t hms_pg_array_count(const struct hms_pg_array *a) { return a ? a->count : 0; }

unsigned pg_array_finish(struct hms_pg_array *a)
{
	const uint32_t header[] = { 1, a->has_null, a->element_oid, (uint32_t)a->count, 1 };

	for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++) {
		pg_put_be32(a->data.p + i * sizeof(header[0]), header[i]);
	}
	if (!a->count) {
		/* An empty array has no dimension. */
		pg_put_be32(a->data.p, 0);
		a->data.len = 3 * sizeof(header[0]);
	}
	for (size_t i = 0; i < sizeof(array_oids) / sizeof(array_oids[0]); i++) {
		if (array_oids[i].element == a->element_oid) {
			return array_oids[i].array;
		}
	}
	return 0;
}

/* False when there is no array to write to. */
static bool array_element(struct hms_pg_array *a, size_t bytes)
{
	if (!a) {
		return false;
	}
	a->count++;
	hms_buf_be32(&a->data, (uint32_t)bytes);
	return true;
}

void hms_pg_a_null(struct hms_pg_array *a)
{
	if (array_element(a, (size_t)PG_PARAM_NULL)) {
		a->has_null = true;
	}
}

void hms_pg_a_bool(struct hms_pg_array *a, bool v)
{
	if (array_element(a, 1)) {
		hms_buf_char(&a->data, v);
	}
}

void hms_pg_a_int2(struct hms_pg_array *a, int16_t v)
{
	if (array_element(a, sizeof(v))) {
		hms_buf_be16(&a->data, (uint16_t)v);
	}
}

void hms_pg_a_int4(struct hms_pg_array *a, int32_t v)
{
	if (array_element(a, sizeof(v))) {
		hms_buf_be32(&a->data, (uint32_t)v);
	}
}

void hms_pg_a_int8(struct hms_pg_array *a, int64_t v)
{
	if (array_element(a, sizeof(v))) {
		hms_buf_be64(&a->data, (uint64_t)v);
	}
}

void hms_pg_a_float8(struct hms_pg_array *a, double v)
{
	uint64_t bits;

	if (array_element(a, sizeof(v))) {
		memcpy(&bits, &v, sizeof(bits));
		hms_buf_be64(&a->data, bits);
	}
}

static void array_bytes(struct hms_pg_array *a, struct hms_str v)
{
	if (!v.p) {
		hms_pg_a_null(a);
	} else if (array_element(a, v.len)) {
		hms_buf_str(&a->data, v);
	}
}

void hms_pg_a_text(struct hms_pg_array *a, struct hms_str v) { array_bytes(a, v); }

void hms_pg_a_bytea(struct hms_pg_array *a, struct hms_str v) { array_bytes(a, v); }

void hms_pg_a_json(struct hms_pg_array *a, struct hms_str v)
{
	if (!v.p || !a || a->element_oid != HMS_PG_JSONB) {
		array_bytes(a, v);
	} else if (array_element(a, v.len + 1)) {
		hms_buf_char(&a->data, PG_JSONB_VERSION);
		hms_buf_str(&a->data, v);
	}
}

void hms_pg_a_uuid(struct hms_pg_array *a, const uint8_t id[16]) { array_bytes(a, hms_strn((const char *)id, 16)); }

void hms_pg_a_time_us(struct hms_pg_array *a, int64_t wall_us) { hms_pg_a_int8(a, wall_us - PG_EPOCH_US); }
