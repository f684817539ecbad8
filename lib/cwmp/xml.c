/* The XML parser: libxml2's SAX2 interface. No network, no DTD, no entities beyond the five of XML. */
#include "xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>

#include "tables.h"

enum {
	/* All is UTF-8 here (convert.c): a charset that libxml2 would find by itself could pass the guard. */
	OPTIONS = XML_PARSE_NONET | XML_PARSE_IGNORE_ENC,
	MAX_NAMES = 1024, /* names that the parser's dictionary keeps between messages */
	MAX_NAME_BYTES = 64 * 1024,
	MAX_NAMES_OF_MESSAGE = 8192, /* its hash table stops growing about here: more names cost the square of their number */
	PIECE_BYTES = 16 * 1024,
};

struct hms_cwmp_xml {
	struct hms_cwmp_build *build;
	xmlParserCtxt *ctxt;
	char error[256];
};

static void fail(struct hms_cwmp_xml *xml, int rc, const char *why)
{
	hms_cwmp_build_fail(xml->build, rc, why);
	xmlStopParser(xml->ctxt);
}

/* libxml2 gives five pointers an attribute: local name, prefix, URI, value, end of the value. */
static void read_attributes(struct hms_cwmp_tag *tag, const xmlChar **attributes)
{
	for (unsigned i = 0; i < tag->attribute_count; i++) {
		const xmlChar **attribute = &attributes[5 * (size_t)i];
		const char *value = (const char *)attribute[3];
		struct hms_str text = hms_strn(value, (size_t)((const char *)attribute[4] - value));

		if (strcmp((const char *)attribute[0], "type") == 0)
			tag->type = text;
		else if (strcmp((const char *)attribute[0], "arrayType") == 0)
			tag->array_type = text;
	}
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
		     const xmlChar **namespaces, int attribute_count, int defaulted, const xmlChar **attributes)
{
	struct hms_cwmp_xml *xml = arg;
	struct hms_cwmp_tag tag = { .name = hms_str((const char *)name),
				    .ns = uri ? hms_cwmp_ns_find(hms_str((const char *)uri)) : -1,
				    .declared_ns = -1,
				    .attribute_count = (unsigned)attribute_count,
				    .namespace_count = (unsigned)namespace_count };

	(void)prefix;
	(void)defaulted;
	for (int i = 0; i < namespace_count && tag.declared_ns < 0; i++)
		tag.declared_ns = hms_cwmp_ns_find(hms_str((const char *)namespaces[2 * i + 1]));
	read_attributes(&tag, attributes);
	hms_cwmp_build_start(xml->build, &tag);
	if (xmlDictSize(xml->ctxt->dict) > MAX_NAMES_OF_MESSAGE)
		hms_cwmp_build_fail(xml->build, HMS_ETOOBIG, "too many different names");
	if (xml->build->rc < 0)
		xmlStopParser(xml->ctxt);
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct hms_cwmp_xml *xml = arg;

	(void)name;
	(void)prefix;
	(void)uri;
	hms_cwmp_build_end(xml->build);
	if (xml->build->rc < 0)
		xmlStopParser(xml->ctxt);
}

static void on_text(void *arg, const xmlChar *text, int len)
{
	struct hms_cwmp_xml *xml = arg;

	hms_cwmp_build_text(xml->build, (const char *)text, (size_t)len);
	if (xml->build->rc < 0)
		xmlStopParser(xml->ctxt);
}

/* Called at "<!DOCTYPE", before anything of the DTD is read. */
static void on_doctype(void *arg, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	(void)name;
	(void)external_id;
	(void)system_id;
	fail(arg, HMS_ESYNTAX, "a DOCTYPE is not allowed");
}

static void on_error(void *arg, xmlErrorPtr error)
{
	struct hms_cwmp_xml *xml = arg;

	if (error->level == XML_ERR_FATAL && xml->error[0] == '\0')
		snprintf(xml->error, sizeof(xml->error), "line %d: %.*s", error->line,
			 error->message ? (int)strcspn(error->message, "\n") : 0, error->message ? error->message : "");
}

