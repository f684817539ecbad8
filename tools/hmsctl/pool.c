/* Verb about pools of ids. */
#include "document.h"
#include "print.h"

static const struct ctl_column pool_columns[] = {
	{ "POOL", "name" }, { "SIZE", "size" }, { "LEASED", "leased" }, { "FREE", "free" }, { "DOCUMENT", "document", 1 }, { NULL }
};
static const struct ctl_column lease_columns[] = { { "VALUE", "value" },
						   { "DEVICE", "device_id" },
						   { "SERIAL", "serial", 2 },
						   { "STATE", "state" },
						   { "SEEN", "last_inform", 0, true },
						   { "SINCE", "allotted" },
						   { NULL } };

static void pool_path(struct ctl_path *path, const struct ctl *ctl, const char *below)
{
	ctl_path_init(path, "/pools/");
	ctl_path_part(path, ctl->args[1]);
	ctl_path_add(path, below);
}

static int list(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_init(&path, "/pools");
	return ctl_list(ctl, &path, pool_columns, "name");
}

static int show(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *pool;
	int rc = CTL_DONE;

	if (!ctl->json && !ctl->quiet) {
		pool_path(&path, ctl, "");
		rc = ctl_call(ctl, "GET", &path, NULL, &pool);
		if (!rc) {
			ctl_object_print(stdout, pool);
			printf("\n");
		}
		json_decref(pool);
	}
	if (rc)
		return rc;
	pool_path(&path, ctl, "/leases");
	return ctl_list(ctl, &path, lease_columns, "value");
}

static int apply(struct ctl *ctl)
{
	struct hms_buf document;
	struct ctl_path path;
	json_error_t why;
	json_t *body = NULL;
	int rc = ctl_document_read(ctl, ctl->args[2], &document);

	if (!rc) {
		body = json_loadb(hms_buf_z(&document), document.len, JSON_REJECT_DUPLICATES, &why);
		if (!body)
			rc = ctl_fail(CTL_FAILED, "%s: line %d: %s", ctl->file, why.line, why.text);
	}
	hms_buf_fini(&document);
	ctl->document = NULL;
	if (rc)
		return rc;
	pool_path(&path, ctl, "");
	return ctl_object(ctl, "PUT", &path, body);
}

static int release(struct ctl *ctl)
{
	struct ctl_path path;

	pool_path(&path, ctl, "/leases/");
	ctl_path_part(&path, ctl->args[2]);
	return ctl_object(ctl, "DELETE", &path, NULL);
}

int ctl_pool(struct ctl *ctl)
{
	static const struct {
		const char *word;
		int arguments;
		int (*run)(struct ctl *ctl);
	} words[] = { { "list", 1, list }, { "show", 2, show }, { "apply", 3, apply }, { "release", 3, release } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(ctl->args[0], words[i].word) == 0 && ctl->arg_count == words[i].arguments)
			return words[i].run(ctl);
	return ctl_fail(CTL_USAGE, "usage: hmsctl pool %s", ctl->verb->arguments);
}
