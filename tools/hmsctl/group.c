/* Verbs about groups of devices, and about who is in them. */
#include "print.h"

static const struct ctl_column group_columns[] = {
	{ "GROUP", "name" }, { "AUTH", "auth" }, { "REDIRECT", "redirect_url", 1 }, { "CHANGED", "changed" }, { NULL }
};

static void group_path(struct ctl_path *path, const struct ctl *ctl)
{
	ctl_path_init(path, "/groups/");
	ctl_path_part(path, ctl->args[0]);
}

int ctl_groups(struct ctl *ctl)
{
	struct ctl_path path;

	if (ctl->arg_count) {
		group_path(&path, ctl);
		return ctl_object(ctl, "GET", &path, NULL);
	}
	ctl_path_init(&path, "/groups");
	return ctl_list(ctl, &path, group_columns, "name");
}

int ctl_group(struct ctl *ctl)
{
	const char *auth = ctl->option[CTL_AUTH], *redirect_url = ctl->option[CTL_REDIRECT_URL];
	struct ctl_path path;

	if (ctl->option[CTL_DELETE] && (auth || redirect_url))
		return ctl_fail(CTL_USAGE, "what is removed has neither --auth nor --redirect-url");
	group_path(&path, ctl);
	if (ctl->option[CTL_DELETE])
		return ctl_object(ctl, "DELETE", &path, NULL);
	return ctl_object(ctl, "PUT", &path, json_pack("{s:s*,s:s*}", "auth", auth, "redirect_url", redirect_url));
}

/* NAME=VALUE of all arguments behind the group. */
static json_t *values_of(const struct ctl *ctl)
{
	json_t *values = json_object();

	for (int i = 1; i < ctl->arg_count; i++) {
		const char *equals = strchr(ctl->args[i], '=');

		if (!equals || equals == ctl->args[i] ||
		    json_object_setn_new(values, ctl->args[i], (size_t)(equals - ctl->args[i]), json_string(equals + 1))) {
			ctl_fail(CTL_USAGE, "%s: NAME=VALUE is needed", ctl->args[i]);
			json_decref(values);
			return NULL;
		}
	}
	return values;
}

int ctl_group_values(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *values = values_of(ctl), *group = NULL;
	int rc;

	if (!values)
		return CTL_USAGE;
	group_path(&path, ctl);
	if (ctl->arg_count > 1) {
		ctl_path_add(&path, "/values");
		return ctl_object(ctl, "PUT", &path, json_pack("{s:o}", "values", values));
	}
	json_decref(values);
	rc = ctl_call(ctl, "GET", &path, NULL, &group);
	if (!rc)
		rc = ctl_print_one(ctl, json_object_get(group, "values"), "");
	json_decref(group);
	return rc;
}

static json_t *tags(const char *text)
{
	struct hms_str rest = hms_str(text);
	json_t *all = json_array();

	while (rest.p) {
		struct hms_str tag = hms_str_trim(hms_str_split(&rest, ','));

		if (tag.len)
			json_array_append_new(all, json_stringn(tag.p, tag.len));
	}
	return all;
}

int ctl_assign(struct ctl *ctl)
{
	const char *group = ctl->option[CTL_GROUP], *region = ctl->option[CTL_REGION], *list = ctl->option[CTL_TAGS];
	struct ctl_path path;
	json_t *body;

	if (!group && !region && !list)
		return ctl_fail(CTL_USAGE, "assign needs --group, --region or --tags");
	body = json_pack("{s:s*,s:s*}", "group", group, "region", region);
	if (list)
		json_object_set_new(body, "tags", tags(list));
	ctl_path_device(&path, ctl, "");
	return ctl_object(ctl, "PATCH", &path, body);
}
