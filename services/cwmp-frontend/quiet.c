/* Which sessions ask for nothing (contracts 4): one Redis read, one record, and the empty POST is answered 204 at
 * once. */
#include "quiet.h"

#include "hms/cwmp/cwmp.h"

#define QUIET_EVENTS (HMS_EVENT_PERIODIC | HMS_EVENT_SCHEDULED | HMS_EVENT_HEARTBEAT)

/* An Inform without ParameterKey says nothing of the key: it counts as equal only where none is known. */
static bool same_key(const struct fe_quiet_input *in) { return in->has_key ? hms_str_eq(in->key, in->entry_key) : in->entry_key.len == 0; }

bool fe_quiet(const struct fe_quiet_input *in)
{
	return in->has_entry && in->entry_flags == 0 && in->retry_count == 0 && in->event_count > 0 && (in->classes & ~QUIET_EVENTS) == 0 &&
	       same_key(in);
}
