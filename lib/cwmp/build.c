/* The stack of elements of one message: which rule applies, which text belongs to it, and the limits. */
#include "build.h"

#include "hms/cwmp/cwmp.h"
#include "tables.h"
#include "text.h"

enum {
	KEPT_BYTES = 16 * 1024 /* memory that a buffer keeps between messages */
};

void hms_cwmp_build_init(struct hms_cwmp_build *b, struct hms_arena *arena, const struct hms_cwmp_limits *limits)
{
	size_t values = limits->value_bytes, names = limits->name_bytes;

	*b = (struct hms_cwmp_build){ .arena = arena, .limits = *limits };
	if (b->limits.depth > HMS_CWMP_MAX_DEPTH)
		b->limits.depth = HMS_CWMP_MAX_DEPTH;
	hms_buf_init(&b->text, values);
	hms_buf_init(&b->path, names);
	hms_buf_init(&b->scrubbed, 3 * values); /* one byte may become U+FFFD, which has three */
	hms_buf_init(&b->sink_name, 3 * names);
	hms_buf_init(&b->sink_value, 3 * values);
	hms_buf_init(&b->params, ((size_t)limits->params + HMS_CWMP_KEPT_BEYOND_LIMIT) * sizeof(struct hms_cwmp_param));
	hms_buf_init(&b->events, (size_t)limits->events * sizeof(struct hms_cwmp_event));
	hms_buf_init(&b->fields, (size_t)limits->fields * sizeof(struct hms_cwmp_field));
	hms_buf_init(&b->param_faults, (size_t)limits->param_faults * sizeof(struct hms_cwmp_param_fault));
}

static void each_buf(struct hms_cwmp_build *b, void (*fn)(struct hms_buf *buf))
{
	struct hms_buf *all[] = { &b->text,   &b->path,	  &b->scrubbed, &b->sink_name,	 &b->sink_value,
				  &b->params, &b->events, &b->fields,	&b->param_faults };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		fn(all[i]);
}

void hms_cwmp_build_fini(struct hms_cwmp_build *b) { each_buf(b, hms_buf_fini); }

static void shrink(struct hms_buf *buf)
{
	if (buf->size > KEPT_BYTES)
		hms_buf_fini(buf);
	else
		hms_buf_reset(buf);
}

void hms_cwmp_build_reset(struct hms_cwmp_build *b)
{
	each_buf(b, shrink);
	b->msg = (struct hms_cwmp_msg){ .kind = HMS_CWMP_EMPTY };
	b->ns_source = HMS_CWMP_NS_UNKNOWN;
	b->has_method = b->done = b->has_events = b->has_params = b->has_retry_count = false;
	b->fault_string = (struct hms_str){ NULL, 0 };
	b->event = (struct hms_cwmp_event){ .code = { NULL, 0 } };
	b->param_fault = (struct hms_cwmp_param_fault){ .code = 0 };
	b->param_total = 0;
	b->depth = b->namespace_count = 0;
	b->elements = 0;
	b->rc = 0;
	b->why = NULL;
}

void hms_cwmp_build_fail(struct hms_cwmp_build *b, int rc, const char *why)
{
	if (b->rc < 0)
		return;
	b->rc = rc;
	b->why = why;
}

void hms_cwmp_build_warn(struct hms_cwmp_build *b, enum hms_cwmp_warning warning) { b->msg.warnings |= 1u << warning; }

struct hms_str hms_cwmp_build_clean(struct hms_cwmp_build *b, struct hms_buf *into, struct hms_str text)
{
	hms_buf_reset(into);
	if (hms_cwmp_text_clean(text)) {
		hms_buf_str(into, text);
	} else {
		hms_cwmp_build_warn(b, HMS_CWMP_WARN_BAD_UTF8);
		hms_cwmp_text_scrub(into, text);
	}
	if (into->failed)
		hms_cwmp_build_fail(b, into->failed == HMS_ENOMEM ? HMS_ENOMEM : HMS_ETOOBIG, "a value is too long");
	return into->len > 0 ? hms_buf_view(into) : HMS_STR("");
}

struct hms_str hms_cwmp_build_keep(struct hms_cwmp_build *b, struct hms_str text)
{
	struct hms_str kept;

