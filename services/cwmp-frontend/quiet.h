/** Which sessions ask for nothing (contracts 4). Pure. */
#ifndef FE_QUIET_H
#define FE_QUIET_H

#include "hms/base/str.h"

struct fe_quiet_input {
	bool has_entry;		  /* d exists */
	uint32_t entry_flags;	  /* d.f */
	struct hms_str entry_key; /* d.k */
	bool has_key;		  /* the Inform carries a ParameterKey */
	struct hms_str key;
	uint32_t retry_count;
	uint32_t classes; /* of its events */
	size_t event_count;
};
bool fe_quiet(const struct fe_quiet_input *in);

#endif
