/* Loading a configuration: defaults, file, environment, required keys; and looking it up. */
#include "hms/conf/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

static struct hms_str name_of(const struct conf_instance *instance) { return hms_str(instance->name); }

const char *conf_title(const struct conf_instance *instance, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", instance->section->name, instance->section->multi ? " " : "", instance->name);
	return out;
}

struct conf_instance *conf_find(const struct hms_conf *conf, const struct hms_conf_section *section, struct hms_str name)
{
	for (size_t i = 0; i < conf->count; i++)
		if (conf->instances[i]->section == section && hms_str_caseeq(name_of(conf->instances[i]), name))
			return conf->instances[i];
	return NULL;
}

static int set_defaults(struct hms_conf *conf, struct conf_instance *instance, struct hms_err *err)
{
	for (size_t i = 0; i < instance->section->key_count; i++) {
		const struct hms_conf_key *key = &instance->section->keys[i];
		int rc = conf_value_set(conf->arena, key, instance->data, hms_str(key->def), err);

		if (rc < 0) {
			hms_err_prefix(err, "%s.%s: default", instance->section->name, key->name);
			return rc;
		}
	}
	return 0;
}

int conf_open(struct hms_conf *conf, const struct hms_conf_section *section, struct hms_str name, struct conf_instance **out,
	      struct hms_err *err)
{
	struct conf_instance *instance = conf_find(conf, section, name);
	int rc;

	*out = instance;
	if (instance)
		return 0;
	if (conf->count == CONF_INSTANCES_MAX)
		return hms_err_set(err, HMS_EFULL, "more than %d sections", CONF_INSTANCES_MAX);
	if (name.len >= CONF_NAME_BYTES)
		return hms_err_set(err, HMS_ESYNTAX, "the name of a section [%s ...] is longer than %d characters", section->name,
				   CONF_NAME_BYTES - 1);
	instance = hms_arena_alloc(conf->arena, sizeof(*instance));
	if (!instance)
		goto out_of_memory;
	instance->section = section;
	if (name.len > 0)
		memcpy(instance->name, name.p, name.len);
	instance->data = hms_arena_alloc(conf->arena, section->size);
	instance->lines = hms_arena_alloc(conf->arena, section->key_count * sizeof(*instance->lines));
	if (!instance->data || !instance->lines)
		goto out_of_memory;
	rc = set_defaults(conf, instance, err);
	if (rc < 0)
		return rc;
	conf->instances[conf->count++] = instance;
	*out = instance;
	return 0;
out_of_memory:
	return hms_err_set(err, HMS_ENOMEM, "out of memory");
}

static int open_single_sections(struct hms_conf *conf, struct hms_err *err)
{
	struct conf_instance *instance;

	for (size_t i = 0; conf->sections[i]; i++) {
		int rc = conf->sections[i]->multi ? 0 : conf_open(conf, conf->sections[i], HMS_STR(""), &instance, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool is_missing(const struct hms_conf_key *key, const char *data)
{
	return (key->flags & HMS_CONF_REQUIRED) && key->type == HMS_CONF_STR && **(const char *const *)(data + key->offset) == '\0';
}

static int check_required(const struct hms_conf *conf, const char *file, struct hms_err *err)
{
	for (size_t i = 0; i < conf->count; i++) {
		const struct conf_instance *instance = conf->instances[i];

		for (size_t k = 0; k < instance->section->key_count; k++) {
			const struct hms_conf_key *key = &instance->section->keys[k];
			struct hms_buf env = HMS_BUF_INIT(256);
			char title[2 * CONF_NAME_BYTES];

			if (!is_missing(key, instance->data))
				continue;
			conf_env_name(&env, instance->section->name, instance->section->multi ? instance->name : NULL, key->name);
			hms_err_set(err, HMS_ESYNTAX, "%s.%s is required: set \"%s\" in [%s] of %s, or %s in the environment",
				    instance->section->name, key->name, key->name, conf_title(instance, title, sizeof(title)),
				    file ? file : "the configuration file", hms_buf_z(&env));
			hms_buf_fini(&env);
			return HMS_ESYNTAX;
		}
	}
	return 0;
}

int hms_conf_load(const char *file, const struct hms_conf_section *const *sections, struct hms_conf **out, struct hms_err *err)
{
	struct hms_conf *conf = calloc(1, sizeof(*conf));
	int rc;

	*out = NULL;
	if (conf)
		conf->arena = hms_arena_new(CONF_MEMORY_BYTES);
	if (!conf || !conf->arena) {
		free(conf);
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	conf->sections = sections;
	rc = open_single_sections(conf, err);
	if (rc == 0 && file)
		rc = conf_read_file(conf, file, err);
	if (rc == 0)
		rc = conf_read_env(conf, err);
	if (rc == 0)
		rc = check_required(conf, file, err);
	if (rc < 0)
		hms_conf_free(&conf);
	*out = conf;
	return rc;
}

void hms_conf_free(struct hms_conf **conf)
{
	if (!*conf)
		return;
	hms_arena_free(&(*conf)->arena);
	free(*conf);
	*conf = NULL;
}

const void *hms_conf_get(const struct hms_conf *conf, const struct hms_conf_section *section)
{
	return hms_conf_at(conf, section, 0, NULL);
}

size_t hms_conf_count(const struct hms_conf *conf, const struct hms_conf_section *section)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->count; i++)
		n += conf->instances[i]->section == section;
	return n;
}

const void *hms_conf_at(const struct hms_conf *conf, const struct hms_conf_section *section, size_t i, const char **name)
{
	for (size_t k = 0; k < conf->count; k++) {
		if (conf->instances[k]->section != section || i-- > 0)
			continue;
		if (name)
			*name = conf->instances[k]->name;
		return conf->instances[k]->data;
	}
	return NULL;
}
