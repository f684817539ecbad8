/* Verb about profiles: what devices shall be. */
#include "document.h"
#include "plan.h"
#include "print.h"

static const struct ctl_column profile_columns[] = { { "PROFILE", "name" },
						     { "ACTIVE", "active" },
						     { "NEWEST", "newest" },
						     { "CHANGED", "changed" },
						     { "BY", "changed_by" },
						     { "NOTE", "note", 1 },
						     { NULL } };
static const struct ctl_column version_columns[] = { { "VERSION", "version" }, { "ACTIVE", "active" }, { "CREATED", "created" },
						     { "BY", "created_by" },   { "NOTE", "note", 1 },  { NULL } };
static const struct ctl_column diff_columns[] = {
	{ "MEMBER", "member", 2 }, { "CHANGE", "change" }, { "OLD", "old", 1 }, { "NEW", "new", 1 }, { NULL }
};
static const struct ctl_column device_columns[] = {
	{ "DEVICE", "device_id" },	    { "SERIAL", "serial", 2 }, { "STATE", "state" },	  { "VERSION", "version" },
	{ "SEEN", "last_inform", 0, true }, { "SINCE", "since" },      { "REASON", "reason", 1 }, { NULL }
};
static const struct ctl_column reason_columns[] = { { "STATE", "state" }, { "DEVICES", "devices" }, { "REASON", "reason", 1 }, { NULL } };

/* "/profiles/<the second argument>" and what follows. */
static void profile_path(struct ctl_path *path, const struct ctl *ctl, const char *below)
{
	ctl_path_init(path, "/profiles/");
	ctl_path_part(path, ctl->args[1]);
	ctl_path_add(path, below);
}

static void add_note(const struct ctl *ctl, struct ctl_path *path)
{
	if (ctl->option[CTL_NOTE])
		ctl_path_query(path, "note", ctl->option[CTL_NOTE]);
}

/* Returns CTL_DONE, or the exit status after it has said why. */
static int read_version(const char *text, json_int_t *out)
{
	uint64_t n;

	if (hms_str_u64(hms_str(text), &n) || n == 0 || n > INT32_MAX)
		return ctl_fail(CTL_USAGE, "%s: a version is a number from 1 on", text);
	*out = (json_int_t)n;
	return CTL_DONE;
}

/* ---------------------------------------------------------------- reading */

static int list(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_init(&path, "/profiles");
	return ctl_list(ctl, &path, profile_columns, "name");
}

/* quiet: the document alone, to be changed and applied. */
static int show(struct ctl *ctl)
{
	json_t *profile, *document;
	struct ctl_path path;
	int rc;

	profile_path(&path, ctl, "");
	if (ctl->option[CTL_VERSION])
		ctl_path_query(&path, "version", ctl->option[CTL_VERSION]);
	rc = ctl_call(ctl, "GET", &path, NULL, &profile);
	if (!rc && ctl->json) {
		ctl_print_json(profile);
	} else if (!rc) {
		document = json_incref(json_object_get(profile, "document"));
		json_object_del(profile, "document");
		if (!ctl->quiet) {
			ctl_object_print(stdout, profile);
			printf("\n");
		}
		ctl_print_json(document);
		json_decref(document);
	}
	json_decref(profile);
	return rc;
}

static int versions(struct ctl *ctl)
{
	struct ctl_path path;

	profile_path(&path, ctl, "/versions");
	return ctl_list(ctl, &path, version_columns, "version");
}

static int diff(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *answer;
	int rc;

	profile_path(&path, ctl, "/diff");
	if (ctl->arg_count > 2)
		ctl_path_query(&path, "from", ctl->args[2]);
	if (ctl->arg_count > 3)
		ctl_path_query(&path, "to", ctl->args[3]);
	rc = ctl_call(ctl, "GET", &path, NULL, &answer);
	if (!rc && ctl->json)
		ctl_print_json(answer);
	else if (!rc)
		ctl_table_print(stdout, diff_columns, json_object_get(answer, "items"), ctl_terminal_width(), !ctl->quiet);
	json_decref(answer);
	return rc;
}

static int status_devices(struct ctl *ctl)
{
	struct ctl_path path;

	profile_path(&path, ctl, "/devices");
	if (ctl->option[CTL_REASON])
		ctl_path_query(&path, "reason", ctl->option[CTL_REASON]);
	return ctl_list(ctl, &path, device_columns, "device_id");
}

