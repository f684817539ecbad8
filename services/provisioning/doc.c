/* The parameter document, written (lib/device reads it): format byte, length, then zlib over entries of varints. */
#include "doc.h"

#include <zlib.h>

#include "hms/base/map.h"

#define KEY_MAX 128
/* All values of one device together: every new report unpacks and packs all of them, while other devices wait. */
#define VALUES_MAX_BYTES (8u * 1024 * 1024)

static void put_varint(struct hms_buf *out, uint64_t v)
{
	while (v >= 0x80) {
		hms_buf_char(out, (char)(v | 0x80));
		v >>= 7;
	}
	hms_buf_char(out, (char)v);
}

/* Identity of an entry: path id and instances. Returns its length. */
static size_t entry_key(const struct hms_param_entry *e, char key[KEY_MAX])
{
	size_t n = sizeof(e->path_id) + e->instance_count * sizeof(e->instances[0]);

	memcpy(key, &e->path_id, sizeof(e->path_id));
	memcpy(key + sizeof(e->path_id), e->instances, e->instance_count * sizeof(e->instances[0]));
	return n;
}

static void write_entry(struct hms_buf *out, const struct hms_param_entry *e)
{
	put_varint(out, e->path_id);
	put_varint(out, e->instance_count);
	for (unsigned i = 0; i < e->instance_count; i++)
		put_varint(out, e->instances[i]);
	hms_buf_char(out, e->source);
	put_varint(out, (uint64_t)e->at_s);
	put_varint(out, e->value.len);
	hms_buf_str(out, e->value);
}

static int pack(struct hms_arena *arena, struct hms_str plain, struct hms_str *doc)
{
	struct hms_buf out = HMS_BUF_INIT(HMS_PARAMS_DOC_MAX_BYTES);
	uLongf size = compressBound(plain.len);
	int rc;

	hms_buf_char(&out, HMS_PARAMS_FORMAT);
	put_varint(&out, plain.len);
	rc = hms_buf_reserve(&out, size);
	if (!rc && compress2((Bytef *)out.p + out.len, &size, (const Bytef *)plain.p, plain.len, 1) != Z_OK)
		rc = HMS_ENOMEM;
	if (!rc) {
		*doc = hms_arena_str(arena, hms_strn(out.p, out.len + size));
		rc = doc->p ? 0 : HMS_ENOMEM;
	}
	hms_buf_fini(&out);
	return rc;
}

/* ---------------------------------------------------------------- merging */

struct merge {
	struct hms_pg_dict *dict;
	const struct prov_search *search;
	struct prov_device *d;
	struct hms_arena *arena;
	struct hms_map *by_key;
	struct hms_param_entry **entries;
	size_t count, room, max, value_bytes;
	int dropped;
};

static int keep(struct merge *m, const struct hms_param_entry *e)
{
	char key[KEY_MAX];
	size_t len = entry_key(e, key);
	struct hms_param_entry *old = hms_map_get(m->by_key, key, len);
	size_t others = m->value_bytes - (old ? old->value.len : 0);

	if ((!old && m->count == m->max) || e->value.len > VALUES_MAX_BYTES - others) {
		m->dropped++;
		return 0;
	}
	m->value_bytes = others + e->value.len;
	if (old) {
		*old = *e;
		return 0;
	}
	old = hms_arena_alloc(m->arena, sizeof(*old));
	if (!old)
		return HMS_ENOMEM;
	*old = *e;
	if (prov_push(m->arena, (void ***)&m->entries, &m->count, &m->room, old))
		return HMS_ENOMEM;
	return hms_map_put(m->by_key, key, len, old);
}

static int keep_old(const struct hms_param_entry *e, void *arg)
{
	struct merge *m = arg;

	return m->search && prov_search_take(m->search, m->arena, &m->d->found_was, e) ? HMS_ENOMEM : keep(m, e);
}

static int keep_param(struct merge *m, const struct prov_report *r, const Hms__Param *p)
{
	struct hms_param_entry e = { .source = r->source, .at_s = r->at_us / 1000000, .value = hms_str(p->value) };
	struct hms_str pattern;
	int n = prov_path_split(m->arena, hms_str(p->name), &pattern, e.instances);

	if (n == HMS_ENOMEM)
		return n;
	if (n >= 0)
		e.path_id = hms_pg_dict_id(m->dict, pattern);
	if (n < 0 || !e.path_id) {
		m->dropped++;
		return 0;
	}
	e.instance_count = (unsigned)n;
	return keep(m, &e);
}

static int merge_all(struct merge *m, struct prov_device *d)
{
	int rc = hms_params_each(m->arena, d->doc, keep_old, m);

	if (rc == HMS_ENOMEM)
		return rc;
	if (rc)
		d->choice = 0; /* what has been found in it is not known */
	for (const struct prov_report *r = d->reports; r; r = r->next)
		for (size_t i = 0; i < r->count; i++)
			if ((rc = keep_param(m, r, r->params[i])))
				return rc;
	return 0;
}

int prov_doc_merge(struct hms_pg_dict *dict, const struct prov_search *search, struct hms_arena *arena, struct prov_device *d,
		   size_t params_max)
{
	struct merge m = { .dict = dict, .search = search, .d = d, .arena = arena, .by_key = hms_map_new(params_max), .max = params_max };
	struct hms_buf plain = HMS_BUF_INIT(HMS_PARAMS_DOC_MAX_BYTES);
	int rc = m.by_key ? merge_all(&m, d) : HMS_ENOMEM;

	for (size_t i = 0; !rc && i < m.count; i++) {
		write_entry(&plain, m.entries[i]);
		rc = search ? prov_search_take(search, arena, &d->found, m.entries[i]) : 0;
	}
	if (!rc && plain.failed)
		rc = HMS_ENOMEM;
	if (!rc)
		rc = pack(arena, hms_buf_view(&plain), &d->new_doc);
	d->doc_dirty = !rc && m.count;
	hms_buf_fini(&plain);
	hms_map_free(&m.by_key);
	return rc ? rc : m.dropped;
}

void prov_doc_want(struct hms_pg_dict *dict, struct hms_arena *arena, const struct prov_device *d)
{
	for (const struct prov_report *r = d->reports; r; r = r->next)
		for (size_t i = 0; i < r->count; i++) {
			uint32_t instances[HMS_PARAM_INSTANCES_MAX];
			struct hms_str pattern;

			if (prov_path_split(arena, hms_str(r->params[i]->name), &pattern, instances) >= 0 && !hms_pg_dict_id(dict, pattern))
				hms_pg_dict_want(dict, pattern);
		}
}
