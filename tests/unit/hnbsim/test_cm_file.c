/* CM files as a cell reads them: both layouts, rows, all or nothing (cm-file.md, CMF-03). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "cm_file.h"
#include "tiny_model.h"

#define SERIAL "SIM00000001"
#define FILE_OF(data)                                                                                                             \
	"<?xml version=\"1.0\"?><configDataFile><fileHeader fileFormatVersion=\"32.594 V14.0.0\"/><configData>"                   \
	"<managedElement localDn=\"HNB=0200F0-" SERIAL "\"/>" data "</configData><fileFooter dateTime=\"2024-05-01T12:00:00Z\"/>" \
	"</configDataFile>"
#define RADIO(data) FILE_OF("<Device><Radio>" data "</Radio></Device>")

static struct tiny tiny;
static struct cm_file_result result;

static int open_tiny(void **state)
{
	(void)state;
	return tiny_open(&tiny);
}

static int close_tiny(void **state)
{
	(void)state;
	tiny_close(&tiny);
	return 0;
}

static int apply(const char *file) { return cm_file_apply(hms_str(file), &tiny.tree, &tiny_env, SERIAL, &result); }

static void refused(const char *file, const char *reason)
{
	assert_int_equal(apply(file), HMS_ESYNTAX);
	if (!strstr(result.text, reason))
		fail_msg("'%s' does not say '%s'", result.text, reason);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "One")); /* as before */
}

static void values_are_set_and_their_roles_are_told(void **state)
{
	(void)state;
	assert_int_equal(apply(RADIO("<Mode>All</Mode><AdminState>1</AdminState>")), 0);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "All"));
	assert_int_equal(result.roles, ROLE_BIT(ROLE_ADMIN_STATE));
	assert_int_equal(result.written, 2);
}

static void rows_are_named_by_index(void **state)
{
	(void)state;
	assert_int_equal(apply(RADIO("<Neighbour index=\"1\"><CID>9</CID></Neighbour><Neighbour index=\"3\"><CID>7</CID></Neighbour>")), 0);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Neighbour.1.CID", "9"));
	assert_true(tiny_value_is(&tiny, "Device.Radio.Neighbour.3.CID", "7"));
}

static void rows_are_created_changed_and_deleted_by_their_keys(void **state)
{
	struct tree_ref ref;

	(void)state;
	for (int twice = 0; twice < 2; twice++) { /* the same file again makes no second row */
		assert_int_equal(apply(RADIO("<Neighbour><Modifier>create</Modifier><CID>12</CID><Active>1</Active></Neighbour>")), 0);
		assert_true(tiny_value_is(&tiny, "Device.Radio.Neighbour.2.Active", "1"));
		assert_false(tree_find(&tiny.tree, HMS_STR("Device.Radio.Neighbour.3.CID"), &ref));
	}
	assert_int_equal(apply(RADIO("<Neighbour><Modifier>update</Modifier><CID>12</CID><Active>0</Active></Neighbour>")), 0);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Neighbour.2.Active", "0"));
	assert_int_equal(apply(RADIO("<Neighbour><Modifier>delete</Modifier><CID>12</CID></Neighbour>")), 0);
	assert_false(tree_find(&tiny.tree, HMS_STR("Device.Radio.Neighbour.2.CID"), &ref));
}

static void nothing_is_applied_when_anything_is_wrong(void **state)
{
	struct tree_ref ref;

	(void)state;
	refused(RADIO("<Mode>All</Mode><Colour>red</Colour>"), "Device.Radio.Colour: unknown parameter");
	refused(RADIO("<Mode>All</Mode><Firmware>2</Firmware>"), "not writable");
	refused(RADIO("<Mode>All</Mode><AdminState>maybe</AdminState>"), "Device.Radio.AdminState: Invalid parameter value");
	refused(RADIO("<Mode>All</Mode><Neighbour><Modifier>create</Modifier><CID>70000</CID></Neighbour>"),
		"CID: Invalid parameter value");
	assert_false(tree_find(&tiny.tree, HMS_STR("Device.Radio.Neighbour.2.CID"), &ref));
	refused(RADIO("<Mode>All</Mode><Neighbour><Modifier>paint</Modifier><CID>1</CID></Neighbour>"), "unknown Modifier");
	refused(RADIO("<Mode>All</Mode><Neighbour><CID>99</CID></Neighbour>"), "no such row");
	refused(RADIO("<Mode>All</Mode><Neighbour index=\"x\"><CID>9</CID></Neighbour>"), "bad index");
	refused(RADIO("<Mode>All</Mode><Alarm index=\"1\"><Text>x</Text></Alarm>"), "cannot be created");
	refused(RADIO("<Mode>All</Mode><Neighbour index=\"2\"><CID>1</CID></Neighbour><Neighbour index=\"3\"><CID>2</CID></Neighbour>"
		      "<Neighbour index=\"4\"><CID>3</CID></Neighbour>"),
		"full");
}

