/** Single arguments of commands: each check returns NULL, or why the value is refused. No I/O. */
#ifndef NBI_ARGUMENT_H
#define NBI_ARGUMENT_H

#include <jansson.h>
#include <stdbool.h>

typedef const char *nbi_argument_check(json_t *value);

nbi_argument_check nbi_argument_name, nbi_argument_names, nbi_argument_boolean, nbi_argument_number, nbi_argument_object, nbi_argument_url,
	nbi_argument_uuid, nbi_argument_file_type, nbi_argument_file_name;
/* argument_rows.c */
nbi_argument_check nbi_argument_values, nbi_argument_attributes;

/** A string of at most max bytes that XML can carry, and not empty when so wanted. */
bool nbi_argument_is_text(json_t *value, size_t max, bool empty_allowed);

#endif