/* With a state or a reason: the devices in it. */
static int status(struct ctl *ctl)
{
	json_t *answer, *reasons;
	struct ctl_path path;
	int rc;

	if (ctl->option[CTL_STATE] || ctl->option[CTL_REASON] || ctl->option[CTL_LIMIT] || ctl->option[CTL_CURSOR])
		return status_devices(ctl);
	profile_path(&path, ctl, "/status");
	rc = ctl_call(ctl, "GET", &path, NULL, &answer);
	if (rc || ctl->json || ctl->quiet) {
		if (!rc)
			rc = ctl_print_one(ctl, answer, "states");
		json_decref(answer);
		return rc;
	}
	reasons = json_incref(json_object_get(answer, "reasons"));
	json_object_del(answer, "reasons");
	ctl_object_print(stdout, answer);
	if (json_array_size(reasons)) {
		printf("\n");
		ctl_table_print(stdout, reason_columns, reasons, ctl_terminal_width(), true);
	}
	json_decref(reasons);
	json_decref(answer);
	return CTL_DONE;
}

static int plan(struct ctl *ctl)
{
	const char *device = ctl->option[CTL_DEVICE];
	struct hms_buf document = { 0 };
	struct ctl_path path;
	json_t *answer;
	int rc = ctl->arg_count > 2 ? ctl_document_read(ctl, ctl->args[2], &document) : CTL_DONE;

	if (!rc) {
		profile_path(&path, ctl, "/plan");
		if (device)
			ctl_path_query(&path, "device", device);
		if (ctl->option[CTL_VERSION])
			ctl_path_query(&path, "version", ctl->option[CTL_VERSION]);
		if (ctl->option[CTL_SAMPLES])
			ctl_path_query(&path, "samples", ctl->option[CTL_SAMPLES]);
		rc = ctl_document_send(ctl, "POST", &path, ctl->arg_count > 2 ? &document : NULL, &answer);
		if (!rc)
			ctl_plan_print(ctl, answer);
		json_decref(answer);
	}
	hms_buf_fini(&document);
	return rc;
}

/* ---------------------------------------------------------------- changing */

/* Stores the file as a new version. */
static int store(struct ctl *ctl, json_t **answer)
{
	struct hms_buf document;
	struct ctl_path path;
	int rc = ctl_document_read(ctl, ctl->args[2], &document);

	*answer = NULL;
	if (!rc) {
		profile_path(&path, ctl, "");
		add_note(ctl, &path);
		rc = ctl_document_send(ctl, "PUT", &path, &document, answer);
	}
	hms_buf_fini(&document);
	ctl->document = NULL;
	return rc;
}

static int put(struct ctl *ctl)
{
	json_t *answer;
	int rc = store(ctl, &answer);

	if (!rc)
		rc = ctl_print_one(ctl, answer, "version");
	json_decref(answer);
	return rc;
}

static int activate(struct ctl *ctl, json_int_t version)
{
	struct ctl_path path;
	json_t *answer;
	int rc;

	profile_path(&path, ctl, "/activate");
	rc = ctl_call(ctl, "POST", &path, json_pack("{s:I,s:s*}", "version", version, "note", ctl->option[CTL_NOTE]), &answer);
	if (!rc)
		rc = ctl_print_one(ctl, answer, "active");
	json_decref(answer);
	return rc;
}

static int apply(struct ctl *ctl)
{
	const char *version = ctl->option[CTL_VERSION];
	json_int_t number = 0;
	json_t *answer;
	int rc;

	if (!version == (ctl->arg_count == 2))
		return ctl_fail(CTL_USAGE, "profile apply NAME needs either a FILE or --version");
	if (version) {
		rc = read_version(version, &number);
	} else {
		rc = store(ctl, &answer);
		number = json_integer_value(json_object_get(answer, "version"));
		json_decref(answer);
	}
	return rc ? rc : activate(ctl, number);
}

static int rollback(struct ctl *ctl)
{
	json_int_t version;
	int rc = read_version(ctl->args[2], &version);

	return rc ? rc : activate(ctl, version);
}

static int off(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *answer;
	int rc;

	profile_path(&path, ctl, "/off");
	rc = ctl_call(ctl, "POST", &path, json_pack("{s:s*}", "note", ctl->option[CTL_NOTE]), &answer);
	if (!rc)
		rc = ctl_print_one(ctl, answer, "was");
	json_decref(answer);
	return rc;
}

int ctl_profile(struct ctl *ctl)
{
	static const struct {
		const char *word;
		int least, most; /* arguments */
		int (*run)(struct ctl *ctl);
	} words[] = { { "list", 1, 1, list },	      { "show", 2, 2, show }, { "versions", 2, 2, versions }, { "diff", 2, 4, diff },
		      { "status", 2, 2, status },     { "plan", 2, 3, plan }, { "put", 3, 3, put },	      { "apply", 2, 3, apply },
		      { "rollback", 3, 3, rollback }, { "off", 2, 2, off } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(ctl->args[0], words[i].word) == 0 && ctl->arg_count >= words[i].least && ctl->arg_count <= words[i].most)
			return words[i].run(ctl);
	return ctl_fail(CTL_USAGE, "usage: hmsctl profile %s", ctl->verb->arguments);
}