static void what_is_no_file_for_this_device_is_refused(void **state)
{
	static const char good[] = RADIO("<Mode>All</Mode>");
	char bad[sizeof(good)];

	(void)state;
	refused("", "well-formed");
	refused("<configDataFile/>", "fileHeader");
	refused("<a/>", "not a configDataFile");
	refused(FILE_OF("<InternetGatewayDevice><Radio><Mode>All</Mode></Radio></InternetGatewayDevice>"), "not the root");
	refused("<!DOCTYPE a [<!ENTITY e 'All'>]>" RADIO("<Mode>&e;</Mode>") + 0, "well-formed");
	memcpy(bad, good, sizeof(good));
	memcpy(strstr(bad, SERIAL), "SIM00000002", strlen(SERIAL));
	refused(bad, "another device");
}

static void a_file_that_is_cut_anywhere_changes_nothing(void **state)
{
	static const char good[] = RADIO("<Mode>All</Mode>");

	(void)state;
	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		assert_int_equal(cm_file_apply(hms_strn(good, len), &tiny.tree, &tiny_env, SERIAL, &result), HMS_ESYNTAX);
		assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "One"));
	}
}

/* ---- TS 32.584 ---- */
static const char umts[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><configDataFile xmlns=\"http://www.3gpp.org/ftp/specs/archive/32_series/32.584#configData\">"
	"<fileHeader fileFormatVersion=\"32.584 V8.0\"/><configData><managedElement localDn=\"" SERIAL "\"/>"
	"<ManagementServer><PeriodicInformEnable>true</PeriodicInformEnable><PeriodicInformInterval>900</PeriodicInformInterval></ManagementServer>"
	"<FAPService><DNPrefix>DC=op.example,SubNetwork=1</DNPrefix>"
	"<FAPControl><UMTS><Gateway><FAPGWServer1>hnbgw1.op.example</FAPGWServer1></Gateway></UMTS></FAPControl>"
	"<AccessMgmt><AccessMode>Closed Access</AccessMode>"
	"<MemberDetail><Modifier>create</Modifier><Enable>true</Enable><IMSI>001010000000001</IMSI></MemberDetail><LocalIPAccess/></AccessMgmt>"
	"<CellConfig><UMTS><RAN><RNCID>7</RNCID><FDDFAP><NeighborList><IntraFreqCell><Modifier>create</Modifier><PLMNID>00101</PLMNID>"
	"<RNCID>7</RNCID><CID>12</CID></IntraFreqCell></NeighborList></FDDFAP></RAN></UMTS></CellConfig>"
	"<Transport><IPsec><IpsecUsageIndicator>true</IpsecUsageIndicator></IPsec></Transport></FAPService></configData>"
	"<fileFooter dateTime=\"2024-05-01T12:00:00Z\"/></configDataFile>";

static void the_layout_of_ts_32_584_is_mapped_to_tr_196(void **state)
{
	struct tiny v1;

	(void)state;
	assert_int_equal(model_load(HMS_SOURCE_DIR "/tools/hnbsim/models", "hnb-tr098-v1", &v1.model, NULL), 0);
	tree_init(&v1.tree, v1.model);
	if (cm_file_apply(hms_str(umts), &v1.tree, &tiny_env, SERIAL, &result) != 0)
		fail_msg("%s", result.text);
#define FAP "InternetGatewayDevice.Services.FAPService.1."
	assert_true(tiny_value_is(&v1, "InternetGatewayDevice.ManagementServer.PeriodicInformInterval", "900"));
	assert_true(tiny_value_is(&v1, FAP "FAPControl.UMTS.Gateway.FAPGWServer1", "hnbgw1.op.example"));
	assert_true(tiny_value_is(&v1, FAP "AccessMgmt.MemberDetail.1.IMSI", "001010000000001"));
	assert_true(tiny_value_is(&v1, FAP "CellConfig.UMTS.RAN.FDDFAP.NeighborList.IntraFreqCell.1.CID", "12"));
	assert_true(result.roles & ROLE_BIT(ROLE_GATEWAY));
	assert_int_equal(result.rows, 2);
	tiny_close(&v1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_tiny, close_tiny)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_are_set_and_their_roles_are_told),
		TEST(rows_are_named_by_index),
		TEST(rows_are_created_changed_and_deleted_by_their_keys),
		TEST(nothing_is_applied_when_anything_is_wrong),
		TEST(what_is_no_file_for_this_device_is_refused),
		TEST(a_file_that_is_cut_anywhere_changes_nothing),
		cmocka_unit_test(the_layout_of_ts_32_584_is_mapped_to_tr_196),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
