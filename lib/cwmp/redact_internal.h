/* Between the files of the redactor: a document of libxml2, and what is marked in it. */
#ifndef HMS_CWMP_REDACT_INTERNAL_H
#define HMS_CWMP_REDACT_INTERNAL_H

#include <libxml/tree.h>

#include "secret.h"

struct redact {
	const struct hms_cwmp_redact *in;
	struct hms_arena *arena;
	bool failed; /* out of memory */
};

/** node->_private: the node itself: its text is not kept; its document: it is cut, and what would follow in it is not known. */
static inline bool redact_is_marked(const xmlNode *node) { return node->_private == node; }
static inline bool redact_is_open(const xmlNode *node) { return node->_private && node->_private == node->doc; }
static inline struct hms_str redact_name(const xmlNode *node) { return hms_str((const char *)node->name); }
static inline bool redact_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && hms_str_eqz(redact_name(node), name);
}
static inline xmlNode *redact_element(xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}
#define redact_each(child, parent) for (xmlNode *child = redact_element((parent)->children); child; child = redact_element(child->next))
static inline bool redact_is_leaf(const xmlNode *node) { return !redact_element(node->children); }

/** The text right in an element, as it is; in the arena. */
struct hms_str redact_text(struct redact *r, const xmlNode *node);
/** Marks what is secret, and remembers its values. */
void redact_mark(struct redact *r, xmlNode *root);
/** Writes the document. Returns whether all of it has found room. */
bool redact_write(struct redact *r, xmlNode *root, struct hms_str *soap);
/** What the message says. */
void redact_rows(struct redact *r, xmlNode *root, struct hms_cwmp_redacted *out);

#endif
