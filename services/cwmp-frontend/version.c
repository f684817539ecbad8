/* Choice of the CWMP version from what the device offers. */
#include "version.h"

const char *fe_version_choose(struct hms_str supported)
{
	static const char *const known[] = { "1.0", "1.1", "1.2", "1.3", "1.4" };
	size_t best = 0;

	while (supported.p) {
		struct hms_str offered = hms_str_trim(hms_str_split(&supported, ','));

		for (size_t i = best; i < sizeof(known) / sizeof(known[0]); i++)
			if (hms_str_eqz(offered, known[i]))
				best = i + 1;
	}
	return best > 0 ? known[best - 1] : NULL;
}
