/** Placeholders in values of sites and profiles: {name}. Pure. */
#ifndef HMS_DESIRED_TEMPLATE_H
#define HMS_DESIRED_TEMPLATE_H

#include "hms/base/arena.h"
#include "hms/base/err.h"

#define HMS_TEMPLATE_MAX 4096 /* bytes of an expanded value */

/** What stands for a name: *out, or an error with text (HMS_ENOENT: there is no such placeholder). */
typedef int hms_template_fn(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err);

/** Replaces each {a.b_c} (lower-case letters, digits, dots, underscores); other braces stay as they are, and what is put in is not looked at again.
 *  Returns 0, fn's error, HMS_ETOOBIG, HMS_ENOMEM; with text. */
int hms_template_expand(struct hms_arena *arena, const char *text, hms_template_fn *fn, void *arg, struct hms_str *out,
			struct hms_err *err);

#endif
