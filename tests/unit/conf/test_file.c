/* Configuration files: values, sections, and the errors that a user reads. */
#include "sample.h"

#include "hms/base/err.h"

static void without_a_file_all_values_are_defaults(void **state)
{
	struct hms_conf *conf;
	struct hms_err err;
	const struct box *box;

	(void)state;
	assert_int_equal(hms_conf_load(NULL, sections, &conf, &err), 0);
	box = hms_conf_get(conf, &box_section);
	assert_string_equal(box->name, "anon");
	assert_string_equal(box->password, "");
	assert_false(box->open);
	assert_int_equal(box->count, 3);
	assert_int_equal(box->wait, 30000);
	assert_int_equal(box->room, 4096);
	assert_int_equal(box->colour, 0);
	assert_int_equal(hms_conf_count(conf, &port_section), 0);
	assert_null(hms_conf_at(conf, &port_section, 0, NULL));
	hms_conf_free(&conf);
	assert_null(conf);
}

static void a_file_sets_values_of_all_types(void **state)
{
	struct hms_conf *conf = load_good("\xef\xbb\xbf# comment\n[box-one]\n  name = a b = c ; comment\r\n\topen=Yes\n; comment\n"
					  "count = -5\nwait = 5m\nroom = 1M\n[port x]\naddress = :1\n[ box-one ]\ncolour = blue");
	const struct box *box = hms_conf_get(conf, &box_section);

	(void)state;
	assert_string_equal(box->name, "a b = c");
	assert_true(box->open);
	assert_int_equal(box->count, -5);
	assert_int_equal(box->wait, 300000);
	assert_int_equal(box->room, 1048576);
	assert_int_equal(box->colour, 2);
	hms_conf_free(&conf);
}

static void times_and_sizes_take_units(void **state)
{
	static const struct {
		const char *text;
		int64_t wait;
	} cases[] = { { "500", 500 }, { "500ms", 500 }, { "20s", 20000 }, { "59m", 3540000 }, { "1h", 3600000 }, { "0", 0 }, { "7MS", 7 } };
	static const char *const bad[] = { "", "s", "1 s", "1d", "1.5s", "-1s", "61m", "2h", "9223372036854775807h", "1sms", "0x10", "5k" };
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hms_conf *conf;

		snprintf(text, sizeof(text), "[box-one]\nwait = %s\n", cases[i].text);
		conf = load_good(text);
		assert_int_equal(((const struct box *)hms_conf_get(conf, &box_section))->wait, cases[i].wait);
		hms_conf_free(&conf);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hms_conf *conf;
		struct hms_err err;

		snprintf(text, sizeof(text), "[box-one]\nwait = %s\n", bad[i]);
		assert_int_equal(load_text(text, &conf, &err), HMS_ESYNTAX);
		assert_null(conf);
	}
}

static void instances_keep_the_order_of_the_file(void **state)
{
	struct hms_conf *conf = load_good("[port second]\naddress = :2\n[port first]\naddress = :1\n[port Second]\nbacklog = 7\n");
	const struct port *port;
	const char *name;

	(void)state;
	assert_int_equal(hms_conf_count(conf, &port_section), 2);
	port = hms_conf_at(conf, &port_section, 0, &name);
	assert_string_equal(name, "second");
	assert_string_equal(port->address, ":2");
	assert_int_equal(port->backlog, 7);
	port = hms_conf_at(conf, &port_section, 1, &name);
	assert_string_equal(name, "first");
	assert_int_equal(port->backlog, 128);
	assert_null(hms_conf_at(conf, &port_section, 2, &name));
	hms_conf_free(&conf);
}

static void errors_name_the_place_the_key_and_what_is_allowed(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "[box-one]\n\ncount = 11\n", "FILE:3: box-one.count: bad value \"11\", expected number -5 to 10" },
		{ "[box-one]\ncount = many\n", "FILE:2: box-one.count: bad value \"many\", expected number -5 to 10" },
		{ "[box-one]\nwait = 2h\n", "FILE:2: box-one.wait: bad value \"2h\", expected time 0 to 1h" },
		{ "[box-one]\nroom = 1\n", "FILE:2: box-one.room: bad value \"1\", expected size 1k to 1g" },
		{ "[box-one]\nopen = perhaps\n", "FILE:2: box-one.open: bad value \"perhaps\", expected true or false" },
		{ "[box-one]\ncolour = grey\n", "FILE:2: box-one.colour: bad value \"grey\", expected one of red, green, blue" },
		{ "[box-one]\ncolor = red\n",
		  "FILE:2: box-one.color: unknown key; keys of this section: name, password, open, count, wait, room, colour" },
		{ "\n[boxes]\n", "FILE:2: unknown section [boxes]; sections: box-one, port" },
		{ "[box-one]\ncount = 1\nname = x\ncount = 2\n", "FILE:4: box-one.count is set a second time; first in line 2" },
		{ "[box-one]\nname = x\n[port p]\naddress = :1\n[box-one]\nname = x\n",
		  "FILE:6: box-one.name is set a second time; first in line 2" },
		{ "[box-one]\nname\n", "FILE:2: neither [section] nor key = value" },
		{ "name = x\n", "FILE:1: name stands before the first [section]" },
		{ "[box-one\nname = x\n", "FILE:1: the section has no closing ]" },
		{ "[box-one x]\n", "FILE:1: there is only one [box-one]; leave out \"x\"" },
		{ "[port]\n", "FILE:1: write [port NAME] with a name of letters and digits" },
		{ "[port a-b]\n", "FILE:1: write [port NAME] with a name of letters and digits" },
		{ "[port x]\nbacklog = 1\n",
		  "port.address is required: set \"address\" in [port x] of FILE, or HMS_PORT_X_ADDRESS in the environment" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hms_conf *conf;
		struct hms_err err;

		assert_int_equal(load_text(cases[i].text, &conf, &err), HMS_ESYNTAX);
		assert_null(conf);
		assert_string_equal(err.text, cases[i].error);
	}
}

