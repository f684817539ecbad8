/* Files of the registry of quirks: strict, since a mistake in one is a device that misbehaves. */
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>

#include "quirks.h"

/* ---- values ---- */

static int read_flag(const struct hms_quirk_info *info, const json_t *given, int64_t *out, struct hms_err *err)
{
	if (!json_is_boolean(given))
		return hms_err_set(err, HMS_ESYNTAX, "%s: neither true nor false", info->name);
	*out = json_is_true(given);
	return 0;
}

static int read_number(const struct hms_quirk_info *info, const json_t *given, int64_t *out, struct hms_err *err)
{
	if (!json_is_integer(given) || json_integer_value(given) < info->min || json_integer_value(given) > info->max)
		return hms_err_set(err, HMS_ESYNTAX, "%s: not a number from %lld to %lld", info->name, (long long)info->min,
				   (long long)info->max);
	*out = json_integer_value(given);
	return 0;
}

static int read_choice(const struct hms_quirk_info *info, const json_t *given, int64_t *out, struct hms_err *err)
{
	struct hms_str rest = hms_str(info->choices);
	const char *word = json_string_value(given);

	for (int64_t i = 0; word && rest.p; i++) {
		if (hms_str_eqz(hms_str_split(&rest, '|'), word)) {
			*out = i;
			return 0;
		}
	}
	return hms_err_set(err, HMS_ESYNTAX, "%s: not one of %s", info->name, info->choices);
}

static int read_methods(const struct hms_quirk_info *info, const json_t *given, int64_t *out, struct hms_err *err)
{
	size_t i;
	json_t *name;

	if (!json_is_array(given))
		return hms_err_set(err, HMS_ESYNTAX, "%s: not a list of methods", info->name);
	*out = 0;
	json_array_foreach((json_t *)given, i, name)
	{
		const char *text = json_string_value(name);
		enum hms_cwmp_method method = text ? hms_cwmp_method_find(hms_str(text)) : HMS_CWMP_NONE;

		if (method == HMS_CWMP_NONE)
			return hms_err_set(err, HMS_ESYNTAX, "%s: %s is no method", info->name, text ? text : "a member");
		*out |= (int64_t)1 << method;
	}
	return 0;
}

static int (*const readers[HMS_QUIRK_TYPES])(const struct hms_quirk_info *, const json_t *, int64_t *, struct hms_err *) = {
	[HMS_QUIRK_FLAG] = read_flag,
	[HMS_QUIRK_NUMBER] = read_number,
	[HMS_QUIRK_CHOICE] = read_choice,
	[HMS_QUIRK_METHODS] = read_methods,
};

static int read_quirk(struct hms_quirks *quirks, const char *name, const json_t *given, struct hms_err *err)
{
	for (int q = 0; q < HMS_QUIRK_COUNT; q++) {
		const struct hms_quirk_info *info = hms_quirk_info((enum hms_quirk)q);

		if (strcmp(name, info->name) != 0)
			continue;
		quirks->given |= 1u << q;
		return readers[info->type](info, given, &quirks->value[q], err);
	}
	return hms_err_set(err, HMS_ESYNTAX, "%s: there is no such quirk", name);
}

static int read_quirks(struct quirk_rule *rule, const json_t *given, struct hms_err *err)
{
	const char *name;
	json_t *value;
	int rc = 0;

	if (json_object_size(given) == 0)
		return hms_err_set(err, HMS_ESYNTAX, "quirks (an object that is not empty) is missing");
	json_object_foreach((json_t *)given, name, value)
	{
		if (!rc)
			rc = read_quirk(&rule->quirks, name, value, err);
	}
	return rc ? hms_err_prefix(err, "quirks") : 0;
}

/* ---- entries ---- */

static int read_text(const json_t *object, const char *name, char **out, struct hms_err *err)
{
	const json_t *member = json_object_get(object, name);
	const char *text = json_string_value(member);

	if (!member)
		return 0;
	if (!text || !*text)
		return hms_err_set(err, HMS_ESYNTAX, "%s: not a text", name);
	*out = hms_str_dup(hms_str(text));
	return *out ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");
}

static int only_known(const json_t *object, const char *const *known, struct hms_err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], name) != 0)
			i++;
		if (!known[i])
			return hms_err_set(err, HMS_ESYNTAX, "%s: there is no such member", name);
	}
	return 0;
}

