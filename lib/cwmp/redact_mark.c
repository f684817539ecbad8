/* Which elements of a message hold secrets: by their own names, or by the name that stands beside a value. */
#include "redact_internal.h"

struct hms_str redact_text(struct redact *r, const xmlNode *node)
{
	struct hms_str all = { "", 0 };

	for (const xmlNode *n = node->children; n; n = n->next) {
		struct hms_str piece = hms_str((const char *)n->content);
		char *joined;

		if ((n->type != XML_TEXT_NODE && n->type != XML_CDATA_SECTION_NODE) || !piece.len)
			continue;
		joined = hms_arena_alloc(r->arena, all.len + piece.len + 1);
		if (!joined) {
			r->failed = true;
			return HMS_STR("");
		}
		memcpy(joined, all.p, all.len);
		memcpy(joined + all.len, piece.p, piece.len);
		all = hms_strn(joined, all.len + piece.len);
	}
	return all;
}

/* The whole of it, and every text in it is remembered. */
static void mark_all(struct redact *r, xmlNode *node)
{
	node->_private = node;
	hms_cwmp_secrets_add(r->in->seen, redact_text(r, node));
	redact_each(child, node) mark_all(r, child);
}

static bool is_named_secret(const struct redact *r, struct hms_str path)
{
	struct hms_str whole = hms_str_trim(path), part = hms_cwmp_last_part(path);

	if (hms_cwmp_is_secret(path))
		return true;
	for (size_t i = 0; i < r->in->name_count; i++)
		if (hms_str_eq(whole, r->in->names[i]) || (part.len && hms_str_caseeq(part, hms_cwmp_last_part(r->in->names[i]))))
			return true;
	return false;
}

/* "Name" of a parameter, a file type's argument or an option. */
static bool is_name(const xmlNode *node)
{
	struct hms_str name = redact_name(node);

	return redact_is_leaf(node) && hms_str_ends(name, HMS_STR("Name"));
}

static bool is_value(const xmlNode *node) { return hms_str_ends(redact_name(node), HMS_STR("Value")) || redact_is(node, "value"); }

/* Texts that a peer has written freely: they may repeat what they are about. */
static bool is_free_text(const xmlNode *node)
{
	return redact_is(node, "FaultString") || redact_is(node, "faultstring") || redact_is(node, "Text") || redact_is(node, "Reason");
}

/* Referred to from elsewhere: what it stands for is not seen here. */
static bool has_id(const xmlNode *node)
{
	if (!redact_is_leaf(node))
		return false;
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (strcasecmp((const char *)a->name, "id") == 0)
			return true;
	return false;
}

struct beside {
	bool name, secret;
};

static bool hides(const struct redact *r, const xmlNode *node, struct beside beside)
{
	if (is_name(node))
		return false;
	if (is_value(node))
		return beside.secret || !beside.name || redact_is_open(node->parent);
	if (is_free_text(node))
		return beside.secret || !r->in->texts || hms_cwmp_secrets_full(r->in->seen);
	return redact_is(node, "Username") || hms_cwmp_is_secret(redact_name(node)) || has_id(node);
}

void redact_mark(struct redact *r, xmlNode *node)
{
	struct beside beside = { false, false };

	redact_each(child, node)
	{
		if (!is_name(child))
			continue;
		beside.name = true;
		beside.secret |= is_named_secret(r, redact_text(r, child));
	}
	redact_each(child, node)
	{
		/* What is hidden for its place alone is no secret to look for elsewhere. */
		if (hides(r, child, beside) && !is_free_text(child))
			mark_all(r, child);
		else if (hides(r, child, beside))
			child->_private = child;
		if (!redact_is_marked(child) || is_free_text(child))
			redact_mark(r, child);
	}
}
