/* Profiles merged: the first that says something of a parameter counts. */
#include "merge.h"

#include <stdlib.h>

#include "hms/base/encode.h"
#include "hms/base/map.h"
#include "hms/desired/value.h"
#include "hms/device/identity.h"

/* ---------------------------------------------------------------- paths */

struct hms_str merge_path(const struct merge *m, const char *name, int *type)
{
	struct hms_str path = { NULL, 0 };

	if (profile_is_path(name)) {
		if (!m->in->model || hms_model_has_root(m->in->model, hms_str(name)))
			path = hms_model_fill(m->arena, name, HMS_MODEL_FAP, m->in->fap);
	} else if (m->in->model) {
		path = hms_model_path(m->in->model, m->arena, name, m->in->fap, type);
	}
	if (path.p && strstr(path.p, HMS_MODEL_PM))
		return m->in->pm > 0 ? hms_model_fill(m->arena, path.p, HMS_MODEL_PM, m->in->pm) : (struct hms_str){ NULL, 0 };
	return path;
}

int merge_missing(struct merge *m, const struct hms_profile *p, const char *name)
{
	size_t n = m->out->missing_count;
	struct hms_desired_missing *list = hms_arena_grow(m->arena, m->out->missing, n * sizeof(*list), (n + 1) * sizeof(*list));

	if (!list)
		return hms_err_set(m->err, HMS_ENOMEM, "out of memory");
	list[n] = (struct hms_desired_missing){ name, p };
	m->out->missing = list;
	m->out->missing_count++;
	return 0;
}

/* ---------------------------------------------------------------- placeholders */

struct filling {
	const struct merge *m;
	const struct hms_profile *profile;
};

static int fill_username(const struct filling *f, struct hms_str *out, struct hms_err *err)
{
	const struct hms_device_facts *facts = f->m->in->facts;
	char text[1024];
	int n = hms_device_username(facts->oui, facts->product_class, facts->serial, text, sizeof(text));

	if (n < 0)
		return hms_err_set(err, n, "{device.username}: %s", hms_strerror(n));
	*out = hms_arena_str(f->m->arena, hms_strn(text, (size_t)n));
	return 0;
}

static int fill_fact(const struct filling *f, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	static const struct {
		const char *name;
		size_t offset;
	} facts[] = {
#define FACT(name, placeholder, selector) { #name, offsetof(struct hms_device_facts, name) },
#include "hms/desired/facts.def"
#undef FACT
	};

	if (hms_str_eqz(name, "username"))
		return fill_username(f, out, err);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (!hms_str_eqz(name, facts[i].name))
			continue;
		*out = *(const struct hms_str *)((const char *)f->m->in->facts + facts[i].offset);
		if (out->len || hms_str_eqz(name, "product_class")) /* which may be empty (TR-069 3.4.4) */
			return 0;
		return hms_err_set(err, HMS_ENOENT, "the device has no %s, which {device.%s} stands for", facts[i].name, facts[i].name);
	}
	return hms_err_set(err, HMS_ENOENT, "there is no placeholder {device.%.*s}", HMS_STR_FMT(name));
}

static int fill(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	static const struct hms_str device = HMS_STR("device.");
	const struct filling *f = arg;
	const char *own;
	int rc;

	if (hms_str_starts(name, device))
		return fill_fact(f, hms_strn(name.p + device.len, name.len - device.len), out, err);
	rc = f->m->in->fill ? f->m->in->fill(f->m->in->arg, name, out, err) : HMS_ENOENT;
	if (rc != HMS_ENOENT)
		return rc;
	own = hms_profile_value(f->profile, name);
	*out = hms_str(own ? own : "");
	if (own)
		return 0;
	if (f->m->in->fill && err->code) /* it knows why */
		return rc;
	return hms_err_set(err, HMS_ENOENT, "nothing says what {%.*s} is", HMS_STR_FMT(name));
}

/* ---------------------------------------------------------------- values */

int merge_text(struct merge *m, const struct hms_profile *p, const char *name, const struct profile_value *given, int model_type,
	       struct hms_desired_value *out)
{
	struct filling filling = { m, p };
	int rc = 0;

	out->type = (enum hms_xsd)(given->type == PROFILE_UNSAID ? model_type : given->type);
	out->secret = given->secret;
	out->from = p;
	out->repair = p->repair;
	out->by_file = p->by_file;
	if (!given->text)
		return 0;
	rc = hms_template_expand(m->arena, given->text, fill, &filling, &out->value, m->err);
	if (!rc && !hms_value_fits(out->type, out->value))
		rc = hms_err_set(m->err, HMS_EINVAL, "\"%.*s\" is no value of type %s", HMS_STR_FMT(out->value),
				 strchr(hms_xsd_name(out->type), ':') + 1);
	if (rc)
		return rc == HMS_ENOMEM ? rc : hms_err_prefix(m->err, "profile %.*s: %s", HMS_STR_FMT(p->name), name);
	out->digest = hms_siphash(m->in->digest_key, out->value.p, out->value.len);
	return 0;
}

/* A profile's word about a parameter, before the words of all are put together. */
struct word {
	struct hms_desired_value value;
	size_t order;
};

static int by_path(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int c = hms_str_cmp(x->value.path, y->value.path);

	return c ? c : (x->order > y->order) - (x->order < y->order);
}

