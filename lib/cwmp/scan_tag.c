/* Tags, for the scanner. False always means that the parser has to decide. */
#include "scan_tag.h"

#include "guard.h"
#include "tables.h"

enum {
	MAX_ATTRIBUTES = 16,
	MAX_TAG_BYTES = HMS_CWMP_MAX_TAG_BYTES - 8 /* the guard counts '<' as well */
};

/* What may stand in a value in quotes of either kind, and of which kind it is not. */
#define VALUE (HMS_CWMP_SCAN_DOUBLE | HMS_CWMP_SCAN_SINGLE)
#define OTHER (HMS_CWMP_SCAN_TEXT | VALUE)
#define DIGIT (HMS_CWMP_SCAN_NAME | OTHER)
#define LETTER (HMS_CWMP_SCAN_NAME_START | DIGIT)

const uint8_t hms_cwmp_scan_classes[256] = {
	['\t'] = HMS_CWMP_SCAN_SPACE | HMS_CWMP_SCAN_TEXT,
	['\n'] = HMS_CWMP_SCAN_SPACE | HMS_CWMP_SCAN_TEXT,
	['\r'] = HMS_CWMP_SCAN_SPACE,
	[' '] = HMS_CWMP_SCAN_SPACE | OTHER,
	['!'] = OTHER,
	['"'] = HMS_CWMP_SCAN_TEXT | HMS_CWMP_SCAN_SINGLE,
	['#' ... '%'] = OTHER,
	['&'] = 0,
	['\''] = HMS_CWMP_SCAN_TEXT | HMS_CWMP_SCAN_DOUBLE,
	['(' ... ','] = OTHER,
	['-' ... '.'] = DIGIT,
	['/'] = OTHER,
	['0' ... '9'] = DIGIT,
	[':' ... ';'] = OTHER,
	['<'] = 0,
	['=' ... '@'] = OTHER,
	['A' ... 'Z'] = LETTER,
	['[' ... '\\'] = OTHER,
	[']'] = VALUE, /* "]]>" may not stand in text */
	['^'] = OTHER,
	['_'] = LETTER,
	['`'] = OTHER,
	['a' ... 'z'] = LETTER,
	['{' ... '~'] = OTHER,
};

struct qname {
	const char *p;
	size_t prefix_len, local_at, len;
};

static struct hms_str prefix_of(const struct qname *name) { return hms_strn(name->p, name->prefix_len); }

static struct hms_str local_of(const struct qname *name) { return hms_strn(name->p + name->local_at, name->len - name->local_at); }

/* What is known of a start tag before its end. */
struct attributes {
	struct qname names[MAX_ATTRIBUTES];
	unsigned count, bindings_before;
};

bool hms_cwmp_scan_literal(struct hms_cwmp_scan *s, struct hms_str literal)
{
	if (!hms_str_starts(hms_strn(s->p, (size_t)(s->end - s->p)), literal))
		return false;
	s->p += literal.len;
	return true;
}

static bool scan_qname(struct hms_cwmp_scan *s, struct qname *name)
{
	name->p = s->p;
	name->prefix_len = name->local_at = 0;
	if (++s->names > HMS_CWMP_SCAN_NAMES || !hms_cwmp_scan_is(s, HMS_CWMP_SCAN_NAME_START))
		return false;
	name->len = hms_cwmp_scan_span(s, HMS_CWMP_SCAN_NAME).len;
	if (!hms_cwmp_scan_char(s, ':'))
		return true;
	name->prefix_len = name->len;
	name->local_at = name->len + 1;
	if (!hms_cwmp_scan_is(s, HMS_CWMP_SCAN_NAME_START))
		return false;
	name->len = name->local_at + hms_cwmp_scan_span(s, HMS_CWMP_SCAN_NAME).len;
	return true;
}

bool hms_cwmp_scan_value(struct hms_cwmp_scan *s, struct hms_str *value)
{
	unsigned class = HMS_CWMP_SCAN_DOUBLE;

	hms_cwmp_scan_space(s);
	if (!hms_cwmp_scan_char(s, '='))
		return false;
	hms_cwmp_scan_space(s);
	if (hms_cwmp_scan_at(s, '\''))
		class = HMS_CWMP_SCAN_SINGLE;
	else if (!hms_cwmp_scan_at(s, '"'))
		return false;
	s->p++;
	*value = hms_cwmp_scan_span(s, class);
	return hms_cwmp_scan_char(s, class == HMS_CWMP_SCAN_SINGLE ? '\'' : '"');
}

/* Names in XML, part 3: "xml" and "xmlns" and their namespaces cannot be declared. */
static bool is_reserved(struct hms_str prefix, struct hms_str uri)
{
	return hms_str_starts(prefix, HMS_STR("xml")) || hms_str_starts(uri, HMS_STR("http://www.w3.org/XML/")) ||
	       hms_str_starts(uri, HMS_STR("http://www.w3.org/2000/xmlns/"));
}

