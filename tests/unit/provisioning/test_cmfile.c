/* Configuration files: sequence, escaping, what they cannot carry (TS 32.584; CMF-03). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <cmocka.h>

#include "cmfile.h"

#define IGD "InternetGatewayDevice."
#define FAP IGD "Services.FAPService.1."
#define SCHEMA HMS_SOURCE_DIR "/../shared/spec/data/schema/configData-32.584-rewrite.xsd"

static const struct prov_cm_head head = { HMS_STR("00256D"), HMS_STR("HNB"), HMS_STR("a<1>"), "2026-01-01T00:00:00Z" };

static struct prov_cm_table *table(void)
{
	struct prov_cm_table *t;
	struct hms_err err = { 0 };

	assert_int_equal(prov_cm_table_load(HMS_SOURCE_DIR "/deploy/datamodels/cm-32.584.tsv", &t, &err), 0);
	return t;
}

static int write_umts(struct prov_cm_param *params, size_t count, struct hms_buf *out, struct hms_err *err)
{
	struct prov_cm_table *t = table();
	int rc = prov_cm_write_32584(t, &head, params, count, out, err);

	prov_cm_table_free(&t);
	return rc;
}

static void elements_have_the_sequence_of_the_schema_whatever_the_order_of_parameters(void **state)
{
	struct prov_cm_param params[] = {
		{ HMS_STR(FAP "CellConfig.UMTS.CN.PLMNID"), HMS_STR("00101") },
		{ HMS_STR(FAP "FAPControl.UMTS.Gateway.FAPGWServer1"), HMS_STR("gw & co") },
		{ HMS_STR(IGD "ManagementServer.PeriodicInformEnable"), HMS_STR("true") },
		{ HMS_STR(FAP "FAPControl.UMTS.Gateway.SecGWServer1"), HMS_STR("segw") },
		{ HMS_STR(FAP "AccessMgmt.MemberDetail.2.IMSI"), HMS_STR("2") },
		{ HMS_STR(FAP "AccessMgmt.MemberDetail.1.IMSI"), HMS_STR("1") },
	};
	static const char *const order[] = { "<managedElement localDn=\"00256D-a&lt;1&gt;\"",
					     "<PeriodicInformEnable>true<",
					     "<FAPService>",
					     "<SecGWServer1>segw<",
					     "<FAPGWServer1>gw &amp; co<",
					     "<IMSI>1<",
					     "<IMSI>2<",
					     "<PLMNID>00101<",
					     "<fileFooter dateTime=\"2026-01-01T00:00:00Z\"/>" };
	struct hms_buf out = HMS_BUF_INIT(65536);
	struct hms_err err = { 0 };
	const char *at;

	(void)state;
	assert_int_equal(write_umts(params, 6, &out, &err), 0);
	at = hms_buf_z(&out);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		assert_non_null(at);
	}
	hms_buf_fini(&out);
}

static void quiet(void *arg, const char *format, ...)
{
	(void)arg;
	(void)format;
}

static void the_file_is_valid_by_the_schema(void **state)
{
	struct prov_cm_param params[] = {
		{ HMS_STR(FAP "CellConfig.UMTS.CN.PLMNID"), HMS_STR("00101") },
		{ HMS_STR(FAP "CellConfig.UMTS.RAN.RNCID"), HMS_STR("7") },
		{ HMS_STR(FAP "CellConfig.UMTS.RAN.CellID"), HMS_STR("65537") },
		{ HMS_STR(FAP "CellConfig.UMTS.RAN.FDDFAP.RF.UARFCNDL"), HMS_STR("10563") },
		{ HMS_STR(FAP "CellConfig.UMTS.RAN.FDDFAP.NeighborList.IntraFreqCell.4.PLMNID"), HMS_STR("00101") },
		{ HMS_STR(FAP "CellConfig.UMTS.RAN.FDDFAP.NeighborList.InterRATCell.GSM.1.PLMNID"), HMS_STR("00101") },
		{ HMS_STR(FAP "Transport.Tunnel.VirtualInterface.1.Enable"), HMS_STR("true") },
		{ HMS_STR(FAP "AccessMgmt.MemberDetail.1.IMSI"), HMS_STR("001010000000001") },
		{ HMS_STR(FAP "AccessMgmt.AccessMode"), HMS_STR("Open Access") },
		{ HMS_STR(FAP "FAPControl.UMTS.Gateway.FAPGWPort"), HMS_STR("29169") },
	};
	const char *schema_path = getenv("HMS_CM_SCHEMA") ? getenv("HMS_CM_SCHEMA") : SCHEMA;
	struct hms_buf out = HMS_BUF_INIT(65536);
	struct hms_err err = { 0 };
	xmlSchemaParserCtxt *parser;
	xmlSchema *schema;
	xmlSchemaValidCtxt *validator;
	xmlDoc *doc;

	(void)state;
	if (access(schema_path, R_OK))
		skip();
	parser = xmlSchemaNewParserCtxt(schema_path);
	xmlSchemaSetParserErrors(parser, quiet, quiet, NULL);
	schema = xmlSchemaParse(parser);
	assert_non_null(schema);
	validator = xmlSchemaNewValidCtxt(schema);
	assert_int_equal(write_umts(params, sizeof(params) / sizeof(params[0]), &out, &err), 0);
	doc = xmlReadMemory(out.p, (int)out.len, "cm.xml", NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	if (xmlSchemaValidateDoc(validator, doc) != 0)
		fail_msg("%s", hms_buf_z(&out));
	xmlFreeDoc(doc);
	xmlSchemaFreeValidCtxt(validator);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(parser);
	hms_buf_fini(&out);
}

static void what_a_file_cannot_carry_is_named_and_nothing_is_written(void **state)
{
	struct prov_cm_param unknown[] = { { HMS_STR(FAP "FAPControl.OpState"), HMS_STR("1") } };
	struct prov_cm_param twice[] = { { HMS_STR(FAP "DNPrefix"), HMS_STR("a") }, { HMS_STR(FAP "DNPrefix"), HMS_STR("b") } };
	struct hms_buf out = HMS_BUF_INIT(65536);
	struct hms_err err = { 0 };

	(void)state;
	assert_int_equal(write_umts(unknown, 1, &out, &err), HMS_ENOENT);
	assert_non_null(strstr(err.text, "FAPControl.OpState"));
	assert_int_equal(write_umts(twice, 2, &out, &err), HMS_EINVAL);
	assert_int_equal(out.len, 0);
	hms_buf_fini(&out);
}

static void a_tree_has_an_element_an_object_and_its_instances_as_index(void **state)
{
	struct prov_cm_param params[] = {
		{ HMS_STR("Device.Services.FAPService.1.CellConfig.LTE.EPC.TAC"), HMS_STR("1") },
		{ HMS_STR("Device.ManagementServer.URL"), HMS_STR("http://x/?a&b") },
		{ HMS_STR("Device.Services.FAPService.1.CellConfig.LTE.EPC.PLMNList.1.PLMNID"), HMS_STR("00101") },
	};
	struct hms_buf out = HMS_BUF_INIT(65536);
	struct hms_err err = { 0 };
	const char *text;

	(void)state;
	assert_int_equal(prov_cm_write_tree(&head, params, 3, &out, &err), 0);
	text = hms_buf_z(&out);
	assert_non_null(strstr(
		text, "<Device>\n<ManagementServer>\n<URL>http://x/?a&amp;b</URL></ManagementServer>\n<Services>\n"
		      "<FAPService index=\"1\">\n<CellConfig>\n<LTE>\n<EPC>\n<PLMNList index=\"1\">\n<PLMNID>00101</PLMNID></PLMNList>\n"
		      "<TAC>1</TAC></EPC></LTE></CellConfig></FAPService></Services></Device>"));
	hms_buf_fini(&out);
}

static void a_path_that_would_break_the_file_is_refused(void **state)
{
	static const char *const paths[] = { "Device.<x>", "Device.1.2.A", "Device.A.", "Device", "Device.A.1", ".A", "" };
	struct hms_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct prov_cm_param param = { hms_str(paths[i]), HMS_STR("1") };
		struct hms_buf out = HMS_BUF_INIT(65536);

		if (strcmp(paths[i], "Device") == 0) /* one level: an element of its own */
			assert_int_equal(prov_cm_write_tree(&head, &param, 1, &out, &err), 0);
		else
			assert_int_not_equal(prov_cm_write_tree(&head, &param, 1, &out, &err), 0);
		hms_buf_fini(&out);
	}
}

static void a_broken_table_is_refused(void **state)
{
	struct prov_cm_table *t;
	struct hms_err err = { 0 };

	(void)state;
	assert_int_equal(prov_cm_table_load("/nonexistent", &t, &err), HMS_ENOENT);
	assert_int_equal(prov_cm_table_load(HMS_SOURCE_DIR "/README.md", &t, &err), HMS_ESYNTAX);
	assert_null(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_have_the_sequence_of_the_schema_whatever_the_order_of_parameters),
		cmocka_unit_test(the_file_is_valid_by_the_schema),
		cmocka_unit_test(what_a_file_cannot_carry_is_named_and_nothing_is_written),
		cmocka_unit_test(a_tree_has_an_element_an_object_and_its_instances_as_index),
		cmocka_unit_test(a_path_that_would_break_the_file_is_refused),
		cmocka_unit_test(a_broken_table_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
