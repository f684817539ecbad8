/* Small readers: arrays of PostgreSQL, charset, CWMP versions, ParameterKey, settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "charset.h"
#include "conf.h"
#include "parameter_key.h"
#include "pgarray.h"
#include "version.h"

#define HEADER(dimensions, size)       \
	"\0\0\0" dimensions "\0\0\0\0" \
	"\0\0\0\x11"                   \
	"\0\0\0" size "\0\0\0\1"

static void an_array_gives_its_elements_without_nulls(void **state)
{
	static const char data[] = HEADER("\1", "\3") "\0\0\0\2ab"
						      "\xff\xff\xff\xff"
						      "\0\0\0\0";
	struct hms_str out[4];

	(void)state;
	assert_int_equal(fe_pgarray_read(hms_strn(data, sizeof(data) - 1), out, 4), 2);
	assert_true(hms_str_eqz(out[0], "ab"));
	assert_int_equal(out[1].len, 0);
}

static void an_empty_array_has_no_elements(void **state)
{
	struct hms_str out[1];

	(void)state;
	assert_int_equal(fe_pgarray_read(hms_strn("\0\0\0\0\0\0\0\0\0\0\0\x11", 12), out, 1), 0);
}

static void more_elements_than_asked_for_are_an_error(void **state)
{
	static const char data[] = HEADER("\1", "\2") "\0\0\0\1a"
						      "\0\0\0\1b";
	struct hms_str out[1];

	(void)state;
	assert_int_equal(fe_pgarray_read(hms_strn(data, sizeof(data) - 1), out, 1), HMS_EFULL);
}

static void every_cut_of_an_array_is_an_error(void **state)
{
	static const char data[] = HEADER("\1", "\2") "\0\0\0\2ab"
						      "\0\0\0\1c";
	struct hms_str out[4];

	(void)state;
	for (size_t len = 0; len < sizeof(data) - 1; len++)
		assert_int_equal(fe_pgarray_read(hms_strn(data, len), out, 4), HMS_ESYNTAX);
}

static void two_dimensions_and_bad_lengths_are_errors(void **state)
{
	static const char two[] = HEADER("\2", "\1") "\0\0\0\1\0\0\0\1\0\0\0\1a", negative[] = HEADER("\1", "\1") "\xff\xff\xff\xfe";
	struct hms_str out[4];

	(void)state;
	assert_int_equal(fe_pgarray_read(hms_strn(two, sizeof(two) - 1), out, 4), HMS_ESYNTAX);
	assert_int_equal(fe_pgarray_read(hms_strn(negative, sizeof(negative) - 1), out, 4), HMS_ESYNTAX);
}

static void the_charset_is_found_in_any_spelling(void **state)
{
	(void)state;
	assert_true(hms_str_eqz(fe_charset(hms_str("text/xml; charset=utf-8")), "utf-8"));
	assert_true(hms_str_eqz(fe_charset(hms_str("text/xml;boundary=x; Charset = \"ISO-8859-1\"")), "ISO-8859-1"));
	assert_null(fe_charset(hms_str("text/xml")).p);
	assert_null(fe_charset(hms_str("text/xml; charset=")).p);
	assert_null(fe_charset(hms_str("charset=utf-8")).p);
	assert_null(fe_charset((struct hms_str){ NULL, 0 }).p);
}

static void the_newest_known_version_is_chosen(void **state)
{
	(void)state;
	assert_string_equal(fe_version_choose(hms_str("1.0,1.1,1.2")), "1.2");
	assert_string_equal(fe_version_choose(hms_str(" 1.4 , 1.0")), "1.4");
	assert_string_equal(fe_version_choose(hms_str("2.0,1.3,9.9")), "1.3");
	assert_null(fe_version_choose(hms_str("2.0")));
	assert_null(fe_version_choose(hms_str("")));
	assert_null(fe_version_choose((struct hms_str){ NULL, 0 }));
}

static void the_parameter_key_is_found_under_any_root(void **state)
{
	struct hms_cwmp_param params[] = {
		{ .name = HMS_STR("Device.ParameterKey"), .value = HMS_STR("no") },
		{ .name = HMS_STR("InternetGatewayDevice.ManagementServer.ParameterKey"), .value = HMS_STR("yes") },
	};
	struct hms_cwmp_msg msg = { .params = params, .param_count = 2 };
	struct hms_str key;

	(void)state;
	assert_true(fe_parameter_key(&msg, &key));
	assert_true(hms_str_eqz(key, "yes"));
	msg.param_count = 1;
	assert_false(fe_parameter_key(&msg, &key));
}

static void settings_that_contradict_each_other_are_refused(void **state)
{
	struct fe_conf conf = { .retry_after_min = 1, .retry_after_max = 5, .retry_after_later = 9, .part_bytes = 262144, .drain_url = "" };
	struct hms_err err;

	(void)state;
	assert_int_equal(fe_conf_check(&conf, 1000000, &err), 0);
	conf.drain_url = "hms.example.org";
	assert_int_equal(fe_conf_check(&conf, 1000000, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "drain_url"));
	conf.drain_url = "https://hms.example.org/";
	assert_int_equal(fe_conf_value_max(&conf, 1000000), 1000000 - 262144 - 65536);
	assert_int_equal(fe_conf_check(&conf, 300000, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "record_max_bytes"));
	conf.retry_after_min = 6;
	assert_int_equal(fe_conf_check(&conf, 1000000, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "retry_after_min"));
	conf.retry_after_max = 20;
	conf.retry_after_min = 10;
	assert_int_equal(fe_conf_check(&conf, 1000000, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "retry_after_later"));
}

static const char *listener_default(const char *name)
{
	for (size_t i = 0; i < fe_listener_section.key_count; i++)
		if (strcmp(fe_listener_section.keys[i].name, name) == 0)
			return fe_listener_section.keys[i].def;
	return NULL;
}

/* [H13] [A1] */
static void a_listener_has_the_port_of_the_standard_and_asks_for_digest_unless_told_otherwise(void **state)
{
	(void)state;
	assert_string_equal(listener_default("address"), ":7547");
	assert_string_equal(listener_default("auth"), "digest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_gives_its_elements_without_nulls),
		cmocka_unit_test(an_empty_array_has_no_elements),
		cmocka_unit_test(more_elements_than_asked_for_are_an_error),
		cmocka_unit_test(every_cut_of_an_array_is_an_error),
		cmocka_unit_test(two_dimensions_and_bad_lengths_are_errors),
		cmocka_unit_test(the_charset_is_found_in_any_spelling),
		cmocka_unit_test(the_newest_known_version_is_chosen),
		cmocka_unit_test(the_parameter_key_is_found_under_any_root),
		cmocka_unit_test(settings_that_contradict_each_other_are_refused),
		cmocka_unit_test(a_listener_has_the_port_of_the_standard_and_asks_for_digest_unless_told_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
