/* Redaction of one message: from bytes in any charset to a document, and from that to what may be kept. libxml2's tree: a name may stand behind its value. */
#include "hms/cwmp/redact.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "charset.h"
#include "convert.h"
#include "guard.h"
#include "redact_internal.h"
#include "repair.h"

enum {
	OPTIONS = XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOCDATA,
	PIECE_BYTES = 16 * 1024,
	TEXT_FACTOR = 4,
	REPAIR_FACTOR = 5,
};

/* ---------------------------------------------------------------- parsing */

static void on_error(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

/* Before anything of the DTD is read: there are no entities but XML's own. */
static void on_doctype(void *arg, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	(void)name;
	(void)external_id;
	(void)system_id;
	((xmlParserCtxt *)arg)->wellFormed = 0;
	xmlStopParser(arg);
}

static void feed(xmlParserCtxt *ctxt, struct hms_str text, bool cut)
{
	for (size_t n = 0; n < text.len && ctxt->wellFormed; n += PIECE_BYTES)
		xmlParseChunk(ctxt, text.p + n, (int)(text.len - n < PIECE_BYTES ? text.len - n : PIECE_BYTES), 0);
	if (!cut && ctxt->wellFormed)
		xmlParseChunk(ctxt, NULL, 0, 1);
}

/* Elements that a cut document does not end: their texts are not whole. */
static void drop_open_texts(xmlParserCtxt *ctxt)
{
	for (int i = 0; i < ctxt->nodeNr; i++) {
		ctxt->nodeTab[i]->_private = ctxt->nodeTab[i]->doc;
		for (xmlNode *n = ctxt->nodeTab[i]->children, *next; n; n = next) {
			next = n->next;
			if (n->type == XML_ELEMENT_NODE)
				continue;
			xmlUnlinkNode(n);
			xmlFreeNode(n);
		}
	}
}

/* NULL: not well-formed, or out of memory. */
static xmlDoc *parse(struct hms_str text, bool cut)
{
	struct hms_cwmp_guard guard = { .state = HMS_CWMP_AT_TEXT };
	xmlParserCtxt *ctxt;
	xmlDoc *doc;

	if (!hms_cwmp_guard_pass(&guard, text.p, text.len))
		return NULL;
	xmlSetStructuredErrorFunc(NULL, on_error); /* a thread has one of its own */
	ctxt = xmlCreatePushParserCtxt(NULL, NULL, NULL, 0, NULL);
	if (!ctxt)
		return NULL;
	ctxt->sax->internalSubset = on_doctype;
	xmlCtxtUseOptions(ctxt, OPTIONS);
	feed(ctxt, text, cut);
	doc = ctxt->myDoc;
	ctxt->myDoc = NULL;
	if (doc && cut && ctxt->wellFormed)
		drop_open_texts(ctxt);
	if (!ctxt->wellFormed || ctxt->disableSAX) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(ctxt);
	return doc;
}

/* As the reader does it (reader.c): a second try for what devices are known for. */
static xmlDoc *parse_or_repair(struct hms_str text, bool cut)
{
	struct hms_buf repaired = HMS_BUF_INIT(REPAIR_FACTOR * text.len + 1024);
	xmlDoc *doc = parse(text, cut);
	unsigned found = 0;

	if (!doc && hms_cwmp_repair(&repaired, text, &found) == 0 && found)
		doc = parse(hms_buf_view(&repaired), cut);
	if (repaired.p)
		explicit_bzero(repaired.p, repaired.len);
	hms_buf_fini(&repaired);
	return doc;
}

/* ---------------------------------------------------------------- charsets */

static int to_utf8(const struct hms_cwmp_redact *in, struct hms_buf *text)
{
	struct hms_cwmp_declared given = { .any = in->charset.p, .name = in->charset.p ? hms_cwmp_charset_find(in->charset) : NULL };
	struct hms_str rest = in->body;
	const char *charset = hms_cwmp_charset_detect(&rest, given);
	struct hms_cwmp_convert convert = { .opened = false };
	bool replaced = false;

	if (!charset)
		return HMS_ECHARSET;
	if (!*charset) {
		hms_buf_str(text, rest);
		return text->failed;
	}
	if (hms_cwmp_convert_open(&convert, charset))
		return HMS_ECHARSET;
	hms_cwmp_convert(&convert, rest, !in->cut, text, &replaced);
	hms_cwmp_convert_close(&convert);
	return text->failed;
}

/* ---------------------------------------------------------------- all of it */

static int make(struct redact *r, xmlDoc *doc, struct hms_cwmp_redacted *out)
{
	xmlNode *root = xmlDocGetRootElement(doc);

	if (!root || !redact_is(root, "Envelope"))
		return HMS_ESYNTAX;
	out->rows = hms_arena_alloc(r->arena, (r->in->rows_max + 1) * sizeof(*out->rows));
	if (!out->rows)
		return HMS_ENOMEM;
	redact_mark(r, root);
	redact_rows(r, root, out);
	out->cut |= !redact_write(r, root, &out->soap);
	return r->failed ? HMS_ENOMEM : 0;
}

int hms_cwmp_redact(struct hms_arena *arena, const struct hms_cwmp_redact *in, struct hms_cwmp_redacted *out)
{
	struct hms_buf text = HMS_BUF_INIT(TEXT_FACTOR * in->body.len + 1024);
	struct redact r = { .in = in, .arena = arena };
	struct hms_str doc_text;
	xmlDoc *doc = NULL;
	int rc;

	*out = (struct hms_cwmp_redacted){ .cut = in->cut };
	rc = to_utf8(in, &text);
	doc_text = hms_str_trim(hms_buf_view(&text));
	if (!rc && (doc_text.len < 2 || doc_text.p[0] != '<' || doc_text.p[1] == '\0'))
		rc = HMS_ESYNTAX;
	if (!rc && !(doc = parse_or_repair(doc_text, in->cut)))
		rc = HMS_ESYNTAX;
	if (!rc)
		rc = make(&r, doc, out);
	xmlFreeDoc(doc);
	if (text.p)
		explicit_bzero(text.p, text.len);
	hms_buf_fini(&text);
	return rc;
}
