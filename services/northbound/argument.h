/** Single arguments of commands: each check returns NULL, or why the value is refused. No I/O. */
#ifndef NBI_ARGUMENT_H
#define NBI_ARGUMENT_H

#include <jansson.h>
#include <stdbool.h>

typedef const char *nbi_argument_check(json_t *value);

nbi_argument_check nbi_argument_name, nbi_argument_names, nbi_argument_boolean, nbi_argument_number, nbi_argument_object, nbi_argument_url,
	nbi_argument_uuid, nbi_argument_file_type, nbi_argument_file_name;
nbi_argument_check nbi_argument_test, nbi_argument_diagnostics_object, nbi_argument_diagnostics_values;
nbi_argument_check nbi_argument_delay, nbi_argument_option, nbi_argument_command, nbi_argument_vouchers, nbi_argument_xml;
/* argument_rows.c */
nbi_argument_check nbi_argument_values, nbi_argument_attributes, nbi_argument_windows;
/* argument_du.c */
nbi_argument_check nbi_argument_operations;

/** A member that a row may have. */
struct nbi_member {
	const char *name;
	nbi_argument_check *check;
};
/** Checks the members of a row, which are among those up to {NULL}. */
const char *nbi_argument_members(json_t *row, const struct nbi_member *members);

/** A URL as of a transfer, of at most max characters. */
bool nbi_argument_is_url(json_t *value, size_t max);
/** A string of at most max bytes that XML can carry, and not empty when so wanted. */
bool nbi_argument_is_text(json_t *value, size_t max, bool empty_allowed);

#endif
