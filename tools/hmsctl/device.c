/* Verbs about devices. */
#include "client.h"
#include "print.h"

static const struct ctl_column device_columns[] = { { "DEVICE", "device_id" },
						    { "SERIAL", "serial", 2 },
						    { "KIND", "kind", 1 },
						    { "STATE", "state" },
						    { "SEEN", "last_inform", 0, true },
						    { "OPEN", "open_commands", 1 },
						    { "SOFTWARE", "software_version", 1 },
						    { "SITE", "site", 1 },
						    { NULL } };
static const struct ctl_column history_columns[] = {
	{ "TIME", "at" }, { "KIND", "kind" }, { "STATE", "state" }, { "DETAIL", "detail", 1 }, { NULL }
};
static const struct ctl_column parameter_columns[] = {
	{ "NAME", "name", 1 }, { "VALUE", "value", 1 }, { "FROM", "source" }, { "AT", "at" }, { NULL }
};
static const struct ctl_column change_columns[] = {
	{ "AT", "at" }, { "NAME", "name", 1 }, { "OLD", "old", 1 }, { "NEW", "new", 1 }, { "FROM", "source" }, { "WHO", "who", 2 }, { NULL }
};
static const struct ctl_column method_columns[] = { { "METHOD", "name" }, { "SUPPORTED", "supported" }, { "WHY", "why", 1 }, { NULL } };

int ctl_devices(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_init(&path, "/devices");
	return ctl_list(ctl, &path, device_columns, "device_id");
}

static void add_methods(json_t *rows, json_t *list, const char *supported, const char *why)
{
	size_t i;
	json_t *method;

	json_array_foreach(list, i, method)
		json_array_append_new(rows, json_pack("{s:O,s:s,s:O}", "name", json_object_get(method, "name"), "supported", supported,
						      "why", json_object_get(method, why)));
}

/* What can be asked of it: a table of its own, in place of the two members. */
static void print_methods(json_t *methods)
{
	json_t *rows = json_array();

	add_methods(rows, json_object_get(methods, "supported"), "yes", "source");
	add_methods(rows, json_object_get(methods, "unsupported"), "no", "reason");
	if (!json_is_true(json_object_get(methods, "known")))
		printf("\nThe device has not said what it can be asked for; refused is only:\n");
	if (json_array_size(rows))
		printf("\n");
	ctl_table_print(stdout, method_columns, rows, ctl_terminal_width(), true);
	json_decref(rows);
}

int ctl_device(struct ctl *ctl)
{
	json_t *device, *methods;
	struct ctl_path path;
	int rc;

	ctl_path_device(&path, ctl, "");
	rc = ctl_call(ctl, "GET", &path, NULL, &device);
	if (rc || ctl->json || ctl->quiet) {
		if (!rc)
			rc = ctl_print_one(ctl, device, "state");
		json_decref(device);
		return rc;
	}
	methods = json_incref(json_object_get(device, "methods"));
	json_object_del(device, "methods");
	json_object_del(device, "rpc_methods");
	ctl_object_print(stdout, device);
	print_methods(methods);
	json_decref(methods);
	json_decref(device);
	return CTL_DONE;
}

int ctl_history(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_device(&path, ctl, "/history");
	return ctl_list(ctl, &path, history_columns, "state");
}

int ctl_params(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_device(&path, ctl, "/parameters");
	if (ctl->arg_count > 1)
		ctl_path_query(&path, "text", ctl->args[1]);
	return ctl_list(ctl, &path, parameter_columns, "value");
}

int ctl_changes(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_device(&path, ctl, "/parameters/history");
	if (ctl->arg_count > 1)
		ctl_path_query(&path, "name", ctl->args[1]);
	return ctl_list(ctl, &path, change_columns, "new");
}

static json_t *reason(const struct ctl *ctl)
{
	return ctl->option[CTL_REASON] ? json_pack("{s:s}", "reason", ctl->option[CTL_REASON]) : json_object();
}

int ctl_allow(struct ctl *ctl)
{
	bool with_class = ctl->arg_count == 3;
	struct ctl_path path;

	if (ctl->arg_count == 1 && ctl->option[CTL_GROUP])
		return ctl_fail(CTL_USAGE, "a device that is known is put into a group by assign");
	if (ctl->arg_count == 1) {
		ctl_path_device(&path, ctl, "/allow");
		return ctl_object(ctl, "POST", &path, json_object());
	}
	ctl_path_init(&path, "/devices");
	return ctl_object(ctl, "PUT", &path,
			  json_pack("{s:s,s:s,s:s,s:s*}", "oui", ctl->args[0], "product_class", with_class ? ctl->args[1] : "", "serial",
				    ctl->args[with_class ? 2 : 1], "group", ctl->option[CTL_GROUP]));
}

int ctl_block(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_device(&path, ctl, "/block");
	return ctl_object(ctl, "POST", &path, reason(ctl));
}

int ctl_unblock(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_device(&path, ctl, "/unblock");
	return ctl_object(ctl, "POST", &path, reason(ctl));
}