static int add_word(struct merge *m, const struct hms_profile *p, const struct profile_param *param, struct word *words, size_t *count)
{
	int type = HMS_XSD_STRING, rc;
	struct hms_desired_value *v = &words[*count].value;

	*v = (struct hms_desired_value){ .path = merge_path(m, param->name, &type), .notify = param->notify };
	if (!v->path.p)
		return merge_missing(m, p, param->name);
	rc = merge_text(m, p, param->name, &param->value, type, v);
	if (rc)
		return rc;
	v->hidden = v->secret || (m->in->model && hms_model_is_hidden(m->in->model, v->path));
	v->last = param->last == PROFILE_UNSAID ? m->in->model && v->value.p && hms_model_is_last(m->in->model, param->name, v->value)
						: param->last;
	words[*count].order = *count;
	(*count)++;
	return 0;
}

/* Value and notification may come from different profiles. */
static void put_together(struct hms_desired *d, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct hms_desired_value *v = &words[i].value;
		struct hms_desired_value *known = d->count ? &d->values[d->count - 1] : NULL;
		int notify;

		if (!known || !hms_str_eq(known->path, v->path)) {
			d->values[d->count++] = *v;
			continue;
		}
		notify = known->notify == HMS_NOTIFY_AS_IT_IS ? v->notify : known->notify;
		if (!known->value.p && v->value.p)
			*known = *v;
		known->notify = notify;
	}
}

static int merge_values(struct merge *m)
{
	size_t most = 0, count = 0;
	struct word *words;
	int rc = 0;

	for (size_t i = 0; i < m->out->profile_count; i++)
		most += m->out->profiles[i]->param_count;
	words = hms_arena_alloc(m->arena, (most + 1) * sizeof(*words));
	m->out->values = hms_arena_alloc(m->arena, (most + 1) * sizeof(*m->out->values));
	if (!words || !m->out->values)
		return hms_err_set(m->err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < m->out->profile_count && !rc; i++)
		for (size_t k = 0; k < m->out->profiles[i]->param_count && !rc; k++)
			rc = add_word(m, m->out->profiles[i], &m->out->profiles[i]->params[k], words, &count);
	qsort(words, count, sizeof(*words), by_path);
	put_together(m->out, words, count);
	return rc;
}

/* ---------------------------------------------------------------- all */

static bool has_read(const struct hms_desired *d, struct hms_str path)
{
	for (size_t i = 0; i < d->read_count; i++)
		if (hms_str_eq(d->reads[i], path))
			return true;
	return false;
}

static int merge_reads(struct merge *m)
{
	size_t most = 0;

	for (size_t i = 0; i < m->out->profile_count; i++)
		most += m->out->profiles[i]->read_count;
	m->out->reads = hms_arena_alloc(m->arena, (most + 1) * sizeof(*m->out->reads));
	if (!m->out->reads)
		return hms_err_set(m->err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < m->out->profile_count; i++)
		for (size_t k = 0; k < m->out->profiles[i]->read_count; k++) {
			struct hms_str path = merge_path(m, m->out->profiles[i]->reads[k], NULL);

			if (path.p && !has_read(m->out, path))
				m->out->reads[m->out->read_count++] = path;
		}
	return 0;
}

static int choose(struct merge *m)
{
	m->out->profiles = hms_arena_alloc(m->arena, (m->in->count + 1) * sizeof(struct hms_profile *));
	if (!m->out->profiles)
		return hms_err_set(m->err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < m->in->count; i++)
		if (hms_profile_sets(m->in->profiles[i]) && hms_profile_selects(m->in->profiles[i], m->in->facts))
			m->out->profiles[m->out->profile_count++] = m->in->profiles[i];
	return 0;
}

int hms_desired_merge(struct hms_arena *arena, const struct hms_desired_input *input, struct hms_desired **out, struct hms_err *err)
{
	struct merge m = { .arena = arena, .in = input, .out = hms_arena_alloc(arena, sizeof(*m.out)), .err = err };
	int rc;

	*out = m.out;
	if (!m.out)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	rc = choose(&m);
	if (rc || !m.out->profile_count)
		return rc;
	rc = merge_values(&m);
	if (!rc)
		rc = merge_objects(&m);
	if (!rc)
		rc = merge_reads(&m);
	m.out->hash = rc ? 0 : merge_hash(m.out);
	return rc;
}

/* ---------------------------------------------------------------- the hash */

static uint64_t add(uint64_t hash, const void *data, size_t len)
{
	uint64_t size = len;

	hash = hms_hash_stable(hash, &size, sizeof(size)); /* so that parts cannot run into each other */
	return hms_hash_stable(hash, data, len);
}

static uint64_t add_value(uint64_t hash, const struct hms_desired_value *v)
{
	int32_t how[] = { (int32_t)v->type, v->notify, v->value.p != NULL };

	hash = add(hash, v->path.p, v->path.len);
	hash = v->hidden ? add(hash, &v->digest, sizeof(v->digest)) : add(hash, v->value.p ? v->value.p : "", v->value.len);
	return add(hash, how, sizeof(how));
}

uint64_t merge_hash(const struct hms_desired *d)
{
	uint64_t hash = HMS_HASH_STABLE_SEED;

	for (size_t i = 0; i < d->count; i++)
		hash = add_value(hash, &d->values[i]);
	for (size_t i = 0; i < d->object_count; i++) {
		const struct hms_desired_object *o = &d->objects[i];

		hash = add(hash, o->path.p, o->path.len);
		hash = add(hash, &o->remove, sizeof(o->remove));
		for (size_t k = 0; k < o->count; k++)
			for (size_t c = 0; c < o->rows[k].count; c++)
				hash = add_value(hash, &o->rows[k].cells[c]);
	}
	for (size_t i = 0; i < d->read_count; i++)
		hash = add(hash, d->reads[i].p, d->reads[i].len);
	return hash ? hash : 1;
}

void hms_desired_key_text(uint64_t hash, char out[16])
{
	out[0] = '=';
	hms_base32_u64(hash, out + 1);
}
