/* Printing, documenting and comparing configurations. */
#include "sample.h"

#include "hms/base/err.h"

static void printing_masks_secrets(void **state)
{
	struct hms_conf *conf = load_good("[box-one]\npassword = s3cret\nopen = 1\nwait = 90000\nroom = 3000\ncolour = green\n"
					  "[port p]\naddress = :1\n");
	struct hms_buf out = HMS_BUF_INIT(10000);

	(void)state;
	hms_conf_print(conf, &out);
	assert_string_equal(hms_buf_z(&out), "[box-one]\nname = anon\npassword = ********\nopen = true\ncount = 3\nwait = 90s\n"
					     "room = 3000\ncolour = green\n\n[port p]\naddress = :1\nbacklog = 128\n");
	hms_buf_fini(&out);
	hms_conf_free(&conf);
}

static void what_is_printed_loads_again(void **state)
{
	struct hms_conf *conf = load_good("[box-one]\nwait = 1234ms\nroom = 1g\ncount = -1\n[port p]\naddress = :1\n"), *again;
	struct hms_buf first = HMS_BUF_INIT(10000), second = HMS_BUF_INIT(10000);

	(void)state;
	hms_conf_print(conf, &first);
	again = load_good(hms_buf_z(&first));
	hms_conf_print(again, &second);
	assert_string_equal(hms_buf_z(&first), hms_buf_z(&second));
	hms_buf_fini(&first);
	hms_buf_fini(&second);
	hms_conf_free(&conf);
	hms_conf_free(&again);
}

static void the_documentation_has_a_table_for_each_section(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(10000);
	const char *text;

	(void)state;
	hms_conf_doc(sections, &out);
	text = hms_buf_z(&out);
	assert_non_null(strstr(text, "## [box-one]\n\nA box.\n\n| Key | "));
	assert_non_null(strstr(text, "\n| `name` | `HMS_BOX_ONE_NAME` | text | `anon` | no | Name \\| of it. |\n"));
	assert_non_null(strstr(text, "\n| `password` | `HMS_BOX_ONE_PASSWORD` | text |  | no | Its password. Secret: never shown. |\n"));
	assert_non_null(strstr(text, "\n| `count` | `HMS_BOX_ONE_COUNT` | number -5 to 10 | `3` | yes | How many. |\n"));
	assert_non_null(strstr(text, "\n| `wait` | `HMS_BOX_ONE_WAIT` | time 0 to 1h | `30s` | no | How long. |\n"));
	assert_non_null(strstr(text, "\n| `room` | `HMS_BOX_ONE_ROOM` | size 1k to 1g | `4k` | no | How large. |\n"));
	assert_non_null(strstr(text, "## [port *NAME*]\n"));
	assert_non_null(strstr(text, "\n| `address` | `HMS_PORT_<NAME>_ADDRESS` | text | *required* | no | Where. |\n"));
	hms_buf_fini(&out);
}

static void the_help_has_each_key_with_its_default_and_no_long_line(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(10000);
	const char *text;

	(void)state;
	hms_conf_help(sections, &out);
	text = hms_buf_z(&out);
	assert_non_null(strstr(text, "\n[box-one]  A box.\n  name = anon  (text)\n      Name | of it.\n  password =  (text)\n"));
	assert_non_null(strstr(text, "\n  wait = 30s  (time 0 to 1h)\n      How long.\n"));
	assert_non_null(strstr(text, "\n[port NAME]  A port.\n  address =  (text, required)\n"));
	assert_non_null(strstr(text, "\n      How many connections may wait until they are taken; the operating system has a bound of its\n"
				     "      own, which holds as well.\n"));
	hms_buf_fini(&out);
}

static void changes_that_need_a_restart_are_named(void **state)
{
	struct hms_conf *a = load_good("[box-one]\nname = a\ncount = 1\nopen = no\n[port p]\naddress = :1\n[port gone]\naddress = :2\n");
	struct hms_conf *b =
		load_good("[box-one]\nname = b\ncount = 2\nopen = yes\nroom = 2k\n[port p]\naddress = :9\n[port new]\naddress = :2\n");
	struct hms_buf names = HMS_BUF_INIT(1000);

	(void)state;
	hms_conf_diff_restart(a, b, &names);
	assert_string_equal(hms_buf_z(&names), "box-one.name, box-one.room, port p.address, port gone, port new");
	hms_buf_reset(&names);
	hms_conf_diff_restart(a, a, &names);
	assert_string_equal(hms_buf_z(&names), "");
	hms_buf_fini(&names);
	hms_conf_free(&a);
	hms_conf_free(&b);
}

static void equality_covers_values_and_instances(void **state)
{
	static const char *const others[] = { "", "[box-one]\nname = b\n[port p]\naddress = :1\n[port q]\naddress = :1\n",
					      "[box-one]\nname = a\n[port p]\naddress = :1\n",
					      "[box-one]\nname = a\n[port p]\naddress = :1\n[port r]\naddress = :1\n",
					      "[box-one]\nname = a\n[port q]\naddress = :1\n[port p]\naddress = :1\n" };
	static const char one[] = "[box-one]\nname = a\n[port p]\naddress = :1\n[port q]\naddress = :1\n";
	struct hms_conf *a = load_good(one), *same = load_good(one);

	(void)state;
	assert_true(hms_conf_equal(a, same));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct hms_conf *b = load_good(others[i]);

		assert_false(hms_conf_equal(a, b));
		hms_conf_free(&b);
	}
	hms_conf_free(&a);
	hms_conf_free(&same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printing_masks_secrets),
		cmocka_unit_test(what_is_printed_loads_again),
		cmocka_unit_test(the_documentation_has_a_table_for_each_section),
		cmocka_unit_test(the_help_has_each_key_with_its_default_and_no_long_line),
		cmocka_unit_test(changes_that_need_a_restart_are_named),
		cmocka_unit_test(equality_covers_values_and_instances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
