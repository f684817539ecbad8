/* The end of a request's head, and the line endings in it. llhttp, strict as it is, accepts obs-fold and a field
 * without a name, and would wait for ever for the end of a head with bare line feeds. */
#include "h1.h"

/* A CR is good only before the LF that ends the line. nl: the LF, or the end of what has arrived. */
static bool scan_bare_cr(const struct h1_scan *scan, const char *p, const char *nl)
{
	const char *cr;

	if (scan->cr && p < nl) {
		return true;
	}
	cr = memchr(p, '\r', (size_t)(nl - p));
	return cr && cr + 1 < nl;
}

/* A line without its LF: p..nl. */
static enum http_reject scan_line(const struct h1_scan *scan, const char *p, const char *nl, bool whole)
{
	if (scan->lines && scan->line_bytes == 0 && p < nl) {
		if (*p == ' ' || *p == '\t') {
			return HTTP_REJECT_OBS_FOLD; /* RFC 9112 5.2 */
		}
		if (*p == ':') {
			return HTTP_REJECT_SYNTAX; /* a field needs a name */
		}
	}
	if (scan_bare_cr(scan, p, nl)) {
		return HTTP_REJECT_BARE_CR;
	}
	if (whole && !(nl > p ? nl[-1] == '\r' : scan->cr)) {
		return HTTP_REJECT_BARE_LF;
	}
	return HTTP_REJECT_NONE;
}

size_t h1_scan(struct h1_scan *scan, const char *data, size_t len, enum http_reject *why, bool *complete)
{
	const char *p = data, *end = data + len;

	*complete = false;
	*why = HTTP_REJECT_NONE;
	while (p < end && !*complete) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;
		bool empty;

		*why = scan_line(scan, p, stop, nl != NULL);
		if (*why) {
			break;
		}
		scan->line_bytes += (size_t)(stop - p);
		scan->bytes += (size_t)(stop - p) + (nl != NULL);
		scan->cr = !nl && stop[-1] == '\r';
		p = stop;
		if (!nl) {
			break;
		}
		p++;
		empty = scan->line_bytes == 1;
		scan->line_bytes = 0;
		if (empty && scan->lines == 0) {
			continue; /* RFC 9112 2.2: empty lines before a request are ignored */
		}
		*complete = empty;
		if (!empty && ++scan->lines == 1) {
			scan->first_bytes = scan->bytes;
		}
	}
	return (size_t)(p - data);
}
