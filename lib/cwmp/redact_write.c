/* The document again, without what is marked; and what it says, in rows. */
#include "hms/cwmp/writer.h"
#include "redact_internal.h"
#include "text.h"

enum { TEXT_MAX_BYTES = 1024 * 1024, ROW_MAX_BYTES = 4096 };

/* ---------------------------------------------------------------- the document */

struct writer {
	struct redact *r;
	struct hms_buf out;
	size_t good; /* up to the last tag that is whole */
};

static void write_scrubbed(struct writer *w, struct hms_str text)
{
	struct hms_buf plain = HMS_BUF_INIT(TEXT_MAX_BYTES);

	hms_cwmp_secrets_scrub(w->r->in->seen, &plain, text);
	if (plain.failed)
		w->out.failed = plain.failed;
	hms_cwmp_write_text(&w->out, hms_buf_view(&plain));
	hms_buf_fini(&plain);
}

static void write_name(struct writer *w, const xmlNs *ns, const xmlChar *name)
{
	if (ns && ns->prefix) {
		hms_buf_strz(&w->out, (const char *)ns->prefix);
		hms_buf_char(&w->out, ':');
	}
	hms_buf_strz(&w->out, (const char *)name);
}

/* Attributes that SOAP and CWMP know; what others hold nobody can say. */
static bool is_known(const xmlAttr *a)
{
	static const char *const known[] = { "type", "arrayType", "mustUnderstand", "encodingStyle", "actor", "nil", "href", "id" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp((const char *)a->name, known[i]) == 0)
			return true;
	return false;
}

static void write_attribute(struct writer *w, const xmlAttr *a)
{
	hms_buf_char(&w->out, ' ');
	write_name(w, a->ns, a->name);
	hms_buf_strz(&w->out, "=\"");
	for (const xmlNode *n = a->children; n; n = n->next)
		write_scrubbed(w, hms_str((const char *)n->content));
	hms_buf_char(&w->out, '"');
}

static void write_namespace(struct writer *w, const xmlNs *ns)
{
	hms_buf_strz(&w->out, ns->prefix ? " xmlns:" : " xmlns");
	hms_buf_strz(&w->out, ns->prefix ? (const char *)ns->prefix : "");
	hms_buf_strz(&w->out, "=\"");
	hms_cwmp_write_text(&w->out, hms_str((const char *)ns->href));
	hms_buf_char(&w->out, '"');
}

static void write_start(struct writer *w, const xmlNode *node)
{
	hms_buf_char(&w->out, '<');
	write_name(w, node->ns, node->name);
	for (const xmlNs *ns = node->nsDef; ns; ns = ns->next)
		write_namespace(w, ns);
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (is_known(a))
			write_attribute(w, a);
	hms_buf_char(&w->out, '>');
}

static void write_node(struct writer *w, xmlNode *node)
{
	write_start(w, node);
	if (redact_is_marked(node) && (!redact_is_leaf(node) || redact_text(w->r, node).len))
		hms_buf_strz(&w->out, HMS_CWMP_REDACTED);
	else if (!redact_is_marked(node) && redact_is_leaf(node))
		write_scrubbed(w, redact_text(w->r, node));
	redact_each(child, node) if (!redact_is_marked(node) || redact_is(node, "faultstring")) write_node(w, child);
	hms_buf_strz(&w->out, "</");
	write_name(w, node->ns, node->name);
	hms_buf_char(&w->out, '>');
	if (!w->out.failed)
		w->good = w->out.len;
}

bool redact_write(struct redact *r, xmlNode *root, struct hms_str *soap)
{
	struct writer w = { .r = r, .out = HMS_BUF_INIT(r->in->soap_max) };
	bool whole;

	write_node(&w, root);
	whole = !w.out.failed;
	r->failed |= w.out.failed == HMS_ENOMEM;
	*soap = hms_arena_str(r->arena, hms_strn(w.out.p ? w.out.p : "", w.good));
	r->failed |= !soap->p;
	hms_buf_fini(&w.out);
	return whole;
}

/* ---------------------------------------------------------------- rows */

struct rows {
	struct redact *r;
	struct hms_cwmp_redacted *out;
};

/* As the document has it: clean, and no longer than a screen can show. */
static struct hms_str shown(struct redact *r, xmlNode *node)
{
	struct hms_buf plain = HMS_BUF_INIT(TEXT_MAX_BYTES), clean = HMS_BUF_INIT(TEXT_MAX_BYTES);
	struct hms_str text = redact_text(r, node), kept;

