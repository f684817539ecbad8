/* Arguments of vendors' methods: XML of a caller, checked and written anew, so that it stays inside its element. */
#include <libxml/parser.h>

#include "hms/cwmp/writer.h"

#define BYTES_MAX (64 * 1024)
#define DEPTH_MAX 16
/* Two roots, an end tag too many, a DTD: none of them is well-formed in here. */
#define OPEN                                                                                                           \
	"<arguments xmlns:soap-enc=\"http://schemas.xmlsoap.org/soap/encoding/\" "                                     \
	"xmlns:soap-env=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" " \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\">"
#define CLOSE "</arguments>"

struct fragment {
	struct hms_buf *out;
	const char *why;
};

static struct hms_str text_of(const xmlChar *text) { return hms_str(text ? (const char *)text : ""); }

static void refuse(struct fragment *f, const char *why)
{
	if (!f->why)
		f->why = why;
}

static void write_name(struct fragment *f, const xmlNs *ns, const xmlChar *name)
{
	for (const xmlChar *c = name; *c; c++)
		if (*c >= 0x80)
			refuse(f, "names of elements and attributes have ASCII characters only");
	if (ns && ns->prefix) {
		hms_buf_str(f->out, text_of(ns->prefix));
		hms_buf_char(f->out, ':');
	}
	hms_buf_str(f->out, text_of(name));
}

static void write_value(struct fragment *f, struct hms_str value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.p[i] < ' ')
			refuse(f, "attributes have no control characters");
	hms_buf_strz(f->out, "=\"");
	hms_cwmp_write_text(f->out, value);
	hms_buf_char(f->out, '"');
}

static void write_attributes(struct fragment *f, const xmlNode *node)
{
	for (const xmlNs *ns = node->nsDef; ns; ns = ns->next) {
		hms_buf_strz(f->out, ns->prefix ? " xmlns:" : " xmlns");
		hms_buf_str(f->out, text_of(ns->prefix));
		write_value(f, text_of(ns->href));
	}
	for (xmlAttr *a = node->properties; a; a = a->next) {
		xmlChar *value = xmlNodeListGetString(node->doc, a->children, 1);

		hms_buf_char(f->out, ' ');
		write_name(f, a->ns, a->name);
		write_value(f, text_of(value));
		xmlFree(value);
	}
}

static void write_nodes(struct fragment *f, const xmlNode *node, unsigned depth);

static void write_element(struct fragment *f, const xmlNode *node, unsigned depth)
{
	if (depth >= DEPTH_MAX) {
		refuse(f, "elements are nested too deeply");
		return;
	}
	hms_buf_char(f->out, '<');
	write_name(f, node->ns, node->name);
	write_attributes(f, node);
	hms_buf_char(f->out, '>');
	write_nodes(f, node->children, depth + 1);
	hms_buf_strz(f->out, "</");
	write_name(f, node->ns, node->name);
	hms_buf_char(f->out, '>');
}

/* White space beside elements says nothing; other text there is no argument. */
static void write_characters(struct fragment *f, struct hms_str text, unsigned depth)
{
	if (depth > 0)
		hms_cwmp_write_text(f->out, text);
	else if (hms_str_trim(text).len)
		refuse(f, "elements are needed, not text");
}

static void write_nodes(struct fragment *f, const xmlNode *node, unsigned depth)
{
	for (; node && !f->why; node = node->next) {
		if (node->type == XML_ELEMENT_NODE)
			write_element(f, node, depth);
		else if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			write_characters(f, text_of(node->content), depth);
		else if (node->type != XML_COMMENT_NODE)
			refuse(f, "processing instructions and entities are not allowed");
	}
}

static const char *why_not_parsed(const xmlParserCtxt *ctxt)
{
	return ctxt->wellFormed && !ctxt->nsWellFormed ? "a prefix of a name is not declared" : "it is not well-formed XML";
}

/* Returns why it is refused, or NULL. */
static const char *rewrite(struct hms_buf *out, const struct hms_buf *whole, xmlParserCtxt *ctxt)
{
	xmlDoc *doc = xmlCtxtReadMemory(ctxt, whole->p, (int)whole->len, NULL, "UTF-8",
					XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
	struct fragment f = { .out = out };

	if (!doc || !ctxt->nsWellFormed)
		refuse(&f, why_not_parsed(ctxt));
	else
		write_nodes(&f, xmlDocGetRootElement(doc)->children, 0);
	xmlFreeDoc(doc);
	return f.why;
}

int hms_cwmp_fragment(struct hms_buf *out, struct hms_str xml, const char **why)
{
	struct hms_buf whole = HMS_BUF_INIT(BYTES_MAX + 1024);
	xmlParserCtxt *ctxt;
	bool enough;

	*why = NULL;
	if (xml.len > BYTES_MAX)
		*why = "it is longer than 65536 bytes";
	else if (!hms_cwmp_text_clean(xml))
		*why = "it is not UTF-8, or has control characters";
	if (*why)
		return HMS_EINVAL;
	hms_buf_strz(&whole, OPEN);
	hms_buf_str(&whole, xml);
	hms_buf_strz(&whole, CLOSE);
	ctxt = whole.failed ? NULL : xmlNewParserCtxt();
	if (ctxt)
		*why = rewrite(out, &whole, ctxt);
	enough = ctxt && !out->failed;
	xmlFreeParserCtxt(ctxt);
	hms_buf_fini(&whole);
	if (!enough)
		return HMS_ENOMEM;
	return *why ? HMS_EINVAL : 0;
}
