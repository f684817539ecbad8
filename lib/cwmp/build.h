/* Builds a message from elements and text, whichever parser they come from. */
#ifndef HMS_CWMP_BUILD_H
#define HMS_CWMP_BUILD_H

#include "hms/cwmp/reader.h"

enum {
	HMS_CWMP_MAX_DEPTH = 64,	 /* whatever the limits say: the stack is part of the builder */
	HMS_CWMP_MAX_ATTRIBUTES = 64,	 /* of one element */
	HMS_CWMP_MAX_NAMESPACES = 256,	 /* declared and in scope: each prefix is searched among them */
	HMS_CWMP_KEPT_BEYOND_LIMIT = 32, /* forced parameters of an Inform that is cut (contracts 5) */
};

/** What the document says at this place. FIELD is any element without a meaning of its own here. */
enum hms_cwmp_scope {
	HMS_CWMP_IN_DOCUMENT,
	HMS_CWMP_IN_ENVELOPE,
	HMS_CWMP_IN_HEADER,
	HMS_CWMP_IN_BODY,
	HMS_CWMP_IN_METHOD,
	HMS_CWMP_IN_LIST,
	HMS_CWMP_IN_FIELD,
	HMS_CWMP_IN_INFORM,
	HMS_CWMP_IN_DEVICE_ID,
	HMS_CWMP_IN_EVENTS,
	HMS_CWMP_IN_EVENT,
	HMS_CWMP_IN_PARAMS,
	HMS_CWMP_IN_PARAM,
	HMS_CWMP_IN_SOAP_FAULT,
	HMS_CWMP_IN_FAULT_STRING, /* the SOAP fault's own; netcwmp puts the detail into it */
	HMS_CWMP_IN_FAULT,
	HMS_CWMP_IN_PARAM_FAULT,
	HMS_CWMP_IN_LEAF,
	HMS_CWMP_IN_SKIPPED,
	HMS_CWMP_SCOPE_COUNT
};

/** One start tag. Nothing outlives the call. */
struct hms_cwmp_tag {
	struct hms_str name;	   /* local */
	int ns;			   /* enum hms_cwmp_ns of its namespace, or -1 */
	struct hms_str type;	   /* xsi:type; p is NULL if absent */
	struct hms_str array_type; /* soapenc:arrayType */
	int declared_ns;	   /* a CWMP namespace that is declared here, or -1 */
	unsigned attribute_count, namespace_count;
};

struct hms_cwmp_build;
struct hms_cwmp_rule;

/** Ends an element: text is what stood in it, if the rule collects text. */
typedef void hms_cwmp_end_fn(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text);

/** What an element means inside a scope. */
struct hms_cwmp_rule {
	struct hms_str name;
	enum hms_cwmp_scope to;
	hms_cwmp_end_fn *end;
	size_t offset; /* of the struct hms_str in struct hms_cwmp_build that takes the text */
	bool typed;    /* has an xsi:type that counts */
};

struct hms_cwmp_level {
	const struct hms_cwmp_rule *rule;
	enum hms_cwmp_scope scope;
	size_t path_len;	     /* of the path before this element */
	unsigned namespace_count;    /* in scope before this element */
	uint64_t children, expected; /* elements in it; the count of its arrayType, or UINT64_MAX */
	uint32_t number;	     /* of the element within the message */
};

/** How sure the namespace is: the best evidence wins. */
enum hms_cwmp_ns_source { HMS_CWMP_NS_UNKNOWN, HMS_CWMP_NS_DECLARED, HMS_CWMP_NS_HEADER, HMS_CWMP_NS_METHOD };

struct hms_cwmp_build {
	struct hms_arena *arena;
	struct hms_cwmp_limits limits;
	hms_cwmp_param_sink *sink; /* NULL: parameters are collected */
	void *sink_arg;

	struct hms_cwmp_msg msg;
	enum hms_cwmp_ns_source ns_source;
	bool has_method, done; /* done: the Envelope has ended */
	bool has_events, has_params, has_retry_count;
	struct hms_cwmp_param param; /* being read, as are the following */
	struct hms_cwmp_event event;
	struct hms_cwmp_param_fault param_fault;
	struct hms_str fault_string; /* of the SOAP fault */
	uint64_t param_total;

	struct hms_cwmp_level stack[HMS_CWMP_MAX_DEPTH];
	unsigned depth, namespace_count;
	uint32_t elements; /* begun so far */

	struct hms_buf text, path, scrubbed;
	struct hms_buf sink_name, sink_value;
	struct hms_buf params, events, fields, param_faults; /* arrays, copied into the arena at the end */

	int rc; /* first failure, final */
	const char *why;
};

void hms_cwmp_build_init(struct hms_cwmp_build *b, struct hms_arena *arena, const struct hms_cwmp_limits *limits);
void hms_cwmp_build_fini(struct hms_cwmp_build *b);
/** Forgets the message; keeps limits, sink and a modest amount of memory. */
void hms_cwmp_build_reset(struct hms_cwmp_build *b);

/** After a failure (b->rc) these do nothing. */
void hms_cwmp_build_start(struct hms_cwmp_build *b, const struct hms_cwmp_tag *tag);
void hms_cwmp_build_text(struct hms_cwmp_build *b, const char *text, size_t len);
void hms_cwmp_build_end(struct hms_cwmp_build *b);
/** Completes the message in the arena. Returns 0 or b->rc. */
int hms_cwmp_build_finish(struct hms_cwmp_build *b, struct hms_cwmp_msg **msg);

/* Between the files of the builder. */
void hms_cwmp_build_fail(struct hms_cwmp_build *b, int rc, const char *why);
/** A clean copy in the arena; empty text gives an empty, non-NULL string. */
struct hms_str hms_cwmp_build_keep(struct hms_cwmp_build *b, struct hms_str text);
/** A clean copy in a buffer, whose content it replaces. */
struct hms_str hms_cwmp_build_clean(struct hms_cwmp_build *b, struct hms_buf *into, struct hms_str text);
/** Adds one row to an array of rows. */
void hms_cwmp_build_add(struct hms_cwmp_build *b, struct hms_buf *rows, const void *row, size_t bytes);
void hms_cwmp_build_warn(struct hms_cwmp_build *b, enum hms_cwmp_warning warning);
void hms_cwmp_build_method(struct hms_cwmp_build *b, struct hms_str name);
/** Adds a field whose path is b->path; depth: of its element, the document's own being 1. */
void hms_cwmp_build_field(struct hms_cwmp_build *b, struct hms_str text, unsigned depth);
/** The rule for an element in a scope; never NULL. */
const struct hms_cwmp_rule *hms_cwmp_rule_find(enum hms_cwmp_scope scope, struct hms_str name);
/** Whether a parameter is kept even beyond the limit: identity and the forced ones. */
bool hms_cwmp_param_is_forced(struct hms_str name);

#endif
