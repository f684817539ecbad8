/* The tables of methods, types, faults and warnings answer for each row and for what is none. */
#include "cwmp_test.h"

static void test_methods_are_found_by_name(void **state)
{
	(void)state;
	for (int i = HMS_CWMP_NONE + 1; i < HMS_CWMP_METHOD_COUNT; i++) {
		const struct hms_cwmp_method_info *info = hms_cwmp_method_info((enum hms_cwmp_method)i);

		assert_int_equal(info->id, i);
		assert_int_equal(hms_cwmp_method_find(hms_str(info->name)), i == HMS_CWMP_VENDOR ? HMS_CWMP_NONE : i);
	}
	assert_int_equal(hms_cwmp_method_find(HMS_STR("")), HMS_CWMP_NONE);
	assert_int_equal(hms_cwmp_method_find(HMS_STR("reboot")), HMS_CWMP_NONE);
	assert_string_equal(hms_cwmp_method_info(HMS_CWMP_METHOD_COUNT)->name, "");
	assert_int_equal(hms_cwmp_method_info(HMS_CWMP_REBOOT)->safety, HMS_CWMP_UNSAFE);
	assert_int_equal(hms_cwmp_method_info(HMS_CWMP_SET_VOUCHERS)->safety, HMS_CWMP_ONCE);
	assert_int_equal(hms_cwmp_method_info(HMS_CWMP_CHANGE_DU_STATE)->since, HMS_CWMP_1_2);
}

static void test_types_are_found_with_any_prefix(void **state)
{
	(void)state;
	for (int i = 0; i < HMS_XSD_OTHER; i++)
		assert_int_equal(hms_xsd_find(hms_str(hms_xsd_name((enum hms_xsd)i))), i);
	assert_int_equal(hms_xsd_find(HMS_STR("string")), HMS_XSD_STRING);
	assert_int_equal(hms_xsd_find(HMS_STR("x:String(64)")), HMS_XSD_STRING);
	assert_int_equal(hms_xsd_find(HMS_STR("xsd:base64Binary")), HMS_XSD_BASE64);
	assert_int_equal(hms_xsd_find(HMS_STR("xsd:duration")), HMS_XSD_OTHER);
	assert_int_equal(hms_xsd_find(HMS_STR("")), HMS_XSD_OTHER);
	assert_int_equal(hms_xsd_find(HMS_STR(":(")), HMS_XSD_OTHER);
}

static void test_faults_have_a_text_and_a_side(void **state)
{
	(void)state;
	assert_string_equal(hms_cwmp_fault_text(9005), "Invalid parameter/object name");
	assert_string_equal(hms_cwmp_fault_text(9850), "Vendor-defined fault");
	assert_string_equal(hms_cwmp_fault_text(1), "Unknown fault");
	assert_true(hms_cwmp_fault_is_client(9003));
	assert_true(hms_cwmp_fault_is_client(8003));
	assert_false(hms_cwmp_fault_is_client(9004));
	assert_false(hms_cwmp_fault_is_client(9009));
	assert_false(hms_cwmp_fault_is_client(12345));
}

static void test_event_bits_have_their_codes(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 23; bit++) {
		const char *code = hms_cwmp_event_code(1u << bit);

		assert_int_equal(hms_cwmp_event_bit(hms_str(code)), 1u << bit);
	}
	assert_string_equal(hms_cwmp_event_code(HMS_EVENT_PERIODIC), "2 PERIODIC");
	assert_string_equal(hms_cwmp_event_code(HMS_EVENT_OTHER), "OTHER");
	assert_string_equal(hms_cwmp_event_code(0), "OTHER");
}

static void test_vendors_methods_are_known_by_their_form(void **state)
{
	static const char *const good[] = { "X_ACME_Do", "X_00256D_Do", "X_example-com_Do_It-2" };
	static const char *const bad[] = { "X_",
					   "X_A",
					   "X__Do",
					   "X_ACME_",
					   "X_ACME_Do It",
					   "x_ACME_Do",
					   "X_ACME_D\xc3\xb6",
					   "X_<VENDOR>_<Name>",
					   "",
					   "X_ACME_0123456789012345678901234567890123456789012345678901234567" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(hms_cwmp_method_of(hms_str(good[i])), HMS_CWMP_VENDOR);
		assert_int_equal(hms_cwmp_method_find(hms_str(good[i])), HMS_CWMP_NONE);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_cwmp_method_of(hms_str(bad[i])), HMS_CWMP_NONE);
	assert_int_equal(hms_cwmp_method_of(HMS_STR("Reboot")), HMS_CWMP_REBOOT);
	assert_int_equal(hms_cwmp_method_of(hms_strn("X_A\0B_Do", 9)), HMS_CWMP_NONE);
}

static void test_warnings_have_labels(void **state)
{
	(void)state;
	assert_string_equal(hms_cwmp_warning_label(HMS_CWMP_WARN_NO_TYPE), "no_xsi_type");
	assert_string_equal(hms_cwmp_warning_label(HMS_CWMP_WARN_COUNT), "unknown");
}

static void test_namespaces_have_their_uris(void **state)
{
	(void)state;
	assert_string_equal(hms_cwmp_ns_uri(HMS_CWMP_1_0), "urn:dslforum-org:cwmp-1-0");
	assert_string_equal(hms_cwmp_ns_uri(HMS_CWMP_1_3), "urn:dslforum-org:cwmp-1-3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods_are_found_by_name),
		cmocka_unit_test(test_types_are_found_with_any_prefix),
		cmocka_unit_test(test_faults_have_a_text_and_a_side),
		cmocka_unit_test(test_event_bits_have_their_codes),
		cmocka_unit_test(test_vendors_methods_are_known_by_their_form),
		cmocka_unit_test(test_warnings_have_labels),
		cmocka_unit_test(test_namespaces_have_their_uris),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