/* A pattern, or {"from": ..., "before": ...}. */
static int read_version(struct quirk_rule *rule, const json_t *entry, struct hms_err *err)
{
	static const char *const known[] = { "from", "before", NULL };
	const json_t *version = json_object_get(entry, "software_version");
	int rc;

	if (!json_is_object(version))
		return read_text(entry, "software_version", &rule->version, err);
	rc = only_known(version, known, err);
	if (!rc)
		rc = read_text(version, "from", &rule->from, err);
	if (!rc)
		rc = read_text(version, "before", &rule->before, err);
	if (!rc && !rule->from && !rule->before)
		rc = hms_err_set(err, HMS_ESYNTAX, "neither from nor before");
	if (!rc && rule->from && rule->before && hms_version_cmp(hms_str(rule->from), hms_str(rule->before)) >= 0)
		rc = hms_err_set(err, HMS_ESYNTAX, "no version is from %s and before %s", rule->from, rule->before);
	return rc ? hms_err_prefix(err, "software_version") : 0;
}

static bool is_oui(const char *oui)
{
	return oui && (strcmp(oui, "*") == 0 || (strlen(oui) == 6 && strspn(oui, "0123456789ABCDEFabcdef") == 6));
}

static int check_entry(const json_t *entry, struct hms_err *err)
{
	static const char *const known[] = { "oui", "product_class", "software_version", "quirks", "why", NULL };
	const char *why = json_string_value(json_object_get(entry, "why"));

	if (!json_is_object(entry))
		return hms_err_set(err, HMS_ESYNTAX, "not an object");
	if (only_known(entry, known, err))
		return err->code;
	if (!is_oui(json_string_value(json_object_get(entry, "oui"))))
		return hms_err_set(err, HMS_ESYNTAX, "oui: neither 6 hexadecimal digits nor \"*\"");
	if (!why || !*why)
		return hms_err_set(err, HMS_ESYNTAX, "why (what was seen, as a text) is missing");
	return 0;
}

static int read_entry(struct hms_quirk_registry *registry, const json_t *entry, struct hms_err *err)
{
	struct quirk_rule *rule;
	int rc = check_entry(entry, err), added;

	if (rc)
		return rc;
	rule = registry->count < QUIRK_RULES_MAX ? calloc(1, sizeof(*rule)) : NULL;
	if (!rule)
		return hms_err_set(err, HMS_EFULL, "out of memory, or more than %d entries", QUIRK_RULES_MAX);
	rc = read_text(entry, "product_class", &rule->product_class, err);
	if (!rc)
		rc = read_version(rule, entry, err);
	if (!rc)
		rc = read_quirks(rule, json_object_get(entry, "quirks"), err);
	added = quirk_registry_add(registry, hms_str(json_string_value(json_object_get(entry, "oui"))), rule);
	return rc || !added ? rc : hms_err_set(err, added, "%s", hms_strerror(added));
}

/* ---- files ---- */

static int read_entries(struct hms_quirk_registry *registry, const json_t *root, struct hms_err *err)
{
	static const char *const known[] = { "entries", NULL };
	const json_t *entries = json_object_get(root, "entries");
	int rc = only_known(root, known, err);
	size_t i;
	json_t *entry;

	if (!rc && !json_is_array(entries))
		return hms_err_set(err, HMS_ESYNTAX, "entries (a list) is missing");
	json_array_foreach((json_t *)entries, i, entry)
	{
		if (!rc && read_entry(registry, entry, err))
			rc = hms_err_prefix(err, "entry %zu", i + 1);
	}
	return rc;
}

static int load_file(struct hms_quirk_registry *registry, const char *folder, const char *name, struct hms_err *err)
{
	char path[4096];
	json_error_t where;
	json_t *root;
	int rc;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return hms_err_set(err, HMS_ETOOBIG, "%s: the path is too long", folder);
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return hms_err_set(err, HMS_ESYNTAX, "%s line %d: %s", path, where.line, where.text);
	rc = read_entries(registry, root, err);
	json_decref(root);
	return rc ? hms_err_prefix(err, "%s", path) : 0;
}

static int load_folder(struct hms_quirk_registry *registry, const char *folder, struct hms_err *err)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, NULL, alphasort), rc = 0;

	if (n < 0)
		return hms_err_set(err, HMS_ENOENT, "cannot read the folder %s", folder);
	for (int i = 0; i < n; i++) {
		if (!rc && hms_str_ends(hms_str(names[i]->d_name), HMS_STR(".json")))
			rc = load_file(registry, folder, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	return rc;
}

int hms_quirks_load(const char *folder, struct hms_quirk_registry **out, struct hms_err *err)
{
	struct hms_quirk_registry *registry = calloc(1, sizeof(*registry));
	int rc = 0;

	*out = NULL;
	if (registry)
		registry->by_oui = hms_map_new(QUIRK_RULES_MAX);
	if (!registry || !registry->by_oui)
		rc = hms_err_set(err, HMS_ENOMEM, "out of memory");
	else if (*folder)
		rc = load_folder(registry, folder, err);
	if (rc)
		hms_quirks_free(&registry);
	*out = registry;
	return rc;
}
