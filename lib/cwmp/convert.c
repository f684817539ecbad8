/* Conversion of a body into UTF-8, as its bytes come: the scanner, the guard, the repair and the parser see UTF-8 only, so that no charset gets
 * anything past one of them. */
#include "convert.h"

#include <errno.h>

#include "hms/base/err.h"
#include "text.h"

enum { OUT_BYTES = 4096 };

int hms_cwmp_convert_open(struct hms_cwmp_convert *convert, const char *charset)
{
	hms_cwmp_convert_close(convert);
	convert->cd = iconv_open("UTF-8", charset);
	/* iconv_open() says (iconv_t)-1 */
	convert->opened = (intptr_t)convert->cd != -1;
	return convert->opened ? 0 : HMS_ECHARSET;
}

void hms_cwmp_convert_close(struct hms_cwmp_convert *convert)
{
	if (convert->opened)
		iconv_close(convert->cd);
	*convert = (struct hms_cwmp_convert){ .opened = false };
}

static void add(struct hms_cwmp_convert *convert, struct hms_buf *out, struct hms_str text)
{
	static const struct hms_str mark = HMS_STR("\xef\xbb\xbf");

	if (!convert->begun && hms_str_starts(text, mark))
		text = hms_strn(text.p + mark.len, text.len - mark.len);
	convert->begun |= text.len > 0;
	hms_buf_str(out, text);
}

size_t hms_cwmp_convert(struct hms_cwmp_convert *convert, struct hms_str in, bool last, struct hms_buf *out, bool *replaced)
{
	char *from = (char *)in.p;
	size_t left = in.len;

	while (left > 0 && !out->failed) {
		char text[OUT_BYTES], *to = text;
		size_t room = sizeof(text);
		size_t rc = iconv(convert->cd, &from, &left, &to, &room);
		int error = rc == (size_t)-1 ? errno : 0;

		add(convert, out, hms_strn(text, (size_t)(to - text)));
		if (error == EINVAL && !last)
			break;
		if (error == EILSEQ || error == EINVAL) {
			add(convert, out, hms_str(HMS_CWMP_REPLACEMENT));
			*replaced = true;
			from++;
			left--;
		}
	}
	return in.len - left;
}
