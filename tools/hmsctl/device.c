/* Verbs about devices. */
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
static const struct ctl_column upload_columns[] = { { "FILE", "id" },		{ "KIND", "kind" },    { "SIZE", "size" },
						    { "RECEIVED", "received" }, { "NAME", "name", 1 }, { NULL } };
static const struct ctl_column file_columns[] = { { "FILE", "id" },	    { "KIND", "kind" },	   { "SIZE", "size" },
						  { "CREATED", "created" }, { "NAME", "name", 1 }, { NULL } };

/* "/devices/<the verb's device>" and what follows. */
static void device_path(struct ctl_path *path, const struct ctl *ctl, const char *rest)
{
	ctl_path_init(path, "/devices/");
	ctl_path_part(path, ctl->args[0]);
	ctl_path_add(path, rest);
}

int ctl_devices(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_init(&path, "/devices");
	return ctl_list(ctl, &path, device_columns, "device_id");
}

int ctl_device(struct ctl *ctl)
{
	struct ctl_path path;

	device_path(&path, ctl, "");
	return ctl_object(ctl, "GET", &path, NULL);
}

int ctl_history(struct ctl *ctl)
{
	struct ctl_path path;

	device_path(&path, ctl, "/history");
	return ctl_list(ctl, &path, history_columns, "state");
}

int ctl_params(struct ctl *ctl)
{
	struct ctl_path path;

	device_path(&path, ctl, "/parameters");
	if (ctl->arg_count > 1)
		ctl_path_query(&path, "text", ctl->args[1]);
	return ctl_list(ctl, &path, parameter_columns, "value");
}

static json_t *reason(const struct ctl *ctl)
{
	return ctl->option[CTL_REASON] ? json_pack("{s:s}", "reason", ctl->option[CTL_REASON]) : json_object();
}

int ctl_allow(struct ctl *ctl)
{
	bool with_class = ctl->arg_count == 3;
	struct ctl_path path;

	if (ctl->arg_count == 1) {
		device_path(&path, ctl, "/allow");
		return ctl_object(ctl, "POST", &path, json_object());
	}
	ctl_path_init(&path, "/devices");
	return ctl_object(ctl, "PUT", &path,
			  json_pack("{s:s,s:s,s:s}", "oui", ctl->args[0], "product_class", with_class ? ctl->args[1] : "", "serial",
				    ctl->args[with_class ? 2 : 1]));
}

int ctl_block(struct ctl *ctl)
{
	struct ctl_path path;

	device_path(&path, ctl, "/block");
	return ctl_object(ctl, "POST", &path, reason(ctl));
}

int ctl_unblock(struct ctl *ctl)
{
	struct ctl_path path;

	device_path(&path, ctl, "/unblock");
	return ctl_object(ctl, "POST", &path, reason(ctl));
}

/* ---------------------------------------------------------------- files */

int ctl_files(struct ctl *ctl)
{
	struct ctl_path path;

	if (ctl->arg_count == 0) {
		ctl_path_init(&path, "/files");
		return ctl_list(ctl, &path, file_columns, "id");
	}
	device_path(&path, ctl, "/files");
	return ctl_list(ctl, &path, upload_columns, "id");
}

static int write_out(const struct ctl *ctl, struct hms_str bytes)
{
	const char *name = ctl->option[CTL_OUT];
	FILE *out = name ? fopen(name, "wb") : stdout;
	bool ok;

	if (!out)
		return ctl_fail(CTL_FAILED, "%s: %m", name);
	ok = fwrite(bytes.p ? bytes.p : "", 1, bytes.len, out) == bytes.len;
	ok = (name ? fclose(out) : fflush(out)) == 0 && ok;
	return ok ? CTL_DONE : ctl_fail(CTL_FAILED, "%s: %m", name ? name : "standard output");
}

int ctl_download(struct ctl *ctl)
{
	struct hms_buf bytes = { 0 };
	struct ctl_path path;
	int rc;

	if (ctl->arg_count == 2)
		device_path(&path, ctl, "/files/");
	else
		ctl_path_init(&path, "/files/");
	ctl_path_part(&path, ctl->args[ctl->arg_count - 1]);
	ctl_path_add(&path, "/content");
	rc = ctl_call_raw(ctl, "GET", &path, (struct hms_str){ NULL, 0 }, &bytes);
	if (!rc)
		rc = write_out(ctl, hms_buf_view(&bytes));
	hms_buf_fini(&bytes);
	return rc;
}

static int read_file(const char *name, struct hms_buf *out)
{
	FILE *in = fopen(name, "rb");
	char piece[65536];
	size_t n;

	if (!in)
		return ctl_fail(CTL_FAILED, "%s: %m", name);
	while ((n = fread(piece, 1, sizeof(piece), in)))
		hms_buf_add(out, piece, n);
	n = (size_t)ferror(in);
	fclose(in);
	return n || out->failed ? ctl_fail(CTL_FAILED, "%s: cannot be read, or is too large", name) : CTL_DONE;
}

int ctl_upload(struct ctl *ctl)
{
	struct hms_buf bytes = HMS_BUF_INIT(256u * 1024 * 1024), answer = { 0 };
	struct ctl_path path;
	json_t *object;
	int rc = read_file(ctl->args[2], &bytes);

	if (rc) {
		hms_buf_fini(&bytes);
		return rc;
	}
	ctl_path_init(&path, "/files");
	ctl_path_query(&path, "kind", ctl->args[0]);
	ctl_path_query(&path, "name", ctl->args[1]);
	ctl_path_options(&path, ctl);
	rc = ctl_call_raw(ctl, "POST", &path, hms_strn(hms_buf_z(&bytes), bytes.len), &answer);
	if (!rc) {
		object = json_loadb(answer.p ? answer.p : "", answer.len, 0, NULL);
		rc = object ? ctl_print_one(ctl, object, "id") : ctl_fail(CTL_AWAY, "the answer is not this API's");
		json_decref(object);
	}
	hms_buf_fini(&bytes);
	hms_buf_fini(&answer);
	return rc;
}
