/* The XML parser: libxml2's SAX2 interface. No network, no DTD, no entities beyond the five of XML; elements are led by the rules. */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

enum {
	/* NOENT: else "&amp;" in an attribute comes as "&#38;". There is no DTD that could declare others. */
	OPTIONS = XML_PARSE_NONET | XML_PARSE_NOENT,
	PIECE_BYTES = 16 * 1024,
	/* What libxml2 has not consumed yet is one tag, comment or instruction, which it searches again with each piece. */
	TAG_BYTES = 16 * 1024,
	ATTRIBUTES_MAX = 64, /* its work on a tag grows with the square of them */
	MAX_NAMES = 1024,    /* names that the parser's dictionary keeps between files */
	MAX_NAMES_OF_FILE = 8192,
};

struct pm_xml {
	struct hms_pm_reader *r;
	xmlParserCtxt *ctxt;
	const xmlChar *names[PM_RULES_MAX]; /* of the rules, in the context's dictionary: compared by address */
	char error[128];
	bool text, root;
};

static void stop_if_failed(struct pm_xml *xml)
{
	if (xml->r->file.code)
		xmlStopParser(xml->ctxt);
}

static const struct pm_rule *find_rule(const struct pm_xml *xml, const xmlChar *name)
{
	for (size_t i = 0; i < pm_rule_count; i++)
		if (pm_rules[i].parent == xml->r->state && xml->names[i] == name)
			return &pm_rules[i];
	return NULL;
}

static void open_known(struct pm_xml *xml, const struct pm_rule *rule, const struct pm_attributes *attributes)
{
	struct hms_pm_reader *r = xml->r;

	r->open[r->depth++].rule = rule;
	r->state = rule->state;
	xml->text = rule->text;
	r->text.len = 0;
	if (rule->enter)
		rule->enter(r, attributes);
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
		     const xmlChar **namespaces, int attribute_count, int defaulted, const xmlChar **attributes)
{
	struct pm_xml *xml = arg;
	struct hms_pm_reader *r = xml->r;
	const struct pm_attributes attrs = { attributes, (unsigned)attribute_count };
	const struct pm_rule *rule = r->skipped ? NULL : find_rule(xml, name);

	(void)prefix;
	(void)uri;
	(void)namespaces;
	(void)defaulted;
	if (attribute_count + namespace_count > ATTRIBUTES_MAX || r->depth + r->skipped >= r->limits.depth)
		pm_fail(r, HMS_ETOOBIG, "too_big", attribute_count ? "a tag has too many attributes" : "elements lie too deep");
	else if (xmlDictSize(xml->ctxt->dict) > MAX_NAMES_OF_FILE)
		pm_fail(r, HMS_ETOOBIG, "too_big", "too many different names");
	else if (rule)
		open_known(xml, rule, &attrs);
	else if (!r->depth && !r->skipped)
		pm_fail(r, HMS_ESYNTAX, "not_pm", "the root element is none of a PM file");
	else
		r->skipped++;
	xml->root = true;
	stop_if_failed(xml);
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct pm_xml *xml = arg;
	struct hms_pm_reader *r = xml->r;
	const struct pm_rule *rule;

	(void)name;
	(void)prefix;
	(void)uri;
	if (r->skipped) {
		r->skipped--;
		return;
	}
	if (!r->depth) /* not reached: libxml2 closes what it opened */
		return;
	rule = r->open[--r->depth].rule;
	if (rule->leave)
		rule->leave(r, hms_buf_view(&r->text));
	r->state = r->depth ? r->open[r->depth - 1].rule->state : 0;
	xml->text = false;
	stop_if_failed(xml);
}

static void on_text(void *arg, const xmlChar *text, int len)
{
	struct pm_xml *xml = arg;

	if (!xml->text || xml->r->skipped)
		return;
	hms_buf_add(&xml->r->text, text, (size_t)len);
	if (xml->r->text.failed) {
		pm_fail(xml->r, xml->r->text.failed == HMS_EFULL ? HMS_ETOOBIG : HMS_ENOMEM, "too_big", "an element holds too much text");
		stop_if_failed(xml);
	}
}

