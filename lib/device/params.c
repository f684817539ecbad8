/* The parameter document, read: format byte, length, then zlib over entries of varints. */
#include "hms/device/params.h"

#include <zlib.h>

#include "hms/base/err.h"

static bool get_varint(struct hms_str *in, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; in->len && shift < 64; shift += 7) {
		uint8_t byte = (uint8_t)*in->p;

		in->p++;
		in->len--;
		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool read_entry(struct hms_str *in, struct hms_param_entry *e)
{
	uint64_t v;

	if (!get_varint(in, &v))
		return false;
	e->path_id = (uint32_t)v;
	if (!get_varint(in, &v) || v > HMS_PARAM_INSTANCES_MAX)
		return false;
	e->instance_count = (unsigned)v;
	for (unsigned i = 0; i < e->instance_count; i++) {
		if (!get_varint(in, &v))
			return false;
		e->instances[i] = (uint32_t)v;
	}
	if (!in->len)
		return false;
	e->source = *in->p;
	in->p++;
	in->len--;
	if (!get_varint(in, &v))
		return false;
	e->at_s = (int64_t)v;
	if (!get_varint(in, &v) || v > in->len)
		return false;
	e->value = hms_strn(in->p, v);
	in->p += v;
	in->len -= v;
	return true;
}

static int unpack(struct hms_arena *arena, struct hms_str doc, struct hms_str *plain)
{
	uint64_t len;
	uLongf got;
	char *bytes;

	*plain = HMS_STR("");
	if (!doc.len)
		return 0;
	if (doc.p[0] != HMS_PARAMS_FORMAT)
		return HMS_ESYNTAX;
	doc.p++;
	doc.len--;
	if (!get_varint(&doc, &len) || len > HMS_PARAMS_DOC_MAX_BYTES)
		return HMS_ESYNTAX;
	bytes = hms_arena_alloc(arena, len + 1);
	if (!bytes)
		return HMS_ENOMEM;
	got = len;
	if (uncompress((Bytef *)bytes, &got, (const Bytef *)doc.p, doc.len) != Z_OK || got != len)
		return HMS_ESYNTAX;
	*plain = hms_strn(bytes, len);
	return 0;
}

int hms_params_each(struct hms_arena *arena, struct hms_str doc, int (*fn)(const struct hms_param_entry *entry, void *arg), void *arg)
{
	struct hms_str plain;
	int rc = unpack(arena, doc, &plain);

	while (!rc && plain.len) {
		struct hms_param_entry e;

		if (!read_entry(&plain, &e))
			return HMS_ESYNTAX;
		rc = fn(&e, arg);
	}
	return rc;
}

int hms_param_path(const struct hms_param_entry *entry, struct hms_str pattern, struct hms_buf *out)
{
	struct hms_str rest = pattern;
	unsigned used = 0;

	while (rest.p) {
		struct hms_str part = hms_str_split(&rest, '.');

		if (hms_str_eqz(part, "{i}")) {
			if (used == entry->instance_count)
				return HMS_ESYNTAX;
			hms_buf_u64(out, entry->instances[used++]);
		} else {
			hms_buf_str(out, part);
		}
		if (rest.p)
			hms_buf_char(out, '.');
	}
	if (used != entry->instance_count)
		return HMS_ESYNTAX;
	return out->failed;
}