	if (text.len == 0)
		return HMS_STR("");
	if (!hms_cwmp_text_clean(text))
		text = hms_cwmp_build_clean(b, &b->scrubbed, text);
	kept = hms_arena_str(b->arena, text);
	if (!kept.p)
		hms_cwmp_build_fail(b, HMS_ENOMEM, "the message needs more memory than its arena may have");
	return kept;
}

void hms_cwmp_build_add(struct hms_cwmp_build *b, struct hms_buf *rows, const void *row, size_t bytes)
{
	hms_buf_add(rows, row, bytes);
	if (rows->failed)
		hms_cwmp_build_fail(b, rows->failed, "too many rows");
}

/* The better evidence wins; of equals the first. */
static void note_namespace(struct hms_cwmp_build *b, int ns, enum hms_cwmp_ns_source source)
{
	if (ns < 0 || source <= b->ns_source)
		return;
	b->msg.ns = (enum hms_cwmp_ns)ns;
	b->msg.has_ns = true;
	b->ns_source = source;
}

/* Elements of Header and Body, and the cwmp:Fault in a fault's detail, are qualified (cwmp.md 4). */
static void see_namespace(struct hms_cwmp_build *b, const struct hms_cwmp_tag *tag, enum hms_cwmp_scope scope)
{
	note_namespace(b, tag->declared_ns, HMS_CWMP_NS_DECLARED);
	if (scope == HMS_CWMP_IN_HEADER)
		note_namespace(b, tag->ns, HMS_CWMP_NS_HEADER);
	else if (scope == HMS_CWMP_IN_BODY || scope == HMS_CWMP_IN_SOAP_FAULT)
		note_namespace(b, tag->ns, HMS_CWMP_NS_METHOD);
}

static bool is_generic(enum hms_cwmp_scope scope)
{
	return scope == HMS_CWMP_IN_METHOD || scope == HMS_CWMP_IN_LIST || scope == HMS_CWMP_IN_FIELD;
}

static void push_path(struct hms_cwmp_build *b, struct hms_str name)
{
	if (b->path.len > 0)
		hms_buf_char(&b->path, '.');
	hms_buf_str(&b->path, name);
	if (b->path.failed)
		hms_cwmp_build_fail(b, b->path.failed == HMS_ENOMEM ? HMS_ENOMEM : HMS_ETOOBIG, "element names too long");
}

/* "cwmp:EventStruct[0002]" -> 2; UINT64_MAX when there is none. */
static uint64_t array_count(struct hms_str array_type)
{
	const char *open = array_type.len > 0 ? memrchr(array_type.p, '[', array_type.len) : NULL;
	struct hms_str digits;
	uint64_t count;

	if (!open || array_type.p[array_type.len - 1] != ']')
		return UINT64_MAX;
	digits = hms_strn(open + 1, (size_t)(array_type.p + array_type.len - 1 - (open + 1)));
	return hms_str_u64(digits, &count) == 0 ? count : UINT64_MAX;
}

static bool within_limits(struct hms_cwmp_build *b, const struct hms_cwmp_tag *tag)
{
	if (b->depth >= b->limits.depth)
		hms_cwmp_build_fail(b, HMS_ESYNTAX, "elements nested too deeply");
	else if (tag->attribute_count > HMS_CWMP_MAX_ATTRIBUTES)
		hms_cwmp_build_fail(b, HMS_ESYNTAX, "too many attributes on an element");
	else if (b->namespace_count + tag->namespace_count > HMS_CWMP_MAX_NAMESPACES)
		hms_cwmp_build_fail(b, HMS_ESYNTAX, "too many namespaces declared");
	return b->rc == 0;
}

static bool collects_text(const struct hms_cwmp_level *level)
{
	return level->scope == HMS_CWMP_IN_LEAF || level->scope == HMS_CWMP_IN_FIELD || level->scope == HMS_CWMP_IN_FAULT_STRING;
}

/* The first element in the Body is the method. Further ones are ignored: SOAP's multiRef elements stand there. */
static enum hms_cwmp_scope method_scope(struct hms_cwmp_build *b, const struct hms_cwmp_tag *tag)
{
	hms_cwmp_build_method(b, tag->name);
	if (b->msg.kind == HMS_CWMP_INFORM)
		return HMS_CWMP_IN_INFORM;
	return b->msg.kind == HMS_CWMP_FAULT ? HMS_CWMP_IN_SOAP_FAULT : HMS_CWMP_IN_METHOD;
}

