/** Error codes shared by all of libhms, and an error with text for parsing and configuration.
 *
 *  Functions return 0 or a positive result on success, and one of the negative codes of hms/base/errors.def otherwise.
 *  A text (struct hms_err) is filled only where a person reads it: start-up, configuration, parsing. */
#ifndef HMS_BASE_ERR_H
#define HMS_BASE_ERR_H

enum hms_code {
	HMS_OK = 0,
#define HMS_ERROR(name, number, text) HMS_E##name = -(number),
#include "hms/base/errors.def"
#undef HMS_ERROR
};

/** A code with the reason in words; text is always terminated. */
struct hms_err {
	int code;
	char text[512];
};

/** The fixed text of a code ("timed out"); never NULL. */
const char *hms_strerror(int code);

/** The symbolic name of a code ("ETIMEOUT"), for logs and metric labels; never NULL. */
const char *hms_errname(int code);

/** Sets code and text (printf) and returns the code, so that `return hms_err_set(...)` reads well. err may be NULL. */
int hms_err_set(struct hms_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** Puts "prefix: " before the text that is there; for the caller who knows the file or the setting. */
int hms_err_prefix(struct hms_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
