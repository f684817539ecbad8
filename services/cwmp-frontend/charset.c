/* The charset parameter of a Content-Type (RFC 9110 8.3.1). */
#include "charset.h"

struct hms_str fe_charset(struct hms_str content_type)
{
	hms_str_split(&content_type, ';');
	while (content_type.p) {
		struct hms_str value = hms_str_split(&content_type, ';');
		struct hms_str name = hms_str_trim(hms_str_split(&value, '='));

		if (!hms_str_caseeq(name, HMS_STR("charset")))
			continue;
		value = hms_str_trim(value);
		if (value.len >= 2 && value.p[0] == '"' && value.p[value.len - 1] == '"')
			value = hms_strn(value.p + 1, value.len - 2);
		if (value.len > 0)
			return value;
	}
	return (struct hms_str){ NULL, 0 };
}
