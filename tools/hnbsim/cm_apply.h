/** Walks the configData of a CM file and applies it to a tree, which is spoilt when it fails: a part of cm_file.c. */
#ifndef HNBSIM_CM_APPLY_H
#define HNBSIM_CM_APPLY_H

#include <libxml/tree.h>

#include "cm_file.h"

struct cm_apply {
	struct tree *tree;
	const struct tree_env *env;
	struct cm_file_result *result;
};

/** Text of the element, trimmed, as malloc'ed string; NULL when out of memory. */
char *cm_text(xmlNode *node);
xmlNode *cm_child(xmlNode *node, const char *name);
/** The next element, node itself included; NULL at the end. */
xmlNode *cm_element(xmlNode *node);
bool cm_named(const xmlNode *node, const char *name);
/** Notes what is wrong. Returns HMS_ESYNTAX. */
int cm_fail(struct cm_apply *apply, const char *path, const char *what);

/** Applies what is below a node; path: of the node, with '.' at the end. Returns as cm_file_apply(). */
int cm_apply_children(struct cm_apply *apply, xmlNode *node, const char *path, unsigned depth);
/** Applies one row: node is the row's element, table its table (cm_rows.c). */
int cm_apply_row(struct cm_apply *apply, xmlNode *node, uint16_t table, unsigned depth);

#endif