static bool declare(struct hms_cwmp_scan *s, struct hms_cwmp_tag *tag, unsigned before, struct hms_str prefix, struct hms_str uri)
{
	struct hms_cwmp_scan_binding *binding = &s->bindings[s->binding_count];

	if (s->binding_count >= HMS_CWMP_SCAN_BINDINGS || is_reserved(prefix, uri))
		return false;
	for (unsigned i = before; i < s->binding_count; i++)
		if (hms_str_eq(s->bindings[i].prefix, prefix))
			return false;
	*binding = (struct hms_cwmp_scan_binding){ .prefix = prefix, .ns = hms_cwmp_ns_find(uri) };
	s->binding_count++;
	s->names++;
	tag->namespace_count++;
	if (tag->declared_ns < 0)
		tag->declared_ns = binding->ns;
	return true;
}

/* Two attributes with the same local name are left to the parser, whatever their namespaces are. */
static bool note_attribute(struct attributes *attributes, struct hms_cwmp_tag *tag, const struct qname *name, struct hms_str value)
{
	struct hms_str local = local_of(name);

	if (attributes->count >= MAX_ATTRIBUTES)
		return false;
	for (unsigned i = 0; i < attributes->count; i++)
		if (hms_str_eq(local_of(&attributes->names[i]), local))
			return false;
	attributes->names[attributes->count++] = *name;
	if (hms_str_eq(local, HMS_STR("type")))
		tag->type = value;
	else if (hms_str_eq(local, HMS_STR("arrayType")))
		tag->array_type = value;
	return true;
}

static bool scan_attribute(struct hms_cwmp_scan *s, struct hms_cwmp_tag *tag, struct attributes *attributes)
{
	struct hms_str value;
	struct qname name;

	if (!scan_qname(s, &name) || !hms_cwmp_scan_value(s, &value))
		return false;
	if (hms_str_eq(hms_strn(name.p, name.len), HMS_STR("xmlns")))
		return declare(s, tag, attributes->bindings_before, HMS_STR(""), value);
	if (hms_str_eq(prefix_of(&name), HMS_STR("xmlns")))
		return value.len > 0 && declare(s, tag, attributes->bindings_before, local_of(&name), value);
	return note_attribute(attributes, tag, &name, value);
}

/* The newest declaration of a prefix counts. */
static const struct hms_cwmp_scan_binding *find_binding(const struct hms_cwmp_scan *s, struct hms_str prefix)
{
	for (unsigned i = s->binding_count; i > 0; i--)
		if (hms_str_eq(s->bindings[i - 1].prefix, prefix))
			return &s->bindings[i - 1];
	return NULL;
}

/* What a prefix means is known only at the end of the tag. */
static bool resolve(const struct hms_cwmp_scan *s, struct hms_cwmp_tag *tag, struct hms_str prefix, const struct attributes *attributes)
{
	const struct hms_cwmp_scan_binding *binding = find_binding(s, prefix);

	if (!binding && prefix.len > 0)
		return false;
	tag->ns = binding ? binding->ns : -1;
	for (unsigned i = 0; i < attributes->count; i++)
		if (attributes->names[i].prefix_len > 0 && !find_binding(s, prefix_of(&attributes->names[i])))
			return false;
	tag->attribute_count = attributes->count;
	return true;
}

bool hms_cwmp_scan_start_tag(struct hms_cwmp_scan *s, struct hms_cwmp_scan_tag *out)
{
	struct attributes attributes;
	const char *start = s->p;
	struct qname name;

	attributes.count = 0;
	attributes.bindings_before = s->binding_count;
	if (!scan_qname(s, &name))
		return false;
	/* Field by field: the code for a literal takes as long as a whole tag. */
	out->name = hms_strn(name.p, name.len);
	out->tag.name = local_of(&name);
	out->tag.type = out->tag.array_type = hms_strn(NULL, 0);
	out->tag.declared_ns = -1;
	out->tag.namespace_count = 0;
	while (hms_cwmp_scan_space(s) && hms_cwmp_scan_is(s, HMS_CWMP_SCAN_NAME_START))
		if (!scan_attribute(s, &out->tag, &attributes))
			return false;
	out->empty = hms_cwmp_scan_char(s, '/');
	return hms_cwmp_scan_char(s, '>') && s->p - start <= MAX_TAG_BYTES && resolve(s, &out->tag, prefix_of(&name), &attributes);
}

bool hms_cwmp_scan_end_tag(struct hms_cwmp_scan *s, struct hms_str name)
{
	const char *start = s->p;

	if (!hms_cwmp_scan_literal(s, name))
		return false;
	hms_cwmp_scan_space(s);
	return hms_cwmp_scan_char(s, '>') && s->p - start <= MAX_TAG_BYTES;
}
