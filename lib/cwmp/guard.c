/* Watches the bytes before the XML parser does, for tags that are too long. */
#include "guard.h"

/* Bytes up to and with the first c, or all of them. */
static size_t through(const char *p, size_t len, char c, bool *found)
{
	const char *at = memchr(p, c, len);

	*found = at != NULL;
	return at ? (size_t)(at - p) + 1 : len;
}

static size_t pass_text(struct hms_cwmp_guard *guard, const char *p, size_t len)
{
	bool found;
	size_t n = through(p, len, '<', &found);

	if (found)
		guard->state = HMS_CWMP_AT_OPEN;
	return n;
}

static size_t pass_tag(struct hms_cwmp_guard *guard, const char *p, size_t len)
{
	size_t n = 0;

	while (n < len) {
		char c = p[n++];

		if (c == '"')
			guard->state = HMS_CWMP_AT_DOUBLE_QUOTE;
		else if (c == '\'')
			guard->state = HMS_CWMP_AT_SINGLE_QUOTE;
		else if (c == '>')
			guard->state = HMS_CWMP_AT_TEXT;
		else
			continue;
		break;
	}
	guard->tag_bytes += n;
	return n;
}

static size_t pass_quoted(struct hms_cwmp_guard *guard, const char *p, size_t len)
{
	bool found;
	size_t n = through(p, len, guard->state == HMS_CWMP_AT_DOUBLE_QUOTE ? '"' : '\'', &found);

	if (found)
		guard->state = HMS_CWMP_AT_TAG;
	guard->tag_bytes += n;
	return n;
}

/* Bytes that cannot begin the end of a comment, CDATA or an instruction. */
static size_t pass_inside(const struct hms_cwmp_guard *guard, const char *p, size_t len)
{
	static const char ends[] = { [HMS_CWMP_AT_COMMENT] = '-', [HMS_CWMP_AT_CDATA] = ']', [HMS_CWMP_AT_INSTRUCTION] = '?' };
	const char *at;

	if (ends[guard->state] == '\0' || guard->closing > 0)
		return 0;
	at = memchr(p, ends[guard->state], len);
	return at ? (size_t)(at - p) : len;
}

/* Comments, CDATA and instructions end with '>' behind `wanted` times c. */
static void pass_closing(struct hms_cwmp_guard *guard, char byte, char c, unsigned wanted)
{
	if (byte == c)
		guard->closing++;
	else if (byte == '>' && guard->closing >= wanted)
		guard->state = HMS_CWMP_AT_TEXT;
	else
		guard->closing = 0;
}

/* The byte behind '<'. */
static void pass_opening(struct hms_cwmp_guard *guard, char byte)
{
	guard->closing = 0;
	guard->tag_bytes = 2;
	guard->state = HMS_CWMP_AT_TAG;
	if (byte == '!')
		guard->state = HMS_CWMP_AT_BANG;
	else if (byte == '?')
		guard->state = HMS_CWMP_AT_INSTRUCTION;
	else if (byte == '>')
		guard->state = HMS_CWMP_AT_TEXT;
}

static void pass_byte(struct hms_cwmp_guard *guard, char byte)
{
	switch (guard->state) {
	case HMS_CWMP_AT_OPEN:
		pass_opening(guard, byte);
		break;
	case HMS_CWMP_AT_BANG:
		guard->state = HMS_CWMP_AT_TAG; /* a DOCTYPE */
		if (byte == '-')
			guard->state = HMS_CWMP_AT_COMMENT_OPEN;
		else if (byte == '[')
			guard->state = HMS_CWMP_AT_CDATA;
		break;
	case HMS_CWMP_AT_COMMENT_OPEN:
		guard->state = HMS_CWMP_AT_COMMENT;
		break;
	case HMS_CWMP_AT_COMMENT:
		pass_closing(guard, byte, '-', 2);
		break;
	case HMS_CWMP_AT_CDATA:
		pass_closing(guard, byte, ']', 2);
		break;
	default:
		pass_closing(guard, byte, '?', 1);
		break;
	}
}

/* Most tags have no attribute and end before any quote matters: text, tag and text again in one go. Returns the
 * bytes up to the first tag that is not of that kind, or not all there. */
static size_t pass_plain_tags(const char *data, size_t len)
{
	const char *p = data, *end = data + len, *open, *close;

	while ((open = memchr(p, '<', (size_t)(end - p))) != NULL) {
		if (end - open < 2 || open[1] == '!' || open[1] == '?')
			break;
		close = memchr(open, '>', (size_t)(end - open));
		if (!close || close - open > HMS_CWMP_MAX_TAG_BYTES || memchr(open, '=', (size_t)(close - open)))
			break;
		p = close + 1;
	}
	return (size_t)(p - data);
}

bool hms_cwmp_guard_pass(struct hms_cwmp_guard *guard, const char *data, size_t len)
{
	while (len > 0) {
		size_t n = guard->state == HMS_CWMP_AT_TEXT ? pass_plain_tags(data, len) : pass_inside(guard, data, len);

		data += n;
		len -= n;
		n = len > 0;
		if (guard->state == HMS_CWMP_AT_TEXT)
			n = pass_text(guard, data, len);
		else if (guard->state == HMS_CWMP_AT_TAG)
			n = pass_tag(guard, data, len);
		else if (guard->state == HMS_CWMP_AT_DOUBLE_QUOTE || guard->state == HMS_CWMP_AT_SINGLE_QUOTE)
			n = pass_quoted(guard, data, len);
		else if (len > 0)
			pass_byte(guard, *data);
		if (guard->tag_bytes > HMS_CWMP_MAX_TAG_BYTES)
			return false;
		data += n;
		len -= n;
	}
	return true;
}