	if (redact_is_marked(node))
		return text.len || !redact_is_leaf(node) ? HMS_STR(HMS_CWMP_REDACTED) : HMS_STR("");
	hms_cwmp_secrets_scrub(r->in->seen, &plain, text);
	hms_cwmp_text_scrub(&clean, hms_str_trim(hms_buf_view(&plain)));
	kept = hms_buf_view(&clean);
	while (kept.len > ROW_MAX_BYTES || (kept.len && !hms_utf8_valid(kept)))
		kept.len = kept.len > ROW_MAX_BYTES ? ROW_MAX_BYTES : kept.len - 1;
	r->failed |= plain.failed == HMS_ENOMEM || clean.failed == HMS_ENOMEM;
	kept = hms_arena_str(r->arena, kept.p ? kept : HMS_STR(""));
	r->failed |= !kept.p;
	hms_buf_fini(&plain);
	hms_buf_fini(&clean);
	return kept.p ? kept : HMS_STR("");
}

static void add_row(struct rows *rows, struct hms_str name, struct hms_str value)
{
	if (rows->out->row_count == rows->r->in->rows_max)
		rows->out->cut = true;
	else
		rows->out->rows[rows->out->row_count++] = (struct hms_cwmp_row){ name, value };
}

static xmlNode *child_of(xmlNode *node, const char *a, const char *b)
{
	redact_each(child, node) if (redact_is(child, a) || (b && redact_is(child, b))) return child;
	return NULL;
}

static bool is_plain_member(const xmlNode *node)
{
	return redact_is(node, "Value") || redact_is(node, "FaultCode") || redact_is(node, "FaultString");
}

/* Of a row with a name: a Value alone is the value, what else there is says its name. */
static struct hms_str rest_of(struct redact *r, xmlNode *node, const xmlNode *name)
{
	struct hms_buf out = HMS_BUF_INIT(ROW_MAX_BYTES);
	struct hms_str kept;

	redact_each(child, node)
	{
		if (child == name || !redact_is_leaf(child))
			continue;
		if (out.len)
			hms_buf_char(&out, ' ');
		if (!is_plain_member(child))
			hms_buf_printf(&out, "%s=", (const char *)child->name);
		hms_buf_str(&out, shown(r, child));
	}
	kept = hms_arena_str(r->arena, out.failed ? HMS_STR("") : hms_strn(out.p ? out.p : "", out.len));
	r->failed |= !kept.p;
	hms_buf_fini(&out);
	return kept;
}

/* "ParameterNames.string" is ParameterNames. */
static struct hms_str path_of(struct redact *r, struct hms_str above, struct hms_str name)
{
	char *path;

	if (hms_str_ends(name, HMS_STR("Struct")) || hms_str_eqz(name, "string"))
		return above;
	path = hms_arena_printf(r->arena, "%.*s%s%.*s", HMS_STR_FMT(above), above.len ? "." : "", HMS_STR_FMT(name));
	r->failed |= !path;
	return hms_str(path ? path : "");
}

static void walk(struct rows *rows, xmlNode *node, struct hms_str path)
{
	redact_each(child, node)
	{
		struct hms_str here = path_of(rows->r, path, redact_name(child));
		xmlNode *name = child_of(child, "Name", "ParameterName");

		if (rows->out->cut)
			return;
		if (redact_is_leaf(child))
			add_row(rows, here, shown(rows->r, child));
		else if (name && redact_is_leaf(name))
			add_row(rows, shown(rows->r, name), rest_of(rows->r, child, name));
		else if (!redact_is_marked(child))
			walk(rows, child, here);
	}
}

/* The detail of a SOAP fault, or the fault itself where it has none. */
static xmlNode *fault_of(xmlNode *node)
{
	redact_each(child, node)
	{
		xmlNode *found = redact_is(child, "Fault") ? child : fault_of(child);

		if (found)
			return found;
	}
	return NULL;
}

void redact_rows(struct redact *r, xmlNode *root, struct hms_cwmp_redacted *out)
{
	struct rows rows = { .r = r, .out = out };
	xmlNode *header = child_of(root, "Header", NULL), *body = child_of(root, "Body", NULL),
		*id = header ? child_of(header, "ID", NULL) : NULL;
	xmlNode *method = body ? redact_element(body->children) : NULL, *fault;

	out->method = out->id = HMS_STR("");
	if (id)
		out->id = shown(r, id);
	if (!method)
		return;
	out->method = hms_arena_str(r->arena, redact_name(method));
	fault = redact_is(method, "Fault") ? fault_of(method) : NULL;
	walk(&rows, fault ? fault : method, HMS_STR(""));
}
