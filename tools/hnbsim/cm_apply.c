/* Walks the configData of a CM file: elements are objects and parameters. */
#include "cm_apply.h"

#include <stdio.h>
#include <stdlib.h>

#include "rpc.h"
#include "value.h"

#define DEPTH_MAX 32
#define PATH_MAX_BYTES 512

/* Elements of TS 32.584 for which no data model has a parameter: taken, without effect. */
static const char *const only_in_files[] = { "Transport.IPsec.IpsecUsageIndicator", "AccessMgmt.HomeZoneName",
					     "AccessMgmt.MaxConcurrentCSGUsers" };

static bool is_only_in_files(struct hms_str path)
{
	for (size_t i = 0; i < sizeof(only_in_files) / sizeof(only_in_files[0]); i++)
		if (hms_str_ends(path, hms_str(only_in_files[i])))
			return true;
	return false;
}

static int set_value(struct cm_apply *apply, struct tree_ref ref, const char *path, const char *value)
{
	const struct model_param *param = tree_param(apply->tree, ref);
	uint32_t fault = value_check(param, param->type, hms_str(value));

	if (fault != 0)
		return cm_fail(apply, path, hms_cwmp_fault_text(fault));
	if (tree_set(apply->tree, ref, hms_str(value), false) != 0)
		return HMS_ENOMEM;
	if (param->role != ROLE_NONE)
		apply->result->roles |= ROLE_BIT(param->role);
	apply->result->written++;
	return 0;
}

/* A parameter; path: its name. */
static int apply_leaf(struct cm_apply *apply, xmlNode *node, const char *path)
{
	char *value = cm_text(node);
	struct tree_ref ref;
	int rc;

	if (!value)
		return HMS_ENOMEM;
	if (tree_find(apply->tree, hms_str(path), &ref))
		rc = set_value(apply, ref, path, value);
	else if (is_only_in_files(hms_str(path)))
		rc = 0;
	else
		rc = cm_fail(apply, path, "unknown parameter");
	free(value);
	return rc;
}

/* An object, or a row of a table; path: with '.' at the end. */
static int apply_object(struct cm_apply *apply, xmlNode *node, const char *path, unsigned depth)
{
	uint16_t table = tree_find_table(apply->tree, hms_str(path));
	char below[PATH_MAX_BYTES];
	xmlChar *index;
	bool fits;

	if (table != MODEL_NO_PARAM)
		return cm_apply_row(apply, node, table, depth);
	index = xmlGetNoNsProp(node, (const xmlChar *)"index");
	fits = snprintf(below, sizeof(below), "%s%s%s", path, index ? (const char *)index : "", index ? "." : "") < (int)sizeof(below);
	xmlFree(index);
	if (!fits)
		return cm_fail(apply, path, "too long");
	return cm_apply_children(apply, node, below, depth);
}

int cm_apply_children(struct cm_apply *apply, xmlNode *node, const char *path, unsigned depth)
{
	int rc = 0;

	if (depth > DEPTH_MAX)
		return cm_fail(apply, path, "too deep");
	for (xmlNode *n = cm_element(node->children); n && rc == 0; n = cm_element(n->next)) {
		char name[PATH_MAX_BYTES];
		struct hms_str as_object;

		if (cm_named(n, "Modifier"))
			continue;
		if (snprintf(name, sizeof(name), "%s%s.", path, (const char *)n->name) >= (int)sizeof(name))
			return cm_fail(apply, path, "the path is too long");
		as_object = hms_str(name);
		if (cm_element(n->children) || tree_find_table(apply->tree, as_object) != MODEL_NO_PARAM) {
			rc = apply_object(apply, n, name, depth + 1);
		} else if (!rpc_is_object(apply->tree, as_object)) { /* an empty element may stand for an object */
			name[as_object.len - 1] = '\0';
			rc = apply_leaf(apply, n, name);
		}
	}
	return rc;
}
