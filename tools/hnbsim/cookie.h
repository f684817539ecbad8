/** Cookies of one session (RFC 6265, as far as TR-069 3.4.3 needs it). No I/O. */
#ifndef HNBSIM_COOKIE_H
#define HNBSIM_COOKIE_H

#include "hms/base/str.h"

#define COOKIES_SIZE 8192

/** A ready "a=1; b=2". */
struct cookies {
	size_t len;
	char text[COOKIES_SIZE];
};

/** Takes a Set-Cookie value: adds, replaces, or (Max-Age of 0 or less) removes. One that is malformed, or does not
 *  fit, is left out. */
void cookies_set(struct cookies *cookies, struct hms_str set_cookie);

#endif
