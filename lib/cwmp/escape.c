/* Text as XML character data (cwmp.md H14). */
#include "hms/cwmp/writer.h"
#include "text.h"

/* Stand for themselves: 9, 10, 32 to 126 but & < > ". A carriage return would come back as a line feed. */
static bool stands_for_itself(unsigned char c)
{
	if (c == '&' || c == '<' || c == '>' || c == '"')
		return false;
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n';
}

static uint32_t decode(const unsigned char *p, size_t len)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t value = p[0] & lead_bits[len];

	for (size_t i = 1; i < len; i++)
		value = value << 6 | (p[i] & 0x3f);
	return value;
}

static void write_reference(struct hms_buf *out, uint32_t value)
{
	hms_buf_strz(out, "&#");
	hms_buf_u64(out, value);
	hms_buf_char(out, ';');
}

/* One character that does not stand for itself; returns its bytes. */
static size_t write_special(struct hms_buf *out, struct hms_str text)
{
	size_t len = hms_cwmp_text_next(text), whole = hms_utf8_next(text);

	if (text.p[0] == '&')
		hms_buf_strz(out, "&amp;");
	else if (text.p[0] == '<')
		hms_buf_strz(out, "&lt;");
	else if (text.p[0] == '>')
		hms_buf_strz(out, "&gt;");
	else if (text.p[0] == '"')
		hms_buf_strz(out, "&quot;");
	else
		write_reference(out, len > 0 ? decode((const unsigned char *)text.p, len) : 0xfffd);
	return whole > 0 ? whole : 1;
}

void hms_cwmp_write_text(struct hms_buf *out, struct hms_str text)
{
	while (text.len > 0) {
		size_t plain = 0, special = 0;

		while (plain < text.len && stands_for_itself((unsigned char)text.p[plain]))
			plain++;
		hms_buf_add(out, text.p, plain);
		if (plain < text.len)
			special = write_special(out, hms_strn(text.p + plain, text.len - plain));
		text.p += plain + special;
		text.len -= plain + special;
	}
}
