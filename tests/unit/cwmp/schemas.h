/* The schemas of CWMP, for tests that run where they are there. After cmocka.h. */
#ifndef CWMP_TEST_SCHEMAS_H
#define CWMP_TEST_SCHEMAS_H

#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/base/buf.h"

#define SCHEMAS HMS_SOURCE_DIR "/../shared/spec/data/schema/"

static inline void schemas_quiet(void *arg, const char *format, ...)
{
	(void)arg;
	(void)format;
}

/* Whether they are there; then schemas_done() ends their use. */
static inline bool schemas_begin(void)
{
	if (access(SCHEMAS "catalog.xml", R_OK) != 0)
		return false;
	assert_int_equal(setenv("XML_CATALOG_FILES", SCHEMAS "catalog.xml", 1), 0);
	xmlInitializeCatalog();
	return true;
}

static inline void schemas_done(void)
{
	xmlCatalogCleanup();
	xmlCleanupParser();
}

/* Of the namespace cwmp-1-<minor>. The caller frees it. */
static inline xmlSchema *schema_load(int minor)
{
	xmlSchemaParserCtxt *parser;
	xmlSchema *schema;
	char path[1024];

	snprintf(path, sizeof(path), SCHEMAS "wrap-cwmp-1-%d.xsd", minor);
	parser = xmlSchemaNewParserCtxt(path);
	assert_non_null(parser);
	xmlSchemaSetParserErrors(parser, schemas_quiet, schemas_quiet, NULL);
	schema = xmlSchemaParse(parser);
	xmlSchemaFreeParserCtxt(parser);
	assert_non_null(schema);
	return schema;
}

/* Empties out. */
static inline void schema_validate(xmlSchema *schema, struct hms_buf *out)
{
	xmlSchemaValidCtxt *ctxt = xmlSchemaNewValidCtxt(schema);
	xmlDoc *doc = xmlReadMemory(out->p, (int)out->len, "written.xml", NULL, XML_PARSE_NONET);

	assert_int_equal(out->failed, 0);
	assert_non_null(doc);
	assert_non_null(ctxt);
	if (xmlSchemaValidateDoc(ctxt, doc) != 0)
		fail_msg("%s", hms_buf_z(out));
	xmlFreeDoc(doc);
	xmlSchemaFreeValidCtxt(ctxt);
	hms_buf_reset(out);
}

#endif