static void the_first_error_is_the_one_reported(void **state)
{
	struct hms_conf *conf;
	struct hms_err err;

	(void)state;
	assert_int_equal(load_text("[box-one]\ncount = 99\n[nowhere]\ncolour = grey\n", &conf, &err), HMS_ESYNTAX);
	assert_non_null(strstr(err.text, "FILE:2: "));
}

static void a_missing_file_is_named(void **state)
{
	struct hms_conf *conf;
	struct hms_err err;

	(void)state;
	assert_int_equal(hms_conf_load("/nonexistent/hms.conf", sections, &conf, &err), HMS_ENOENT);
	assert_string_equal(err.text, "/nonexistent/hms.conf: No such file or directory");
	assert_true(hms_conf_load("/", sections, &conf, &err) < 0);
	assert_null(conf);
}

static void long_lines_load_up_to_the_limit(void **state)
{
	enum { HEAD = 10 + 7, LONG = 16000, TOO_LONG = 20000 };
	static char text[HEAD + TOO_LONG + 2];
	struct hms_conf *conf;
	struct hms_err err;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "[box-one]\nname = ", HEAD);
	text[HEAD + TOO_LONG] = '\n';
	assert_int_equal(load_text(text, &conf, &err), HMS_ESYNTAX);
	assert_non_null(strstr(err.text, "FILE:2: the line is longer than 16"));
	text[HEAD + LONG] = '\0';
	conf = load_good(text);
	assert_int_equal(strlen(((const struct box *)hms_conf_get(conf, &box_section))->name), LONG);
	hms_conf_free(&conf);
}

static void nul_bytes_are_refused(void **state)
{
	static const char first[] = "\0[box-one]\n", middle[] = "[box-one]\nname = a\0b\n", last[] = "[box-one]\nname = a\0\n",
			  end[] = "[box-one]\nname = a\0";
	static const struct hms_str cases[] = { HMS_STR(first), HMS_STR(middle), HMS_STR(last), HMS_STR(end) };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hms_conf *conf;
		struct hms_err err;

		assert_int_equal(load_bytes(cases[i].p, cases[i].len, &conf, &err), HMS_ESYNTAX);
		assert_non_null(strstr(err.text, "the line holds a NUL byte"));
	}
}

static void secrets_are_not_in_errors(void **state)
{
	static const struct hms_conf_key keys[] = { { "pin", HMS_CONF_INT, HMS_CONF_SECRET, 0, "0", 0, 9, NULL, "Pin." } };
	static const struct hms_conf_section section = HMS_CONF_SECTION("lock", keys, int64_t, "A lock.");
	static const struct hms_conf_section *const list[] = { &section, NULL };
	struct hms_conf *conf;
	struct hms_err err;

	(void)state;
	setenv("HMS_LOCK_PIN", "4711", 1);
	assert_int_equal(hms_conf_load(NULL, list, &conf, &err), HMS_ESYNTAX);
	unsetenv("HMS_LOCK_PIN");
	assert_string_equal(err.text, "environment variable HMS_LOCK_PIN: bad value (not shown), expected number 0 to 9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_all_values_are_defaults),
		cmocka_unit_test(a_file_sets_values_of_all_types),
		cmocka_unit_test(times_and_sizes_take_units),
		cmocka_unit_test(instances_keep_the_order_of_the_file),
		cmocka_unit_test(errors_name_the_place_the_key_and_what_is_allowed),
		cmocka_unit_test(the_first_error_is_the_one_reported),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(long_lines_load_up_to_the_limit),
		cmocka_unit_test(nul_bytes_are_refused),
		cmocka_unit_test(secrets_are_not_in_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