static void note_type(struct hms_cwmp_build *b, const struct hms_cwmp_tag *tag)
{
	if (tag->type.p)
		b->param.type = hms_xsd_find(tag->type);
	else
		hms_cwmp_build_warn(b, HMS_CWMP_WARN_NO_TYPE);
}

/* Elements below the method that could be of several types say which (ChangeDUState): a CPE has to know. */
static void note_element_type(struct hms_cwmp_build *b, const struct hms_cwmp_tag *tag)
{
	size_t path_len = b->path.len;

	push_path(b, HMS_STR("@type"));
	hms_cwmp_build_field(b, tag->type, b->depth + 1);
	b->path.len = path_len;
}

/* What the start of an element changes beside the stack. */
static void enter(struct hms_cwmp_build *b, struct hms_cwmp_level *level, const struct hms_cwmp_tag *tag, enum hms_cwmp_scope in)
{
	if (in == HMS_CWMP_IN_BODY && !b->has_method)
		level->scope = method_scope(b, tag);
	if (is_generic(in) && level->scope != HMS_CWMP_IN_PARAM)
		push_path(b, tag->name);
	if (in == HMS_CWMP_IN_METHOD && b->limits.side == HMS_CWMP_READ_CPE && tag->type.p)
		note_element_type(b, tag);
	/* The detail's texts take the place of the one before it. */
	if (in == HMS_CWMP_IN_FAULT_STRING && level->scope == HMS_CWMP_IN_SOAP_FAULT && !b->fault_string.p)
		b->fault_string = hms_cwmp_build_keep(b, hms_str_trim(hms_buf_view(&b->text)));
	if (tag->array_type.p)
		level->expected = array_count(tag->array_type);
	if (collects_text(level))
		hms_buf_reset(&b->text);
	if (level->scope == HMS_CWMP_IN_PARAM)
		b->param = (struct hms_cwmp_param){ .type = HMS_XSD_STRING };
	else if (level->rule->typed)
		note_type(b, tag);
}

void hms_cwmp_build_start(struct hms_cwmp_build *b, const struct hms_cwmp_tag *tag)
{
	struct hms_cwmp_level *parent = b->depth > 0 ? &b->stack[b->depth - 1] : NULL, *level;
	enum hms_cwmp_scope scope = parent ? parent->scope : HMS_CWMP_IN_DOCUMENT;

	if (b->rc < 0 || b->done || !within_limits(b, tag))
		return;
	if (parent)
		parent->children++;
	else if (!hms_str_eq(tag->name, HMS_STR("Envelope")))
		hms_cwmp_build_fail(b, HMS_ESYNTAX, "not a SOAP envelope");
	see_namespace(b, tag, scope);
	level = &b->stack[b->depth++];
	level->rule = hms_cwmp_rule_find(scope, tag->name);
	level->scope = level->rule->to;
	level->path_len = b->path.len;
	level->namespace_count = b->namespace_count;
	level->children = 0;
	level->number = ++b->elements;
	level->expected = UINT64_MAX;
	b->namespace_count += tag->namespace_count;
	enter(b, level, tag, scope);
}

void hms_cwmp_build_text(struct hms_cwmp_build *b, const char *text, size_t len)
{
	if (b->rc < 0 || b->depth == 0 || !collects_text(&b->stack[b->depth - 1]))
		return;
	hms_buf_add(&b->text, text, len);
	if (b->text.failed)
		hms_cwmp_build_fail(b, b->text.failed == HMS_ENOMEM ? HMS_ENOMEM : HMS_ETOOBIG, "a value is too long");
}

void hms_cwmp_build_end(struct hms_cwmp_build *b)
{
	struct hms_cwmp_level *level;

	if (b->rc < 0 || b->done || b->depth == 0)
		return;
	level = &b->stack[b->depth - 1];
	if (level->rule->end)
		level->rule->end(b, level->rule, collects_text(level) ? hms_buf_view(&b->text) : HMS_STR(""));
	b->path.len = level->path_len;
	b->namespace_count = level->namespace_count;
	b->depth--;
	b->done = b->depth == 0;
}
