/* Error codes as text, and errors with a reason in words. */
#include "hms/base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int code;
	const char *name, *text;
} errors[] = {
	{ HMS_OK, "OK", "success" },
#define HMS_ERROR(name, number, text) { HMS_E##name, "E" #name, text },
#include "hms/base/errors.def"
#undef HMS_ERROR
};

/* Positive results count as success; a code that nobody defined is shown as such. */
static size_t error_index(int code)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].code == (code > 0 ? HMS_OK : code))
			return i;
	return SIZE_MAX;
}

const char *hms_strerror(int code)
{
	size_t i = error_index(code);

	return i == SIZE_MAX ? "unknown error" : errors[i].text;
}

const char *hms_errname(int code)
{
	size_t i = error_index(code);

	return i == SIZE_MAX ? "EUNKNOWN" : errors[i].name;
}

int hms_err_set(struct hms_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int hms_err_prefix(struct hms_err *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list ap;
	size_t len;

	if (!err)
		return HMS_OK;
	memcpy(old, err->text, sizeof(old));
	old[sizeof(old) - 1] = '\0';
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
	return err->code;
}
