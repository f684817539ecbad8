/* Values that devices are found by. */
#include "search.h"

#include <stdlib.h>

#include "dict.h"
#include "hms/base/map.h"

#define PATTERNS_MAX_BYTES (256 * 1024)

struct path {
	struct hms_str pattern;
	uint32_t id; /* 0: not known yet */
};

struct prov_search {
	struct hms_arena *arena;
	struct path paths[PROV_SEARCH_PATHS_MAX];
	size_t count;
	int32_t choice;
};

static const struct hms_pg_stmt forget_attrs = { "forget_attrs", "delete from device_attr where device_id = any($1)" };
static const struct hms_pg_stmt delete_attrs = {
	"delete_attrs",
	"delete from device_attr where (device_id, path_id, value) in (select * from unnest($1::uuid[], $2::int4[], $3::text[]))"
};
static const struct hms_pg_stmt insert_attrs = { "insert_attrs",
						 "insert into device_attr (device_id, path_id, value)"
						 " select * from unnest($1::uuid[], $2::int4[], $3::text[]) on conflict do nothing" };
static const struct hms_pg_stmt note_choice = { "note_choice", "update device_param set choice = $2 where device_id = any($1)" };

/* ---------------------------------------------------------------- the choice */

static int add_pattern(struct prov_search *s, struct hms_str path, struct hms_err *err)
{
	uint32_t instances[HMS_PARAM_INSTANCES_MAX];
	struct hms_str pattern;
	int n = prov_path_split(s->arena, path, &pattern, instances);

	if (n < 0)
		return hms_err_set(err, n, "%.*s: %s", HMS_STR_FMT(path), hms_strerror(n));
	for (size_t i = 0; i < s->count; i++)
		if (hms_str_eq(s->paths[i].pattern, pattern))
			return 0;
	if (s->count == PROV_SEARCH_PATHS_MAX)
		return hms_err_set(err, HMS_EFULL, "more than %d different paths", PROV_SEARCH_PATHS_MAX);
	s->paths[s->count++].pattern = pattern;
	return 0;
}

/* A logical name stands for its path in each of the maps. */
static int add_name(struct prov_search *s, const struct hms_models *models, struct hms_str name, struct hms_err *err)
{
	const char *text = hms_arena_strz(s->arena, name);
	const struct hms_model *model;
	bool known = false;
	int rc = 0;

	for (size_t i = 0; text && !rc && (model = hms_models_at(models, i)); i++) {
		int type = HMS_XSD_OTHER;
		struct hms_str path = hms_model_path(model, s->arena, text, 1, &type);

		if (!path.p || type == HMS_XSD_OTHER)
			continue;
		known = true;
		rc = add_pattern(s, path, err);
	}
	if (rc || known || !text)
		return text ? rc : HMS_ENOMEM;
	if (!hms_str_starts(name, HMS_STR("Device.")) && !hms_str_starts(name, HMS_STR("InternetGatewayDevice.")))
		return hms_err_set(err, HMS_EINVAL, "%.*s is neither a logical name of a data-model map nor a path", HMS_STR_FMT(name));
	if (hms_str_ends(name, HMS_STR(".")))
		return hms_err_set(err, HMS_EINVAL, "%.*s is an object: only parameters have a value", HMS_STR_FMT(name));
	return add_pattern(s, name, err);
}

static int32_t digest(const struct prov_search *s)
{
	uint64_t hash = 1;

	for (size_t i = 0; i < s->count; i++)
		hash = hms_hash_stable(hash, s->paths[i].pattern.p, s->paths[i].pattern.len);
	hash = (hash ^ hash >> 32) & INT32_MAX;
	return hash ? (int32_t)hash : 1;
}

int prov_search_new(const struct hms_models *models, const char *names, struct prov_search **out, struct hms_err *err)
{
	struct prov_search *s = calloc(1, sizeof(*s));
	int rc = 0;

	if (s)
		s->arena = hms_arena_new(PATTERNS_MAX_BYTES);
	if (!s || !s->arena)
		rc = HMS_ENOMEM;
	while (!rc && names[strspn(names, " ,\t\n")]) {
		size_t len;

		names += strspn(names, " ,\t\n");
		len = strcspn(names, " ,\t\n");
		rc = add_name(s, models, hms_strn(names, len), err);
		names += len;
	}
	if (rc == HMS_ENOMEM)
		hms_err_set(err, rc, "out of memory");
	if (rc)
		prov_search_free(&s);
	else
		s->choice = digest(s);
	*out = s;
	return rc;
}

void prov_search_free(struct prov_search **search)
{
	if (*search)
		hms_arena_free(&(*search)->arena);
	free(*search);
	*search = NULL;
}

int32_t prov_search_choice(const struct prov_search *search) { return search->choice; }

void prov_search_want(const struct prov_search *search, struct hms_pg_dict *dict)
{
	for (size_t i = 0; i < search->count; i++)
		if (!search->paths[i].id && !hms_pg_dict_id(dict, search->paths[i].pattern))
			hms_pg_dict_want(dict, search->paths[i].pattern);
}

bool prov_search_learnt(struct prov_search *search, const struct hms_pg_dict *dict)
{
	bool all = true;

	for (size_t i = 0; i < search->count; i++) {
		struct path *p = &search->paths[i];

		if (!p->id)
			p->id = hms_pg_dict_id(dict, p->pattern);
		all &= p->id != 0;
	}
	return all;
}

