/* Verb about jobs: a command for every device of a selection. */
#include <string.h>

#include "print.h"

#define RATE_MAX 10000u
#define LIFE_MAX_S 2592000u

static const struct ctl_column job_columns[] = {
	{ "JOB", "id" },    { "METHOD", "kind" },     { "STATE", "state" },    { "DEVICES", "selected" }, { "MADE", "made" },
	{ "RATE", "rate" }, { "CREATED", "created" }, { "ENDED", "ended_at" }, { "WHO", "origin", 1 },	  { NULL }
};

/* Options that select devices, by their names in the API. */
static const struct {
	enum ctl_option_id option;
	const char *member;
} selectors[] = {
	{ CTL_STATE, "state" }, { CTL_KIND, "kind" },
	{ CTL_MODEL, "model" }, { CTL_SOFTWARE, "software_version" },
	{ CTL_OUI, "oui" },	{ CTL_PRODUCT_CLASS, "product_class" },
	{ CTL_GROUP, "group" }, { CTL_REGION, "region" },
	{ CTL_TAG, "tag" },
};

static json_t *selection_of(const struct ctl *ctl)
{
	json_t *selection = json_object();

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
		if (ctl->option[selectors[i].option])
			json_object_set_new(selection, selectors[i].member, json_string(ctl->option[selectors[i].option]));
	return selection;
}

/* Returns CTL_DONE, or the exit status after it has said why. */
static int add_number(json_t *body, const char *member, const char *option, const char *text, uint64_t most)
{
	uint64_t n;

	if (!text)
		return CTL_DONE;
	if (hms_str_u64(hms_str(text), &n) || n == 0 || n > most)
		return ctl_fail(CTL_USAGE, "--%s is a number from 1 to %llu", option, (unsigned long long)most);
	json_object_set_new(body, member, json_integer((json_int_t)n));
	return CTL_DONE;
}

static int send_job(struct ctl *ctl, json_t *arguments, json_t *selection)
{
	json_t *body = json_pack("{s:s,s:o,s:o}", "kind", ctl->args[1], "arguments", arguments, "selection", selection);
	struct ctl_path path;
	int rc = add_number(body, "rate", "rate", ctl->option[CTL_RATE], RATE_MAX);

	if (!rc)
		rc = add_number(body, "expires_in_s", "expires", ctl->option[CTL_EXPIRES], LIFE_MAX_S);
	if (rc) {
		json_decref(body);
		return rc;
	}
	if (ctl->option[CTL_REASON])
		json_object_set_new(body, "reason", json_string(ctl->option[CTL_REASON]));
	ctl_path_init(&path, "/jobs");
	return ctl_object(ctl, "POST", &path, body);
}

static int create(struct ctl *ctl)
{
	json_error_t why;
	json_t *arguments, *selection;

	if (ctl->arg_count < 2)
		return ctl_fail(CTL_USAGE, "job create METHOD [JSON]");
	arguments = ctl->arg_count == 3 ? json_loads(ctl->args[2], JSON_REJECT_DUPLICATES, &why) : json_object();
	selection = selection_of(ctl);
	if (!json_is_object(arguments) || !json_object_size(selection) == !ctl->option[CTL_ALL]) {
		bool bad = !json_is_object(arguments);

		json_decref(arguments);
		json_decref(selection);
		return ctl_fail(CTL_USAGE,
				bad ? "the arguments are no JSON object" : "either options that select devices are needed, or --all");
	}
	return send_job(ctl, arguments, selection);
}

static int list(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_init(&path, "/jobs");
	return ctl_list(ctl, &path, job_columns, "id");
}

/* "/jobs/<id>" and what follows. */
static int on_one(struct ctl *ctl, const char *method, const char *below)
{
	struct ctl_path path;

	if (ctl->arg_count != 2)
		return ctl_fail(CTL_USAGE, "job %s JOB", ctl->args[0]);
	ctl_path_init(&path, "/jobs/");
	ctl_path_part(&path, ctl->args[1]);
	ctl_path_add(&path, below);
	return ctl_object(ctl, method, &path, *below ? json_object() : NULL);
}

static int show(struct ctl *ctl) { return on_one(ctl, "GET", ""); }
static int pause_job(struct ctl *ctl) { return on_one(ctl, "POST", "/pause"); }
static int resume(struct ctl *ctl) { return on_one(ctl, "POST", "/resume"); }
static int cancel(struct ctl *ctl) { return on_one(ctl, "POST", "/cancel"); }

int ctl_job(struct ctl *ctl)
{
	static const struct {
		const char *word;
		int (*run)(struct ctl *ctl);
	} words[] = { { "create", create },   { "list", list },	    { "show", show },
		      { "pause", pause_job }, { "resume", resume }, { "cancel", cancel } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(ctl->args[0], words[i].word) == 0)
			return words[i].run(ctl);
	return ctl_fail(CTL_USAGE, "job create, list, show, pause, resume or cancel");
}
