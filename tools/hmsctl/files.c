/* Verbs about files: between an operator and HMS, and between HMS and a device. */
#include "command.h"
#include "document.h"
#include "print.h"

static const struct ctl_column upload_columns[] = { { "FILE", "id" },		{ "KIND", "kind" },    { "SIZE", "size" },
						    { "RECEIVED", "received" }, { "NAME", "name", 1 }, { NULL } };
static const struct ctl_column file_columns[] = { { "FILE", "id" },	    { "KIND", "kind" },	   { "SIZE", "size" },
						  { "CREATED", "created" }, { "NAME", "name", 1 }, { NULL } };

int ctl_files(struct ctl *ctl)
{
	struct ctl_path path;

	if (ctl->arg_count == 0) {
		ctl_path_init(&path, "/files");
		return ctl_list(ctl, &path, file_columns, "id");
	}
	ctl_path_device(&path, ctl, "/files");
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
		ctl_path_device(&path, ctl, "/files/");
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

int ctl_upload(struct ctl *ctl)
{
	struct hms_buf bytes = HMS_BUF_INIT(256u * 1024 * 1024), answer = { 0 };
	struct ctl_path path;
	json_t *object;
	int rc = ctl_file_read(ctl->args[2], &bytes);

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

/* ---------------------------------------------------------------- between HMS and a device */

/* What TR-069 calls the kinds of files of HMS. */
static const char *type_of_kind(const char *kind)
{
	static const struct {
		const char *kind, *type;
	} types[] = { { "firmware", "1 Firmware Upgrade Image" }, { "cm", "3 Vendor Configuration File" } };

	for (size_t i = 0; kind && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].kind, kind) == 0)
			return types[i].type;
	return NULL;
}

/* Of a file of HMS its kind says the type. */
static int add_file_type(struct ctl *ctl, const char *id, json_t *arguments)
{
	const char *type = ctl->option[CTL_FILE_TYPE];
	struct ctl_path path;
	json_t *file = NULL;
	int rc = CTL_DONE;

	if (!type && id) {
		ctl_path_init(&path, "/files/");
		ctl_path_part(&path, id);
		rc = ctl_call(ctl, "GET", &path, NULL, &file);
		type = type_of_kind(json_string_value(json_object_get(file, "kind")));
	}
	if (!rc && !type)
		rc = ctl_fail(CTL_USAGE, "--file-type is needed, e.g. '1 Firmware Upgrade Image'");
	if (!rc)
		json_object_set_new(arguments, "FileType", json_string(type));
	json_decref(file);
	return rc;
}

int ctl_push(struct ctl *ctl)
{
	bool is_url = strstr(ctl->args[1], "://");
	json_t *arguments = json_pack("{s:s}", is_url ? "URL" : "FileId", ctl->args[1]);
	int rc = add_file_type(ctl, is_url ? NULL : ctl->args[1], arguments);

	if (!rc)
		return ctl_command_run(ctl, "Download", arguments);
	json_decref(arguments);
	return rc;
}

int ctl_pull(struct ctl *ctl)
{
	const char *type = ctl->option[CTL_FILE_TYPE];

	return ctl_command_run(ctl, "Upload", json_pack("{s:s}", "FileType", type ? type : "1 Vendor Configuration File"));
}
