/* Comparing two configurations: whether they differ, and what of it needs a restart. */
#include "internal.h"

static void add_name(struct hms_buf *names, const struct conf_instance *instance, const char *key)
{
	char title[2 * CONF_NAME_BYTES];

	hms_buf_printf(names, "%s%s", names->len > 0 ? ", " : "", conf_title(instance, title, sizeof(title)));
	if (key)
		hms_buf_printf(names, ".%s", key);
}

/* Instances of one configuration that the other one has not. */
static void add_unmatched(const struct hms_conf *conf, const struct hms_conf *other, struct hms_buf *names)
{
	for (size_t i = 0; i < conf->count; i++) {
		const struct conf_instance *instance = conf->instances[i];

		if (!conf_find(other, instance->section, hms_str(instance->name)))
			add_name(names, instance, NULL);
	}
}

void hms_conf_diff_restart(const struct hms_conf *old, const struct hms_conf *now, struct hms_buf *names)
{
	for (size_t i = 0; i < now->count; i++) {
		const struct conf_instance *b = now->instances[i];
		const struct conf_instance *a = conf_find(old, b->section, hms_str(b->name));

		for (size_t k = 0; a && k < b->section->key_count; k++) {
			const struct hms_conf_key *key = &b->section->keys[k];

			if (!(key->flags & HMS_CONF_RELOAD) && !conf_value_equal(key, a->data, b->data))
				add_name(names, b, key->name);
		}
	}
	add_unmatched(old, now, names);
	add_unmatched(now, old, names);
}

static bool same_values(const struct conf_instance *a, const struct conf_instance *b)
{
	for (size_t k = 0; k < a->section->key_count; k++)
		if (!conf_value_equal(&a->section->keys[k], a->data, b->data))
			return false;
	return true;
}

bool hms_conf_equal(const struct hms_conf *a, const struct hms_conf *b)
{
	if (a->count != b->count)
		return false;
	/* The order counts, too: hms_conf_at() shows it. */
	for (size_t i = 0; i < a->count; i++) {
		const struct conf_instance *x = a->instances[i], *y = b->instances[i];

		if (x->section != y->section || strcmp(x->name, y->name) != 0 || !same_values(x, y))
			return false;
	}
	return true;
}
