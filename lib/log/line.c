/* One logfmt line: quoting and escaping, so that no text of a peer can forge a line, a pair or a terminal's control sequence. */
#include "line.h"

#include "hms/base/encode.h"

#define CUT_MARK HMS_STR(" cut=1")

void log_line_begin(struct log_line *line)
{
	line->len = 0;
	line->full = false;
	line->end = sizeof(line->text) - (sizeof(" cut=1\n") - 1);
}

void log_line_raw(struct log_line *line, struct hms_str s)
{
	if (s.len > line->end - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->len, s.p, s.len);
	line->len += s.len;
}

/* Printable ASCII that needs neither quotes nor an escape. */
static bool is_bare(unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\'; }

static bool all_bare(struct hms_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_bare((unsigned char)s.p[i]))
			return false;
	return s.len > 0;
}

static void add_hex_escape(struct log_line *line, unsigned char c)
{
	char escape[5] = "\\x";

	hms_hex(&c, 1, escape + 2);
	log_line_raw(line, hms_strn(escape, 4));
}

static void add_control(struct log_line *line, unsigned char c)
{
	switch (c) {
	case '\n':
		log_line_raw(line, HMS_STR("\\n"));
		break;
	case '\r':
		log_line_raw(line, HMS_STR("\\r"));
		break;
	case '\t':
		log_line_raw(line, HMS_STR("\\t"));
		break;
	default:
		add_hex_escape(line, c);
	}
}

/* U+0080 to U+009F: some terminals take them as controls. */
static bool is_c1_control(struct hms_str s) { return (unsigned char)s.p[0] == 0xc2 && (unsigned char)s.p[1] < 0xa0; }

/* Adds the character at the start of s in its quoted form; returns how many bytes it took. */
static size_t add_quoted_char(struct log_line *line, struct hms_str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t len = hms_utf8_next(s);

	if (c == '"' || c == '\\') {
		log_line_raw(line, HMS_STR("\\"));
		log_line_raw(line, hms_strn(s.p, 1));
		return 1;
	}
	if (c < ' ' || c == 0x7f) {
		add_control(line, c);
		return 1;
	}
	if (len == 0 || is_c1_control(s)) {
		add_hex_escape(line, c);
		return 1;
	}
	log_line_raw(line, hms_strn(s.p, len));
	return len;
}

void log_line_value(struct log_line *line, struct hms_str s, size_t max)
{
	bool cut = s.len > max;

	if (cut)
		s.len = max;
	/* A character that the cut would break goes as a whole. */
	for (size_t back = 0; cut && back < 3 && ((unsigned char)s.p[s.len] & 0xc0) == 0x80; back++)
		s.len--;
	if (!cut && all_bare(s)) {
		log_line_raw(line, s);
		return;
	}
	log_line_raw(line, HMS_STR("\""));
	while (s.len > 0) {
		size_t len = add_quoted_char(line, s);

		s.p += len;
		s.len -= len;
	}
	log_line_raw(line, cut ? HMS_STR("...\"") : HMS_STR("\""));
}

static void add_unsigned(struct log_line *line, uint64_t value)
{
	char digits[20], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	log_line_raw(line, hms_strn(p, (size_t)(digits + sizeof(digits) - p)));
}

static void add_signed(struct log_line *line, int64_t value)
{
	if (value < 0)
		log_line_raw(line, HMS_STR("-"));
	add_unsigned(line, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void add_bytes(struct log_line *line, struct hms_str bytes)
{
	enum { SHOWN_MAX = LOG_VALUE_BYTES / 2 };
	size_t shown = bytes.len < SHOWN_MAX ? bytes.len : SHOWN_MAX;
	char text[2 * SHOWN_MAX + 1];

	if (bytes.len == 16) {
		hms_uuid_text((const uint8_t *)bytes.p, text);
		log_line_raw(line, hms_strn(text, 36));
		return;
	}
	hms_hex(bytes.p, shown, text);
	log_line_raw(line, hms_strn(text, 2 * shown));
	if (shown < bytes.len)
		log_line_raw(line, HMS_STR("..."));
}

void log_line_pair(struct log_line *line, const struct hms_log_kv *kv)
{
	size_t before = line->len;
	bool was_full = line->full;

	line->full = false;
	log_line_raw(line, HMS_STR(" "));
	log_line_raw(line, hms_str(kv->key));
	log_line_raw(line, HMS_STR("="));
	if (kv->type == HMS_KV_STR)
		log_line_value(line, kv->s, LOG_VALUE_BYTES);
	else if (kv->type == HMS_KV_BYTES)
		add_bytes(line, kv->s);
	else if (kv->type == HMS_KV_INT)
		add_signed(line, kv->i);
	else
		add_unsigned(line, (uint64_t)kv->i);
	if (line->full)
		line->len = before;
	line->full |= was_full;
}

void log_line_end(struct log_line *line)
{
	line->end = sizeof(line->text) - 1;
	if (line->full)
		log_line_raw(line, CUT_MARK);
	line->text[line->len++] = '\n';
}
