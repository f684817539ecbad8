/* What is known of a device's parameters: the reports at hand, newest first, over its document. */
#include <stdlib.h>

#include "desired.h"
#include "dict.h"
#include "hms/device/params.h"

struct prov_known {
	struct prov_context *ctx;
	struct prov_device *d;
	json_t *notes;
	int64_t since_us; /* what is older does not count */
	struct hms_param_entry *entries;
	size_t count, room;
	bool loaded;
};

static int by_identity(const void *a, const void *b)
{
	const struct hms_param_entry *x = a, *y = b;

	if (x->path_id != y->path_id)
		return x->path_id < y->path_id ? -1 : 1;
	if (x->instance_count != y->instance_count)
		return x->instance_count < y->instance_count ? -1 : 1;
	return memcmp(x->instances, y->instances, x->instance_count * sizeof(x->instances[0]));
}

static int take(const struct hms_param_entry *e, void *arg)
{
	struct prov_known *k = arg;

	if (k->count == k->room) {
		size_t more = k->room ? k->room * 2 : 64;
		void *grown = hms_arena_grow(k->ctx->arena, k->entries, k->room * sizeof(*e), more * sizeof(*e));

		if (!grown)
			return HMS_ENOMEM;
		k->entries = grown;
		k->room = more;
	}
	k->entries[k->count++] = *e;
	return 0;
}

static void load(struct prov_known *k)
{
	k->loaded = true;
	if (hms_params_each(k->ctx->arena, k->d->doc, take, k) == HMS_ENOMEM)
		k->d->failed = true;
	qsort(k->entries, k->count, sizeof(*k->entries), by_identity);
}

static bool in_reports(const struct prov_known *k, struct hms_str path, struct hms_str *out)
{
	bool found = false;

	for (const struct prov_report *r = k->d->reports; r; r = r->next)
		for (size_t i = 0; i < r->count; i++)
			if (r->at_us >= k->since_us && hms_str_eqz(path, r->params[i]->name)) {
				*out = hms_str(r->params[i]->value);
				found = true; /* a later one may follow */
			}
	return found;
}

static bool value(void *arg, struct hms_str path, struct hms_str *out)
{
	struct prov_known *k = arg;
	struct hms_param_entry key = { 0 }, *found;
	struct hms_str pattern;
	int n;

	if (in_reports(k, path, out))
		return true;
	if (!k->ctx->dict || !k->d->doc.p)
		return false;
	if (!k->loaded)
		load(k);
	n = prov_path_split(k->ctx->arena, path, &pattern, key.instances);
	key.path_id = n >= 0 ? hms_pg_dict_id(k->ctx->dict, pattern) : 0;
	key.instance_count = n >= 0 ? (unsigned)n : 0;
	found = key.path_id && k->count ? bsearch(&key, k->entries, k->count, sizeof(key), by_identity) : NULL;
	if (!found || found->at_s < k->since_us / 1000000)
		return false;
	*out = found->value;
	return true;
}

int prov_known_make(struct prov_context *ctx, struct prov_device *d, json_t *notes, struct hms_known *out)
{
	struct prov_known *k = hms_arena_alloc(ctx->arena, sizeof(*k));

	if (!k)
		return HMS_ENOMEM;
	*k = (struct prov_known){ .ctx = ctx, .d = d, .notes = notes, .since_us = json_integer_value(json_object_get(notes, "since")) };
	*out = (struct hms_known){ .value = value, .arg = k, .notes = notes };
	return 0;
}
