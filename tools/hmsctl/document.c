/* Documents from files, sent as they are, so that a refusal can name the line. */
#include "document.h"

#include "table.h"

#define DOCUMENT_MAX_BYTES (16u * 1024 * 1024)

int ctl_file_read(const char *name, struct hms_buf *out)
{
	bool standard = strcmp(name, "-") == 0;
	FILE *in = standard ? stdin : fopen(name, "rb");
	char piece[65536];
	size_t n;
	int rc = CTL_DONE;

	if (!in)
		return ctl_fail(CTL_FAILED, "%s: %m", name);
	while ((n = fread(piece, 1, sizeof(piece), in)) && !out->failed)
		hms_buf_add(out, piece, n);
	if (ferror(in))
		rc = ctl_fail(CTL_FAILED, "%s: %m", name);
	else if (out->failed)
		rc = ctl_fail(CTL_FAILED, "%s: is larger than %zu bytes", name, out->cap);
	if (!standard)
		fclose(in);
	return rc;
}

int ctl_document_read(struct ctl *ctl, const char *name, struct hms_buf *out)
{
	hms_buf_init(out, DOCUMENT_MAX_BYTES);
	ctl->file = strcmp(name, "-") == 0 ? "standard input" : name;
	ctl->document = out;
	return ctl_file_read(name, out);
}

/* The n-th line, from 1, without white space around it. */
static struct hms_str line_of(struct hms_str text, json_int_t n)
{
	struct hms_str line = { NULL, 0 };

	while (text.p && n-- > 0)
		line = hms_str_split(&text, '\n');
	return hms_str_trim(n < 0 ? line : HMS_STR(""));
}

int ctl_document_refused(const struct ctl *ctl, json_t *problem, int status)
{
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	json_t *text;
	struct hms_buf shown = HMS_BUF_INIT(DOCUMENT_MAX_BYTES);
	struct hms_str line = line_of(hms_buf_view(ctl->document), json_integer_value(json_object_get(problem, "line")));

	ctl_fail(status, "%s: %s", ctl->file, detail ? detail : "");
	text = json_stringn(line.p ? line.p : "", line.len); /* NULL: no UTF-8 */
	if (text && line.len) {
		ctl_text(&shown, text);
		fprintf(stderr, "    %.*s\n", HMS_STR_FMT(hms_buf_view(&shown)));
	}
	hms_buf_fini(&shown);
	json_decref(text);
	return status;
}

int ctl_document_send(struct ctl *ctl, const char *method, struct ctl_path *path, struct hms_buf *document, json_t **out)
{
	struct hms_str body = document ? hms_strn(hms_buf_z(document), document->len) : (struct hms_str){ NULL, 0 };
	struct hms_buf answer = { 0 };
	int rc = ctl_call_raw(ctl, method, path, body, &answer);

	*out = NULL;
	if (!rc) {
		*out = json_loadb(answer.p ? answer.p : "", answer.len, 0, NULL);
		rc = *out ? CTL_DONE : ctl_fail(CTL_AWAY, "the answer is not this API's");
	}
	hms_buf_fini(&answer);
	return rc;
}
