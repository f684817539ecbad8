/* In which charset a body is. */
#include "charset.h"

enum { MAX_DECLARATION_BYTES = 256 };

static const struct {
	const char *name, *iconv;
} charsets[] = {
#define CHARSET(name, iconv) { name, iconv },
#include "charsets.def"
#undef CHARSET
};

const char *hms_cwmp_charset_find(struct hms_str name)
{
	name = hms_str_trim(name);
	if (name.len >= 2 && (name.p[0] == '"' || name.p[0] == '\'') && name.p[name.len - 1] == name.p[0])
		name = hms_str_trim(hms_strn(name.p + 1, name.len - 2));
	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
		if (hms_str_caseeq(name, hms_str(charsets[i].name)))
			return charsets[i].iconv;
	return NULL;
}

struct hms_str hms_cwmp_declaration(struct hms_str body)
{
	struct hms_str head = hms_strn(body.p, body.len < MAX_DECLARATION_BYTES ? body.len : MAX_DECLARATION_BYTES);
	const char *end;

	if (!hms_str_starts(head, HMS_STR("<?xml ")))
		return HMS_STR("");
	end = memmem(head.p, head.len, "?>", 2);
	return end ? hms_strn(head.p, (size_t)(end + 2 - head.p)) : HMS_STR("");
}

/* The quoted value behind encoding=. */
static struct hms_str declared(struct hms_str declaration)
{
	static const char key[] = "encoding";
	const char *at, *end = declaration.p + declaration.len;
	struct hms_str rest, name;

	at = memmem(declaration.p, declaration.len, key, sizeof(key) - 1);
	if (!at)
		return HMS_STR("");
	rest = hms_strn(at + sizeof(key) - 1, (size_t)(end - at) - (sizeof(key) - 1));
	hms_str_split(&rest, '=');
	rest = hms_str_trim(rest);
	if (rest.len < 2)
		return HMS_STR("");
	name = hms_strn(rest.p + 1, rest.len - 1);
	return hms_str_trim(hms_str_split(&name, rest.p[0]));
}

/* By its mark, or by the zero beside the first '<'. NULL: it is not. */
static const char *utf16(struct hms_str body)
{
	if (hms_str_starts(body, HMS_STR("\xff\xfe")) || hms_str_starts(body, HMS_STR("<\0")))
		return "UTF-16LE";
	return hms_str_starts(body, HMS_STR("\xfe\xff")) || hms_str_starts(body, HMS_STR("\0<")) ? "UTF-16BE" : NULL;
}

const char *hms_cwmp_charset_detect(struct hms_str *body, struct hms_cwmp_declared given)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *name = utf16(*body);
	struct hms_str start, own;

	if (name)
		return name;
	start = hms_str_trim(*body);
	if (hms_str_starts(start, HMS_STR(mark))) {
		*body = hms_str_trim(hms_strn(start.p + 3, start.len - 3));
		return "";
	}
	own = declared(hms_cwmp_declaration(start));
	name = given.name;
	if (!name && (own.len > 0 || given.any))
		name = hms_cwmp_charset_find(own);
	else if (!name)
		name = "";
	if (name && !*name)
		*body = start;
	return name;
}
