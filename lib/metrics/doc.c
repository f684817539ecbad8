/* Tables of metrics as rows of a Markdown table: name, type, labels, help. */
#include "internal.h"

static void add_cell_text(struct hms_buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			hms_buf_char(out, '\\');
		hms_buf_char(out, *text == '\n' ? ' ' : *text);
	}
}

void hms_metrics_doc(const struct hms_metric_def *defs, size_t count, struct hms_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		hms_buf_printf(out, "| `%s` | %s | ", defs[i].name, metric_type_name(defs[i].type));
		if (defs[i].label)
			hms_buf_printf(out, "`%s` (at most %zu values)", defs[i].label, defs[i].max);
		hms_buf_strz(out, " | ");
		add_cell_text(out, defs[i].help);
		hms_buf_strz(out, " |\n");
	}
}
