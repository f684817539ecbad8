/* In which encoding a body is. */
#include "charset.h"

enum { MAX_DECLARATION_BYTES = 256 };

static const struct {
	const char *name;
	enum hms_cwmp_encoding encoding;
} names[] = {
	{ "utf-8", HMS_CWMP_ENC_UTF8 },
	{ "utf8", HMS_CWMP_ENC_UTF8 },
	{ "us-ascii", HMS_CWMP_ENC_UTF8 },
	{ "ascii", HMS_CWMP_ENC_UTF8 },
	{ "iso-8859-1", HMS_CWMP_ENC_LATIN1 },
	{ "iso8859-1", HMS_CWMP_ENC_LATIN1 },
	{ "iso_8859-1", HMS_CWMP_ENC_LATIN1 },
	{ "latin1", HMS_CWMP_ENC_LATIN1 },
	{ "windows-1252", HMS_CWMP_ENC_LATIN1 },
	{ "gb2312", HMS_CWMP_ENC_GB },
	{ "gbk", HMS_CWMP_ENC_GB },
	{ "gb18030", HMS_CWMP_ENC_GB },
};

enum hms_cwmp_encoding hms_cwmp_encoding_find(struct hms_str name)
{
	name = hms_str_trim(name);
	if (name.len >= 2 && (name.p[0] == '"' || name.p[0] == '\'') && name.p[name.len - 1] == name.p[0])
		name = hms_strn(name.p + 1, name.len - 2);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hms_str_caseeq(name, hms_str(names[i].name)))
			return names[i].encoding;
	return HMS_CWMP_ENC_UNKNOWN;
}

const char *hms_cwmp_encoding_name(enum hms_cwmp_encoding encoding)
{
	if (encoding == HMS_CWMP_ENC_LATIN1)
		return "ISO-8859-1";
	return encoding == HMS_CWMP_ENC_GB ? "GB18030" : NULL; /* holds GB2312 and GBK */
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

/* The quoted value behind encoding=, with its quotes. */
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
	return hms_str_split(&name, rest.p[0]);
}

enum hms_cwmp_encoding hms_cwmp_encoding_detect(struct hms_str *body, enum hms_cwmp_encoding given)
{
	static const char mark[] = "\xef\xbb\xbf";
	enum hms_cwmp_encoding encoding;

	if (hms_str_starts(*body, HMS_STR(mark))) {
		*body = hms_str_trim(hms_strn(body->p + 3, body->len - 3));
		return HMS_CWMP_ENC_UTF8;
	}
	if (given != HMS_CWMP_ENC_UNKNOWN)
		return given;
	encoding = hms_cwmp_encoding_find(declared(hms_cwmp_declaration(*body)));
	return encoding != HMS_CWMP_ENC_UNKNOWN ? encoding : HMS_CWMP_ENC_UTF8;
}
