/* Fuzzes the scanner against the parser: a document that the scanner takes must give the same message. The first byte
 * says whose side reads. */
#include <stdlib.h>

#include "both.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct both *both_of(bool cpe)
{
	static struct both sides[2];
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;

	limits.side = cpe ? HMS_CWMP_READ_CPE : HMS_CWMP_READ_ACS;
	if (!sides[cpe].arena && !both_init(&sides[cpe], &limits))
		abort();
	return &sides[cpe];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (both_read(both_of(data[0] & 1), hms_str_trim(hms_strn((const char *)data + 1, size - 1))) == BOTH_DIFFERENT)
		abort();
	return 0;
}
