/* Reads the places where cells stand. */
#include "site.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const keys[PLACEHOLDER_COUNT] = {
#define MODEL_PLACEHOLDER(id, name) [PLACEHOLDER_##id] = name,
#include "placeholders.def"
#undef MODEL_PLACEHOLDER
};

static int read_site(json_t *spec, struct site *site, struct hms_err *err)
{
	const char *name = json_string_value(json_object_get(spec, "name")), *home = json_string_value(json_object_get(spec, "cells"));

	if (!name || !home || (strcmp(home, "initial") != 0 && strcmp(home, "both") != 0))
		return hms_err_set(err, HMS_ESYNTAX, "a site needs 'name', and 'cells' with 'initial' or 'both'");
	site->name = strdup(name);
	site->home = strcmp(home, "both") == 0 ? HOME_BOTH : HOME_INITIAL;
	site->latitude = json_integer_value(json_object_get(spec, "latitude"));
	site->longitude = json_integer_value(json_object_get(spec, "longitude"));
	for (unsigned i = 0; i < PLACEHOLDER_COUNT; i++) {
		const char *value;

		if (!keys[i] || strncmp(keys[i], "site.", 5) != 0)
			continue;
		value = json_string_value(json_object_get(spec, keys[i] + 5));
		if (!value)
			return hms_err_set(err, HMS_ESYNTAX, "site %s has no string '%s'", name, keys[i] + 5);
		site->text[i] = strdup(value);
		if (!site->text[i])
			return HMS_ENOMEM;
	}
	return site->name ? 0 : HMS_ENOMEM;
}

int sites_load(const char *folder, struct sites *out, struct hms_err *err)
{
	char path[1024];
	json_error_t where;
	json_t *root;
	size_t count;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/sites.json", folder);
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	count = json_array_size(root);
	*out = (struct sites){ 0 };
	if (!root)
		rc = hms_err_set(err, HMS_ESYNTAX, "line %d: %s", where.line, where.text);
	else if (count == 0)
		rc = hms_err_set(err, HMS_ESYNTAX, "not a list of sites");
	else if (!(out->list = calloc(count, sizeof(*out->list))))
		rc = HMS_ENOMEM;
	for (size_t i = 0; i < count && rc == 0; i++, out->count++)
		rc = read_site(json_array_get(root, i), &out->list[i], err);
	json_decref(root);
	if (rc != 0) {
		sites_free(out);
		return hms_err_prefix(err, "sites %s", path);
	}
	return 0;
}

void sites_free(struct sites *sites)
{
	for (size_t i = 0; i < sites->count; i++) {
		free(sites->list[i].name);
		for (unsigned t = 0; t < PLACEHOLDER_COUNT; t++)
			free(sites->list[i].text[t]);
	}
	free(sites->list);
	*sites = (struct sites){ 0 };
}

const struct site *sites_find(const struct sites *sites, const char *name)
{
	for (size_t i = 0; i < sites->count; i++)
		if (strcmp(sites->list[i].name, name) == 0)
			return &sites->list[i];
	return NULL;
}

const struct site *sites_pick(const struct sites *sites, enum cell_home home, uint64_t n)
{
	size_t fitting = 0;

	for (size_t i = 0; i < sites->count; i++)
		fitting += sites->list[i].home == home;
	if (fitting == 0)
		return sites->count > 0 ? &sites->list[n % sites->count] : NULL;
	n %= fitting;
	for (size_t i = 0; i < sites->count; i++)
		if (sites->list[i].home == home && n-- == 0)
			return &sites->list[i];
	return NULL;
}
