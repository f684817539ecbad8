/* Cookies of one session. */
#include "cookie.h"

#include <stddef.h>

#define SEPARATOR "; "

/* Removes a cookie by name. */
static void drop(struct cookies *cookies, struct hms_str name)
{
	size_t at = 0;

	while (at < cookies->len) {
		struct hms_str rest = hms_strn(cookies->text + at, cookies->len - at), one = hms_str_split(&rest, ';');
		size_t end = at + one.len + (rest.p ? strlen(SEPARATOR) : 0);

		if (one.len > name.len && memcmp(one.p, name.p, name.len) == 0 && one.p[name.len] == '=') {
			memmove(cookies->text + at, cookies->text + end, cookies->len - end);
			cookies->len -= end - at;
			if (cookies->len == at && at > 0)
				cookies->len -= strlen(SEPARATOR);
			return;
		}
		at = end;
	}
}

static bool is_expired(struct hms_str attributes)
{
	while (attributes.p) {
		struct hms_str value = hms_str_split(&attributes, ';'), name = hms_str_trim(hms_str_split(&value, '='));
		int64_t age_s;

		if (hms_str_caseeq(name, HMS_STR("Max-Age")) && hms_str_i64(hms_str_trim(value), &age_s) == 0)
			return age_s <= 0;
	}
	return false;
}

void cookies_set(struct cookies *cookies, struct hms_str set_cookie)
{
	struct hms_str attributes = set_cookie, pair = hms_str_trim(hms_str_split(&attributes, ';')), value = pair;
	struct hms_str name = hms_str_split(&value, '=');
	size_t before;

	if (name.len == 0 || !value.p)
		return;
	drop(cookies, name);
	before = cookies->len > 0 ? strlen(SEPARATOR) : 0;
	if (is_expired(attributes) || cookies->len + before + pair.len > COOKIES_SIZE)
		return;
	memcpy(cookies->text + cookies->len, SEPARATOR, before);
	memcpy(cookies->text + cookies->len + before, pair.p, pair.len);
	cookies->len += before + pair.len;
}
