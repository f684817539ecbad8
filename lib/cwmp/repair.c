/* A second try for bodies that are not well-formed in ways that devices are known for. */
#include "repair.h"

#include "hms/cwmp/cwmp.h"
#include "charset.h"
#include "reference.h"
#include "text.h"

enum { MAX_ATTRIBUTES = 64 };

struct repair {
	struct hms_str rest;
	struct hms_buf *out;
	unsigned warnings;
};

static void skip(struct repair *r, size_t n)
{
	r->rest.p += n;
	r->rest.len -= n;
}

static void copy(struct repair *r, size_t n)
{
	hms_buf_add(r->out, r->rest.p, n);
	skip(r, n);
}

static void replace(struct repair *r, size_t n)
{
	hms_buf_strz(r->out, HMS_CWMP_REPLACEMENT);
	r->warnings |= 1u << HMS_CWMP_WARN_BAD_UTF8;
	skip(r, n);
}

static void copy_char(struct repair *r)
{
	size_t len = hms_cwmp_text_next(r->rest);

	if (len > 0) {
		copy(r, len);
		return;
	}
	len = hms_utf8_next(r->rest);
	replace(r, len > 0 ? len : 1);
}

/* Up to and with the end mark, or to the end of the input. */
static void copy_through(struct repair *r, struct hms_str mark)
{
	while (r->rest.len > 0 && !hms_str_starts(r->rest, mark))
		copy_char(r);
	copy(r, r->rest.len < mark.len ? r->rest.len : mark.len);
}

/* At '&': a reference that XML knows stays, one to a character that XML has not is replaced, all else was meant as
 * it stands. */
static void copy_ampersand(struct repair *r)
{
	uint32_t value;
	size_t len = hms_cwmp_reference_next(r->rest, &value);

	if (len > 0 && hms_cwmp_is_xml_char(value)) {
		copy(r, len);
	} else if (len > 0) {
		replace(r, len);
	} else {
		hms_buf_strz(r->out, "&amp;");
		r->warnings |= 1u << HMS_CWMP_WARN_BARE_AMPERSAND;
		skip(r, 1);
	}
}

/* Text up to one of two bytes, which is left. */
static void copy_text(struct repair *r, char stop, char other_stop)
{
	while (r->rest.len > 0 && r->rest.p[0] != stop && r->rest.p[0] != other_stop) {
		if (r->rest.p[0] == '&')
			copy_ampersand(r);
		else
			copy_char(r);
	}
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void copy_spaces(struct repair *r)
{
	while (r->rest.len > 0 && is_space(r->rest.p[0]))
		copy(r, 1);
}

/* The name of an element or attribute, as it stands in the input. */
static struct hms_str copy_name(struct repair *r)
{
	struct hms_str name = { r->rest.p, 0 };

	while (r->rest.len > 0 && !is_space(r->rest.p[0]) && !strchr("=/>", r->rest.p[0]))
		copy_char(r);
	name.len = (size_t)(r->rest.p - name.p);
	return name;
}

static void copy_value(struct repair *r)
{
	copy_spaces(r);
	if (r->rest.len == 0 || r->rest.p[0] != '=')
		return;
	copy(r, 1);
	copy_spaces(r);
	if (r->rest.len > 0 && (r->rest.p[0] == '"' || r->rest.p[0] == '\'')) {
		char quote = r->rest.p[0];

		copy(r, 1);
		copy_text(r, quote, quote);
		if (r->rest.len > 0)
			copy(r, 1);
	}
}

static bool contains(const struct hms_str *names, size_t count, struct hms_str name)
{
	for (size_t i = 0; i < count; i++)
		if (hms_str_eq(names[i], name))
			return true;
	return false;
}

static void copy_tag(struct repair *r)
{
	struct hms_str seen[MAX_ATTRIBUTES];
	size_t count = 0;

	copy(r, 1);
	if (r->rest.len > 0 && r->rest.p[0] == '/')
		copy(r, 1);
	copy_name(r);
	while (r->rest.len > 0 && r->rest.p[0] != '>') {
		size_t before = r->out->len;
		struct hms_str name;

		copy_spaces(r);
		name = copy_name(r);
		if (name.len == 0) {
			if (r->rest.len > 0 && r->rest.p[0] != '>')
				copy_char(r);
			continue;
		}
		copy_value(r);
		if (contains(seen, count, name)) {
			r->out->len = before;
			r->warnings |= 1u << HMS_CWMP_WARN_DUPLICATE_ATTRIBUTE;
		} else if (count < MAX_ATTRIBUTES) {
			seen[count++] = name;
		}
	}
}

static void copy_markup(struct repair *r)
{
	if (hms_str_starts(r->rest, HMS_STR("<!--")))
		copy_through(r, HMS_STR("-->"));
	else if (hms_str_starts(r->rest, HMS_STR("<![CDATA[")))
		copy_through(r, HMS_STR("]]>"));
	else if (hms_str_starts(r->rest, HMS_STR("<?")))
		copy_through(r, HMS_STR("?>"));
	else
		copy_tag(r);
}

int hms_cwmp_repair(struct hms_buf *out, struct hms_str in, unsigned *warnings)
{
	struct repair r = { .rest = in, .out = out };

	skip(&r, hms_cwmp_declaration(in).len);
	r.rest = hms_str_trim(r.rest);
	while (r.rest.len > 0 && !out->failed) {
		copy_text(&r, '<', '<');
		if (r.rest.len > 0)
			copy_markup(&r);
	}
	*warnings = r.warnings;
	return out->failed;
}
