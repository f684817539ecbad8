/* The fast way for plain documents, before the XML parser: the document and its text. False always means that the
 * parser has to decide. */
#include "scan.h"

#include "guard.h"
#include "reference.h"
#include "scan_tag.h"
#include "text.h"

struct open_element {
	struct hms_str name; /* with its prefix */
	unsigned bindings_before;
};

struct document {
	struct hms_cwmp_scan s;
	struct hms_cwmp_build *build;
	struct open_element open[HMS_CWMP_MAX_DEPTH];
	unsigned depth;
};

static size_t encode(uint32_t c, char out[4])
{
	static const uint8_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t len = 1 + (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(leads[len] | c);
	return len;
}

static bool scan_reference(struct document *doc)
{
	char utf8[4];
	uint32_t value;
	size_t len = hms_cwmp_reference_next(hms_strn(doc->s.p, (size_t)(doc->s.end - doc->s.p)), &value);

	if (len == 0 || !hms_cwmp_is_xml_char(value))
		return false;
	hms_cwmp_build_text(doc->build, utf8, encode(value, utf8));
	doc->s.p += len;
	return true;
}

/* A byte that does not mean itself, or not everywhere. CR LF becomes LF (XML 1.0, 2.11). */
static bool scan_special(struct document *doc)
{
	struct hms_str rest = hms_strn(doc->s.p, (size_t)(doc->s.end - doc->s.p));
	size_t len;

	if (rest.p[0] == '&')
		return scan_reference(doc);
	if (rest.p[0] == '\r') {
		doc->s.p++;
		return hms_cwmp_scan_at(&doc->s, '\n');
	}
	if (rest.p[0] == ']')
		len = hms_str_starts(rest, HMS_STR("]]>")) ? 0 : 1;
	else
		len = hms_cwmp_text_next(rest);
	hms_cwmp_build_text(doc->build, rest.p, len);
	doc->s.p += len;
	return len > 0;
}

/* Up to the next '<'. */
static bool scan_text(struct document *doc)
{
	struct hms_cwmp_scan *s = &doc->s;

	for (;;) {
		struct hms_str plain = hms_cwmp_scan_span(s, HMS_CWMP_SCAN_TEXT);

		if (plain.len > 0)
			hms_cwmp_build_text(doc->build, plain.p, plain.len);
		if (s->p == s->end)
			return false;
		if (*s->p == '<')
			return true;
		if (!scan_special(doc))
			return false;
	}
}

static void end_element(struct document *doc)
{
	doc->depth--;
	doc->s.binding_count = doc->open[doc->depth].bindings_before;
	hms_cwmp_build_end(doc->build);
}

static bool scan_start(struct document *doc)
{
	unsigned before = doc->s.binding_count;
	struct hms_cwmp_scan_tag tag;

	if (doc->depth >= HMS_CWMP_MAX_DEPTH || !hms_cwmp_scan_start_tag(&doc->s, &tag))
		return false;
	doc->open[doc->depth++] = (struct open_element){ .name = tag.name, .bindings_before = before };
	hms_cwmp_build_start(doc->build, &tag.tag);
	if (tag.empty)
		end_element(doc);
	return true;
}

static bool scan_end(struct document *doc)
{
	if (doc->depth == 0 || !hms_cwmp_scan_end_tag(&doc->s, doc->open[doc->depth - 1].name))
		return false;
	end_element(doc);
	return true;
}

/* One element and all in it. */
static bool scan_root(struct document *doc)
{
	do {
		bool ok;

		if (doc->depth > 0 && !scan_text(doc))
			return false;
		if (!hms_cwmp_scan_char(&doc->s, '<'))
			return false;
		ok = hms_cwmp_scan_char(&doc->s, '/') ? scan_end(doc) : scan_start(doc);
		if (!ok || doc->build->rc < 0)
			return false;
	} while (doc->depth > 0);
	return true;
}

/* One part of the XML declaration; true as well when it is not there, *value is empty then. */
static bool scan_part(struct hms_cwmp_scan *s, struct hms_str name, struct hms_str *value)
{
	const char *start = s->p;
	bool space = hms_cwmp_scan_space(s);

	*value = HMS_STR("");
	if (hms_cwmp_scan_literal(s, name))
		return space && hms_cwmp_scan_value(s, value) && value->len > 0;
	s->p = start;
	return true;
}

static bool scan_declaration(struct hms_cwmp_scan *s)
{
	struct hms_str version, encoding, standalone;

	if (!hms_cwmp_scan_literal(s, HMS_STR("<?xml")))
		return true;
	if (!scan_part(s, HMS_STR("version"), &version) || !scan_part(s, HMS_STR("encoding"), &encoding) ||
	    !scan_part(s, HMS_STR("standalone"), &standalone))
		return false;
	if (!hms_str_eqz(version, "1.0") || (encoding.len > 0 && !hms_str_caseeq(encoding, HMS_STR("UTF-8"))))
		return false;
	if (standalone.len > 0 && !hms_str_eqz(standalone, "yes") && !hms_str_eqz(standalone, "no"))
		return false;
	hms_cwmp_scan_space(s);
	if (!hms_cwmp_scan_literal(s, HMS_STR("?>")))
		return false;
	hms_cwmp_scan_space(s);
	return true;
}

bool hms_cwmp_scan(struct hms_cwmp_build *b, struct hms_str text)
{
	struct document doc;

	/* The parser refuses what it cannot consume and is longer than a value may be: tags, with so small a limit. */
	if (b->limits.value_bytes < HMS_CWMP_MAX_TAG_BYTES)
		return false;
	doc.s.p = text.p;
	doc.s.end = text.p + text.len;
	doc.s.binding_count = doc.s.names = 0;
	doc.build = b;
	doc.depth = 0;
	return scan_declaration(&doc.s) && scan_root(&doc) && doc.s.p == doc.s.end;
}