/* ---------------------------------------------------------------- values */

static struct hms_str cut(struct hms_str value)
{
	size_t len = value.len < PROV_SEARCH_VALUE_BYTES ? value.len : PROV_SEARCH_VALUE_BYTES;

	while (len < value.len && len && ((unsigned char)value.p[len] & 0xc0) == 0x80) /* within a character */
		len--;
	return hms_strn(value.p, len);
}

int prov_search_take(const struct prov_search *search, struct hms_arena *arena, struct prov_found *found, const struct hms_param_entry *e)
{
	for (size_t i = 0; i < search->count; i++) {
		struct prov_found_value *v;

		if (search->paths[i].id != e->path_id || !e->value.len || found->count == PROV_SEARCH_VALUES_MAX)
			continue;
		v = hms_arena_alloc(arena, sizeof(*v));
		if (!v)
			return HMS_ENOMEM;
		*v = (struct prov_found_value){ e->path_id, cut(e->value) };
		return prov_push(arena, (void ***)&found->list, &found->count, &found->room, v);
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const struct prov_found_value *const *x = a, *const *y = b;

	if ((*x)->path_id != (*y)->path_id)
		return (*x)->path_id < (*y)->path_id ? -1 : 1;
	return hms_str_cmp((*x)->value, (*y)->value);
}

/* In order, each once: instances may have the same value. */
static void sort(struct prov_found *f)
{
	size_t n = 0;

	if (!f->count)
		return;
	qsort(f->list, f->count, sizeof(*f->list), by_value);
	for (size_t i = 1; i < f->count; i++)
		if (by_value(&f->list[i], &f->list[n]))
			f->list[++n] = f->list[i];
	f->count = n + 1;
}

/* ---------------------------------------------------------------- rows */

struct rows {
	struct hms_pg_array *device, *path, *value;
};

static struct rows rows_new(struct hms_pg_batch *pg)
{
	return (struct rows){ hms_pg_array_new(pg, HMS_PG_UUID), hms_pg_array_new(pg, HMS_PG_INT4), hms_pg_array_new(pg, HMS_PG_TEXT) };
}

static void add_row(const struct rows *rows, const struct prov_device *d, const struct prov_found_value *v)
{
	hms_pg_a_uuid(rows->device, d->id.b);
	hms_pg_a_int4(rows->path, (int32_t)v->path_id);
	hms_pg_a_text(rows->value, v->value);
}

static void send_rows(struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, const struct rows *rows)
{
	if (!hms_pg_array_count(rows->device))
		return;
	hms_pg_stmt_begin(pg, stmt, NULL, NULL);
	hms_pg_p_array(pg, rows->device);
	hms_pg_p_array(pg, rows->path);
	hms_pg_p_array(pg, rows->value);
}

/* Only what differs. */
static void compare(const struct prov_device *d, const struct rows *gone, const struct rows *more)
{
	const struct prov_found *was = &d->found_was, *is = &d->found;
	size_t i = 0, k = 0;

	while (i < was->count || k < is->count) {
		int order = i == was->count ? 1 : k == is->count ? -1 : by_value(&was->list[i], &is->list[k]);

		if (order < 0)
			add_row(gone, d, was->list[i]);
		if (order > 0)
			add_row(more, d, is->list[k]);
		i += order <= 0;
		k += order >= 0;
	}
}

struct taking {
	const struct prov_search *search;
	struct hms_arena *arena;
	struct prov_device *d;
};

static int take_stored(const struct hms_param_entry *e, void *arg)
{
	struct taking *t = arg;

	return prov_search_take(t->search, t->arena, &t->d->found, e);
}

int prov_search_write(struct prov_search *search, struct hms_arena *arena, struct hms_pg_batch *pg, struct prov_device *const *devices,
		      size_t count)
{
	struct rows gone = rows_new(pg), more = rows_new(pg);
	struct hms_pg_array *anew = hms_pg_array_new(pg, HMS_PG_UUID), *noted = hms_pg_array_new(pg, HMS_PG_UUID);

	for (size_t i = 0; i < count; i++) {
		struct prov_device *d = devices[i];
		bool other = d->choice != search->choice;
		struct taking t = { search, arena, d };

		if (!d->doc_dirty && (!d->doc.p || !other))
			continue;
		if (!d->doc_dirty && hms_params_each(arena, d->doc, take_stored, &t) == HMS_ENOMEM)
			return HMS_ENOMEM;
		if (other) {
			d->found_was.count = 0;
			hms_pg_a_uuid(anew, d->id.b);
		}
		if (other && !d->doc_dirty)
			hms_pg_a_uuid(noted, d->id.b);
		d->choice = search->choice;
		sort(&d->found_was);
		sort(&d->found);
		compare(d, &gone, &more);
	}
	if (hms_pg_array_count(anew)) {
		hms_pg_stmt_begin(pg, &forget_attrs, NULL, NULL);
		hms_pg_p_array(pg, anew);
	}
	send_rows(pg, &delete_attrs, &gone);
	send_rows(pg, &insert_attrs, &more);
	if (hms_pg_array_count(noted)) {
		hms_pg_stmt_begin(pg, &note_choice, NULL, NULL);
		hms_pg_p_array(pg, noted);
		hms_pg_p_int4(pg, search->choice);
	}
	return 0;
}
