/* What verbs print. */
#include "print.h"

#define LINE_MAX_BYTES (64 * 1024 * 1024)

void ctl_print_json(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	putchar('\n');
}

static void print_member(json_t *row, const char *member)
{
	struct hms_buf line = HMS_BUF_INIT(LINE_MAX_BYTES);

	ctl_text(&line, ctl_member(row, member));
	printf("%s\n", hms_buf_z(&line));
	hms_buf_fini(&line);
}

int ctl_print_one(const struct ctl *ctl, json_t *object, const char *quiet_member)
{
	if (ctl->json)
		ctl_print_json(object);
	else if (ctl->quiet)
		print_member(object, quiet_member);
	else
		ctl_object_print(stdout, object);
	return CTL_DONE;
}

static void print_rows(const struct ctl *ctl, json_t *rows, const struct ctl_column *columns, const char *quiet_member)
{
	size_t i;
	json_t *row;

	if (!ctl->quiet) {
		ctl_table_print(stdout, columns, rows, ctl_terminal_width(), true);
		return;
	}
	json_array_foreach(rows, i, row) print_member(row, quiet_member);
}

int ctl_list(struct ctl *ctl, struct ctl_path *path, const struct ctl_column *columns, const char *quiet_member)
{
	const char *next;
	json_t *page;
	int rc;

	ctl_path_options(path, ctl);
	rc = ctl_call(ctl, "GET", path, NULL, &page);
	if (rc)
		return rc;
	next = json_string_value(json_object_get(page, "next"));
	if (ctl->json)
		ctl_print_json(page);
	else
		print_rows(ctl, json_object_get(page, "items"), columns, quiet_member);
	fflush(stdout); /* before what follows it */
	if (next && !ctl->json && !ctl->quiet)
		fprintf(stderr, "there is more: --cursor '%s'\n", next);
	json_decref(page);
	return CTL_DONE;
}

int ctl_object(struct ctl *ctl, const char *method, struct ctl_path *path, json_t *body)
{
	json_t *object;
	int rc = ctl_call(ctl, method, path, body, &object);

	if (!rc)
		rc = ctl_print_one(ctl, object, "state");
	json_decref(object);
	return rc;
}