/* Errors of encoders come without a context; libxml2 would print them. */
static void on_error_without_context(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

static xmlSAXHandler handlers(void)
{
	return (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.serror = on_error,
	};
}

struct hms_cwmp_xml *hms_cwmp_xml_new(struct hms_cwmp_build *build)
{
	struct hms_cwmp_xml *xml = calloc(1, sizeof(*xml));

	if (xml)
		xml->build = build;
	return xml;
}

void hms_cwmp_xml_free(struct hms_cwmp_xml **xml)
{
	if (!*xml)
		return;
	xmlFreeParserCtxt((*xml)->ctxt);
	free(*xml);
	*xml = NULL;
}

/* A context for the next document. The dictionary of names outlives a document, which makes parsers for well-behaved
 * devices fast and lets others fill it. */
static int prepare(struct hms_cwmp_xml *xml)
{
	xmlSAXHandler sax = handlers();

	xml->error[0] = '\0';
	if (xml->ctxt && (xmlDictSize(xml->ctxt->dict) > MAX_NAMES || xmlDictGetUsage(xml->ctxt->dict) > MAX_NAME_BYTES)) {
		xmlFreeParserCtxt(xml->ctxt);
		xml->ctxt = NULL;
	}
	if (!xml->ctxt)
		xml->ctxt = xmlCreatePushParserCtxt(&sax, xml, NULL, 0, NULL);
	xmlSetStructuredErrorFunc(NULL, on_error_without_context); /* a thread has one of its own */
	return xml->ctxt ? 0 : HMS_ENOMEM;
}

/* What libxml2 did not like behind the envelope does no harm. */
static int result(struct hms_cwmp_xml *xml)
{
	bool failed = xml->ctxt->wellFormed == 0 || xml->ctxt->disableSAX != 0;

	if (failed && xml->build->done && xml->build->rc == 0) {
		hms_cwmp_build_warn(xml->build, HMS_CWMP_WARN_EXTRA_ENVELOPE);
		return 0;
	}
	if (xml->ctxt->errNo == XML_ERR_NO_MEMORY)
		return HMS_ENOMEM;
	return failed ? HMS_ESYNTAX : 0;
}

int hms_cwmp_xml_begin(struct hms_cwmp_xml *xml, struct hms_str first)
{
	if (prepare(xml) < 0)
		return HMS_ENOMEM;
	if (xmlCtxtResetPush(xml->ctxt, NULL, 0, NULL, NULL) != 0)
		return HMS_ENOMEM;
	xmlCtxtUseOptions(xml->ctxt, OPTIONS);
	return hms_cwmp_xml_push(xml, first);
}

int hms_cwmp_xml_push(struct hms_cwmp_xml *xml, struct hms_str piece)
{
	if (xml->build->done)
		return 0;
	xmlParseChunk(xml->ctxt, piece.p, (int)piece.len, 0);
	/* What is not consumed is searched again with each piece: a comment, an instruction or a tag without end. */
	if (xml->build->rc == 0 && xml->ctxt->input &&
	    (size_t)(xml->ctxt->input->end - xml->ctxt->input->cur) > xml->build->limits.value_bytes)
		fail(xml, HMS_ETOOBIG, "a part of the document is too long");
	return result(xml);
}

int hms_cwmp_xml_parse(struct hms_cwmp_xml *xml, struct hms_str doc)
{
	size_t n = doc.len < PIECE_BYTES ? doc.len : PIECE_BYTES;
	int rc = hms_cwmp_xml_begin(xml, hms_strn(doc.p, n));

	while (rc == 0 && n < doc.len) {
		struct hms_str piece = hms_strn(doc.p + n, doc.len - n < PIECE_BYTES ? doc.len - n : PIECE_BYTES);

		n += piece.len;
		rc = hms_cwmp_xml_push(xml, piece);
	}
	return rc < 0 ? rc : hms_cwmp_xml_end(xml);
}

int hms_cwmp_xml_end(struct hms_cwmp_xml *xml)
{
	xmlParseChunk(xml->ctxt, NULL, 0, 1);
	return result(xml);
}

const char *hms_cwmp_xml_error(const struct hms_cwmp_xml *xml) { return xml->error[0] != '\0' ? xml->error : "not well-formed"; }
