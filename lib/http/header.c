/* Header fields as both sides see them: finding one, and what may be sent. */
#include "http_internal.h"

struct hms_str http_header_find(const struct hms_http_header *headers, size_t count, const char *name, size_t i)
{
	struct hms_str wanted = hms_str(name);

	for (size_t h = 0; h < count; h++) {
		if (hms_str_caseeq(headers[h].name, wanted) && i-- == 0) {
			return headers[h].value;
		}
	}
	return (struct hms_str){ 0 };
}

size_t http_header_count(const struct hms_http_header *headers, size_t count, const char *name)
{
	size_t n = 0;

	while (http_header_find(headers, count, name, n).p) {
		n++;
	}
	return n;
}

/* A line break in a value that was made from a peer's text would let the peer write headers of its own. */
static bool header_text_valid(struct hms_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '\r' || c == '\n' || c == '\0') {
			return false;
		}
	}
	return true;
}

/* Fields that belong to the framing and are made here. */
static bool header_is_framing(struct hms_str name)
{
	return hms_str_caseeq(name, HMS_STR("Content-Length")) || hms_str_caseeq(name, HMS_STR("Transfer-Encoding"));
}

bool http_headers_valid(const struct hms_http_header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hms_str name = headers[i].name;

		if (name.len == 0 || memchr(name.p, ':', name.len) || !header_text_valid(name) || !header_text_valid(headers[i].value) ||
		    header_is_framing(name)) {
			return false;
		}
	}
	return true;
}
