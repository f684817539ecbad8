/* CM files as a cell reads them: the document, and all or nothing. */
#include "cm_file.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>

#include "cm_apply.h"

#define FILE_MAX_BYTES (16 * 1024 * 1024)

int cm_fail(struct cm_apply *apply, const char *path, const char *what)
{
	snprintf(apply->result->text, sizeof(apply->result->text), "%s%s%s", path, *path ? ": " : "", what);
	return HMS_ESYNTAX;
}

xmlNode *cm_element(xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

bool cm_named(const xmlNode *node, const char *name) { return strcmp((const char *)node->name, name) == 0; }

xmlNode *cm_child(xmlNode *node, const char *name)
{
	xmlNode *child = cm_element(node->children);

	while (child && !cm_named(child, name))
		child = cm_element(child->next);
	return child;
}

char *cm_text(xmlNode *node)
{
	xmlChar *content = xmlNodeGetContent(node);
	char *text = content ? hms_str_dup(hms_str_trim(hms_str((const char *)content))) : NULL;

	xmlFree(content);
	return text;
}

/* ---- which element stands for which object ---- */
static void root_object(const struct model *model, char out[64])
{
	struct hms_str rest = model->params[0].name, root = hms_str_split(&rest, '.');

	snprintf(out, 64, "%.*s.", HMS_STR_FMT(root));
}

/* The n-th FAPService of a file that has no index attributes is instance n (TS 32.584). */
static int apply_element(struct cm_apply *apply, xmlNode *node, unsigned fap_service)
{
	char root[64], path[128];

	root_object(apply->tree->model, root);
	if (cm_named(node, "managedElement") || cm_named(node, "Modifier"))
		return 0;
	if (strncmp(root, (const char *)node->name, strlen(root) - 1) == 0 && strlen((const char *)node->name) == strlen(root) - 1)
		return cm_apply_children(apply, node, root, 0);
	if (cm_named(node, "Device") || cm_named(node, "InternetGatewayDevice"))
		return cm_fail(apply, (const char *)node->name, "is not the root of this device's data model");
	if (cm_named(node, "FAPService"))
		snprintf(path, sizeof(path), "%sServices.FAPService.%u.", root, fap_service);
	else
		snprintf(path, sizeof(path), "%s%.40s.", root, (const char *)node->name);
	return cm_apply_children(apply, node, path, 0);
}

static int check_element(struct cm_apply *apply, xmlNode *data, const char *serial)
{
	xmlNode *element = cm_child(data, "managedElement");
	xmlChar *dn = element ? xmlGetNoNsProp(element, (const xmlChar *)"localDn") : NULL;
	bool other = dn && dn[0] != '\0' && !strstr((const char *)dn, serial);

	xmlFree(dn);
	if (!element)
		return cm_fail(apply, "configData", "there is no managedElement");
	return other ? cm_fail(apply, "managedElement", "the file is for another device") : 0;
}

static int apply_data(struct cm_apply *apply, xmlNode *data, const char *serial)
{
	unsigned fap_service = 0;
	int rc = check_element(apply, data, serial);

	for (xmlNode *n = cm_element(data->children); n && rc == 0; n = cm_element(n->next)) {
		fap_service += cm_named(n, "FAPService");
		rc = apply_element(apply, n, fap_service);
	}
	return rc;
}

static int apply_document(struct cm_apply *apply, xmlDoc *doc, const char *serial)
{
	xmlNode *root = xmlDocGetRootElement(doc), *data = root ? cm_child(root, "configData") : NULL;

	if (!root || !hms_str_caseeq(hms_str((const char *)root->name), HMS_STR("configDataFile")))
		return cm_fail(apply, "", "not a configDataFile");
	if (!cm_child(root, "fileHeader") || !cm_child(root, "fileFooter"))
		return cm_fail(apply, "", "fileHeader or fileFooter is missing");
	if (!data)
		return cm_fail(apply, "", "there is no configData");
	for (xmlNode *n = cm_element(data->next); n; n = cm_element(n->next))
		if (cm_named(n, "configData"))
			return cm_fail(apply, "", "more than one configData");
	return apply_data(apply, data, serial);
}

int cm_file_apply(struct hms_str file, struct tree *tree, const struct tree_env *env, const char *serial, struct cm_file_result *result)
{
	struct tree changed;
	struct cm_apply apply = { &changed, env, result };
	xmlDoc *doc = NULL;
	int rc;

	*result = (struct cm_file_result){ 0 };
	if (file.len > 0 && file.len <= FILE_MAX_BYTES)
		doc = xmlReadMemory(file.p, (int)file.len, "configData.xml", NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!doc || doc->intSubset) {
		xmlFreeDoc(doc);
		return cm_fail(&apply, "", "not well-formed XML without a DTD");
	}
	rc = tree_clone(tree, &changed);
	if (rc == 0)
		rc = apply_document(&apply, doc, serial);
	xmlFreeDoc(doc);
	if (rc == 0) { /* all at once */
		tree_fini(tree);
		*tree = changed;
	} else {
		tree_fini(&changed);
	}
	return rc;
}
