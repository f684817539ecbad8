/* Placeholders. */
#include "hms/desired/template.h"

#include "hms/base/buf.h"

/* Length of the name behind a brace, if it is one and ends with a brace; else 0. */
static size_t name_len(const char *p)
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789._");

	return p[n] == '}' ? n : 0;
}

int hms_template_expand(struct hms_arena *arena, const char *text, hms_template_fn *fn, void *arg, struct hms_str *out, struct hms_err *err)
{
	struct hms_buf buf = HMS_BUF_INIT(HMS_TEMPLATE_MAX);
	int rc = 0;

	if (!strchr(text, '{')) {
		*out = hms_str(text);
		return 0;
	}
	for (const char *p = text; *p && !rc; p++) {
		size_t n = *p == '{' ? name_len(p + 1) : 0;
		struct hms_str value = { p, 1 };

		if (n) {
			rc = fn(arg, hms_strn(p + 1, n), &value, err);
			p += n + 1;
		}
		if (!rc)
			hms_buf_str(&buf, value);
	}
	if (!rc && buf.failed)
		rc = hms_err_set(err, buf.failed == HMS_EFULL ? HMS_ETOOBIG : HMS_ENOMEM, "a value is longer than %d bytes",
				 HMS_TEMPLATE_MAX);
	if (!rc) {
		*out = hms_str(hms_arena_strz(arena, hms_buf_view(&buf)));
		rc = out->p ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	hms_buf_fini(&buf);
	return rc;
}