/* Called at "<!DOCTYPE", before anything of the DTD is read. */
static void on_doctype(void *arg, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	struct pm_xml *xml = arg;

	(void)name;
	(void)external_id;
	(void)system_id;
	pm_fail(xml->r, HMS_ESYNTAX, "malformed", "a DOCTYPE is not allowed");
	stop_if_failed(xml);
}

static void on_error(void *arg, xmlErrorPtr error)
{
	struct pm_xml *xml = arg;

	if (error->level == XML_ERR_FATAL && !xml->error[0])
		snprintf(xml->error, sizeof(xml->error), "line %d: %.*s", error->line,
			 error->message ? (int)strcspn(error->message, "\n") : 0, error->message ? error->message : "");
}

/* Errors of encoders come without a context; libxml2 would print them. */
static void on_error_without_context(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

static void on_message(void *arg, const char *format, ...)
{
	(void)arg;
	(void)format;
}

static bool make_context(struct pm_xml *xml)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.serror = on_error,
	};

	xml->ctxt = xmlCreatePushParserCtxt(&sax, xml, NULL, 0, NULL);
	if (!xml->ctxt)
		return false;
	for (size_t i = 0; i < pm_rule_count; i++) {
		xml->names[i] = xmlDictLookup(xml->ctxt->dict, (const xmlChar *)pm_rules[i].name, -1);
		if (!xml->names[i])
			return false;
	}
	return true;
}

struct pm_xml *pm_xml_new(struct hms_pm_reader *r)
{
	struct pm_xml *xml = calloc(1, sizeof(*xml));

	if (!xml)
		return NULL;
	xml->r = r;
	if (!make_context(xml))
		pm_xml_free(&xml);
	return xml;
}

void pm_xml_free(struct pm_xml **xml)
{
	if (!*xml)
		return;
	xmlFreeParserCtxt((*xml)->ctxt);
	free(*xml);
	*xml = NULL;
}

void pm_xml_begin(struct pm_xml *xml)
{
	xml->error[0] = '\0';
	xml->text = xml->root = false;
	if (xml->ctxt && xmlDictSize(xml->ctxt->dict) > MAX_NAMES) {
		xmlFreeParserCtxt(xml->ctxt);
		xml->ctxt = NULL;
	}
	xmlSetStructuredErrorFunc(NULL, on_error_without_context); /* a thread has one of its own */
	xmlSetGenericErrorFunc(NULL, on_message);
	if ((!xml->ctxt && !make_context(xml)) || xmlCtxtResetPush(xml->ctxt, NULL, 0, NULL, NULL)) {
		pm_fail(xml->r, HMS_ENOMEM, "no_memory", hms_strerror(HMS_ENOMEM));
		return;
	}
	xmlCtxtUseOptions(xml->ctxt, OPTIONS);
}

static void note_failure(struct pm_xml *xml, bool at_end)
{
	const char *reason = !xml->root ? "not_xml" : at_end ? "cut" : "malformed";

	if (xml->r->file.code || (xml->ctxt->wellFormed && !xml->ctxt->disableSAX))
		return;
	if (xml->ctxt->errNo == XML_ERR_NO_MEMORY)
		pm_fail(xml->r, HMS_ENOMEM, "no_memory", hms_strerror(HMS_ENOMEM));
	else
		pm_fail(xml->r, HMS_ESYNTAX, reason, xml->error[0] ? xml->error : "not well-formed");
}

void pm_xml_feed(struct pm_xml *xml, const char *data, size_t len)
{
	while (len && !xml->r->file.code) {
		size_t n = len < PIECE_BYTES ? len : PIECE_BYTES;

		xmlParseChunk(xml->ctxt, data, (int)n, 0);
		note_failure(xml, false);
		if (xml->ctxt->input && xml->ctxt->input->end - xml->ctxt->input->cur > TAG_BYTES)
			pm_fail(xml->r, HMS_ETOOBIG, "too_big", "a part of the document is too long");
		data += n;
		len -= n;
	}
}

void pm_xml_end(struct pm_xml *xml)
{
	if (xml->r->file.code)
		return;
	xmlParseChunk(xml->ctxt, NULL, 0, 1);
	note_failure(xml, true);
}
