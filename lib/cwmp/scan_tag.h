/* Between the files of the scanner: where it stands, the namespaces in scope, and tags. */
#ifndef HMS_CWMP_SCAN_TAG_H
#define HMS_CWMP_SCAN_TAG_H

#include "build.h"

enum {
	HMS_CWMP_SCAN_BINDINGS = 32, /* namespaces declared and in scope */
	HMS_CWMP_SCAN_NAMES =
		6000, /* elements, attributes, prefixes and URIs together: far below the different names that the parser takes */
};

/** Classes of bytes, as bits. */
enum {
	HMS_CWMP_SCAN_SPACE = 1,
	HMS_CWMP_SCAN_NAME_START = 2, /* of names in ASCII */
	HMS_CWMP_SCAN_NAME = 4,
	HMS_CWMP_SCAN_TEXT = 8,	   /* means itself in text */
	HMS_CWMP_SCAN_DOUBLE = 16, /* means itself in "the value of an attribute" */
	HMS_CWMP_SCAN_SINGLE = 32, /* the same in single quotes */
};
extern const uint8_t hms_cwmp_scan_classes[256];

struct hms_cwmp_scan_binding {
	struct hms_str prefix; /* empty: the default namespace */
	int ns;		       /* enum hms_cwmp_ns, or -1 */
};

struct hms_cwmp_scan {
	const char *p, *end;
	struct hms_cwmp_scan_binding bindings[HMS_CWMP_SCAN_BINDINGS];
	unsigned binding_count;
	unsigned names; /* so far */
};

struct hms_cwmp_scan_tag {
	struct hms_cwmp_tag tag;
	struct hms_str name; /* with its prefix */
	bool empty;	     /* ends with "/>" */
};

static inline bool hms_cwmp_scan_is(const struct hms_cwmp_scan *s, unsigned class)
{
	return s->p < s->end && (hms_cwmp_scan_classes[(unsigned char)*s->p] & class) != 0;
}

/** Goes on behind bytes of one class; returns them. Four at once: most of the time is spent here. */
static inline struct hms_str hms_cwmp_scan_span(struct hms_cwmp_scan *s, unsigned class)
{
	const unsigned char *start = (const unsigned char *)s->p, *p = start, *end = (const unsigned char *)s->end;
	const uint8_t *of = hms_cwmp_scan_classes;

	while (end - p >= 4 && (of[p[0]] & of[p[1]] & of[p[2]] & of[p[3]] & class) != 0)
		p += 4;
	while (p < end && (of[*p] & class) != 0)
		p++;
	s->p += p - start;
	return hms_strn(s->p - (p - start), (size_t)(p - start));
}

/** Goes on behind white space; whether there was any. */
static inline bool hms_cwmp_scan_space(struct hms_cwmp_scan *s) { return hms_cwmp_scan_span(s, HMS_CWMP_SCAN_SPACE).len > 0; }

static inline bool hms_cwmp_scan_at(const struct hms_cwmp_scan *s, char c) { return s->p < s->end && *s->p == c; }

/** Goes on behind one byte; false when something else stands here. */
static inline bool hms_cwmp_scan_char(struct hms_cwmp_scan *s, char c)
{
	bool found = hms_cwmp_scan_at(s, c);

	s->p += found;
	return found;
}

/** Goes on behind a literal; false when something else stands here. */
bool hms_cwmp_scan_literal(struct hms_cwmp_scan *s, struct hms_str literal);
/** '=' and a quoted value behind the name of an attribute. */
bool hms_cwmp_scan_value(struct hms_cwmp_scan *s, struct hms_str *value);
/** A start tag; s->p is behind its '<'. Its namespaces are in scope afterwards. */
bool hms_cwmp_scan_start_tag(struct hms_cwmp_scan *s, struct hms_cwmp_scan_tag *tag);
/** The rest of the end tag of an element, behind "</". */
bool hms_cwmp_scan_end_tag(struct hms_cwmp_scan *s, struct hms_str name);

#endif
