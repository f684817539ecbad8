/* Which texts are refs: the only place where a name becomes a path. */
#include "internal.h"

static bool is_letter(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/* No empty part and none that begins with a dot: neither "..", nor a hidden file. */
static bool is_part(struct hms_str part)
{
	if (part.len == 0 || !is_letter(part.p[0]))
		return false;
	for (size_t i = 1; i < part.len; i++)
		if (!is_letter(part.p[i]) && part.p[i] != '.' && part.p[i] != '_' && part.p[i] != '-')
			return false;
	return true;
}

bool hms_storage_ref_ok(struct hms_str ref)
{
	struct hms_str rest = ref;
	bool first = true;

	if (ref.len == 0 || ref.len > HMS_STORAGE_REF_MAX)
		return false;
	while (rest.p) {
		struct hms_str part = hms_str_split(&rest, '/');

		if (!is_part(part) || (first && hms_str_eqz(part, STORAGE_PART_FOLDER)))
			return false;
		first = false;
	}
	return true;
}
