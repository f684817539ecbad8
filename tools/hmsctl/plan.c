/* Plans of profiles, as people read them. */
#include "plan.h"

#include "print.h"

static const struct ctl_column step_columns[] = { { "STEP", "n" },   { "METHOD", "method" },  { "NAME", "name", 1 },
						  { "IS", "is", 1 }, { "SHALL", "shall", 1 }, { "PROFILE", "from" },
						  { NULL } };
static const struct ctl_column parameter_columns[] = { { "DEVICES", "devices" }, { "PARAMETER", "name", 1 }, { NULL } };
static const struct ctl_column reason_columns[] = { { "DEVICES", "devices" }, { "REASON", "reason", 1 }, { NULL } };
static const struct ctl_column sample_columns[] = {
	{ "DEVICE", "device_id" }, { "SERIAL", "serial", 2 }, { "STATE", "state" }, { "CHANGES", "changes", 1 }, { NULL }
};

static json_t *difference_of(json_t *plan, const char *name)
{
	size_t i;
	json_t *each;

	json_array_foreach(json_object_get(plan, "differences"), i, each)
	{
		const char *known = json_string_value(json_object_get(each, "name"));

		if (known && name && strcmp(known, name) == 0)
			return each;
	}
	return NULL;
}

/* "base 3" */
static json_t *source_of(json_t *difference)
{
	json_t *profile = json_object_get(difference, "profile");

	if (!json_is_object(profile))
		return json_null();
	return json_sprintf("%s %lld", json_string_value(json_object_get(profile, "name")),
			    (long long)json_integer_value(json_object_get(profile, "version")));
}

static void add_row(json_t *rows, json_t *plan, size_t step, json_t *method, const char *name, json_t *value)
{
	json_t *difference = difference_of(plan, name), *is = json_object_get(difference, "is"),
	       *shall = value ? value : json_object_get(difference, "shall");

	json_array_append_new(rows, json_pack("{s:I,s:O,s:s*,s:O*,s:O*,s:o}", "n", (json_int_t)step, "method", method, "name", name, "is",
					      is, "shall", shall, "from", source_of(difference)));
}

static void add_step(json_t *rows, json_t *plan, size_t step, json_t *given)
{
	json_t *arguments = json_object_get(given, "arguments"), *method = json_object_get(given, "method"), *each;
	const char *object = json_string_value(json_object_get(arguments, "ObjectName"));
	size_t i;

	if (object)
		add_row(rows, plan, step, method, object, NULL);
	json_array_foreach(json_object_get(arguments, "ParameterNames"), i, each)
		add_row(rows, plan, step, method, json_string_value(each), NULL);
	json_array_foreach(json_object_get(arguments, "ParameterList"), i, each)
	{
		json_t *value = json_object_get(each, "Value");

		add_row(rows, plan, step, method, json_string_value(json_object_get(each, "Name")),
			value ? value : json_object_get(each, "Notification"));
	}
}

static void print_table(const char *title, const struct ctl_column *columns, json_t *rows)
{
	if (!json_array_size(rows))
		return;
	printf("\n%s\n", title);
	ctl_table_print(stdout, columns, rows, ctl_terminal_width(), true);
}

static void print_members(json_t *plan, const char *const *names)
{
	json_t *some = json_object();

	for (; *names; names++)
		if (json_object_get(plan, *names))
			json_object_set(some, *names, json_object_get(plan, *names));
	ctl_object_print(stdout, some);
	json_decref(some);
}

static void print_one(json_t *plan)
{
	static const char *const names[] = { "device_id", "serial", "state", "reason", "profiles", "to_read", "unsupported", NULL };
	json_t *rows = json_array(), *each, *profiles = json_array();
	size_t i;

	json_array_foreach(json_object_get(plan, "profiles"), i, each)
		json_array_append_new(profiles, json_sprintf("%s %lld", json_string_value(json_object_get(each, "name")),
							     (long long)json_integer_value(json_object_get(each, "version"))));
	json_object_set_new(plan, "profiles", profiles);
	print_members(plan, names);
	json_array_foreach(json_object_get(plan, "steps"), i, each) add_step(rows, plan, i + 1, each);
	print_table("What would be sent:", step_columns, rows);
	json_decref(rows);
}

static json_t *changes_of(json_t *sample)
{
	json_t *list = json_array(), *each;
	size_t i;

	json_array_foreach(json_object_get(sample, "differences"), i, each)
	{
		const char *is = json_string_value(json_object_get(each, "is")), *shall = json_string_value(json_object_get(each, "shall"));

		json_array_append_new(list, json_sprintf("%s: %s -> %s", json_string_value(json_object_get(each, "name")), is ? is : "?",
							 shall ? shall : "?"));
	}
	return list;
}

static void print_all(json_t *plan)
{
	static const char *const names[] = { "name", "version", "devices", "leaving", "states", "steps", NULL };
	size_t i;
	json_t *each;

	print_members(plan, names);
	print_table("Parameters that would change:", parameter_columns, json_object_get(plan, "parameters"));
	print_table("Reasons:", reason_columns, json_object_get(plan, "reasons"));
	json_array_foreach(json_object_get(plan, "samples"), i, each) json_object_set_new(each, "changes", changes_of(each));
	print_table("For example:", sample_columns, json_object_get(plan, "samples"));
}

void ctl_plan_print(const struct ctl *ctl, json_t *plan)
{
	if (ctl->json)
		ctl_print_json(plan);
	else if (ctl->quiet)
		ctl_print_one(ctl, plan, json_object_get(plan, "state") ? "state" : "states");
	else if (json_object_get(plan, "device_id"))
		print_one(plan);
	else
		print_all(plan);
}
