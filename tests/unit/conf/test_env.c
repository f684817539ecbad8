/* The environment over the file. */
#include "sample.h"

#include "hms/base/err.h"

/* Every test begins without variables of ours. */
static int clean_environment(void **state)
{
	(void)state;
	return clearenv();
}

static void the_environment_wins_over_the_file(void **state)
{
	struct hms_conf *conf;
	const struct box *box;

	(void)state;
	setenv("HMS_BOX_ONE_COUNT", "7", 1);
	setenv("HMS_BOX_ONE_NAME", "x=y", 1);
	conf = load_good("[box-one]\ncount = 1\nname = file\ncolour = green\n");
	box = hms_conf_get(conf, &box_section);
	assert_int_equal(box->count, 7);
	assert_string_equal(box->name, "x=y");
	assert_int_equal(box->colour, 1);
	hms_conf_free(&conf);
}

static void instances_are_changed_and_made(void **state)
{
	struct hms_conf *conf;
	const struct port *port;
	const char *name;

	(void)state;
	setenv("HMS_PORT_B2_ADDRESS", ":2", 1);
	setenv("HMS_PORT_MAIN_BACKLOG", "9", 1);
	setenv("HMS_PORT_A1_ADDRESS", ":1", 1);
	conf = load_good("[port main]\naddress = :80\n");
	assert_int_equal(hms_conf_count(conf, &port_section), 3);
	port = hms_conf_at(conf, &port_section, 0, &name);
	assert_string_equal(name, "main");
	assert_string_equal(port->address, ":80");
	assert_int_equal(port->backlog, 9);
	hms_conf_at(conf, &port_section, 1, &name);
	assert_string_equal(name, "a1");
	hms_conf_at(conf, &port_section, 2, &name);
	assert_string_equal(name, "b2");
	hms_conf_free(&conf);
}

static void errors_name_the_variable(void **state)
{
	struct hms_conf *conf;
	struct hms_err err;

	(void)state;
	setenv("HMS_BOX_ONE_COUNT", "11", 1);
	assert_int_equal(hms_conf_load(NULL, sections, &conf, &err), HMS_ESYNTAX);
	assert_string_equal(err.text, "environment variable HMS_BOX_ONE_COUNT: bad value \"11\", expected number -5 to 10");
	assert_null(conf);
}

static void variables_of_others_do_not_matter(void **state)
{
	struct hms_conf *conf;
	struct hms_err err;

	(void)state;
	setenv("HMS_PG_DSN", "host=x", 1);
	setenv("HMS_FAILPOINT_FILE", "/nonexistent", 1);
	setenv("HMS_BOX_ONE_BOOTSTRAP", "told, not an error", 1);
	setenv("HMS_PORT_BACKLOG", "names no instance", 1);
	setenv("HMS_PORT__BACKLOG", "names no instance", 1);
	setenv("HMS_BOX_ONE", "no key", 1);
	setenv("HMS_", "", 1);
	setenv("BOX_ONE_COUNT", "99", 1);
	assert_int_equal(hms_conf_load(NULL, sections, &conf, &err), 0);
	assert_int_equal(hms_conf_count(conf, &port_section), 0);
	hms_conf_free(&conf);
}

static void the_number_and_names_of_instances_are_bounded(void **state)
{
	struct hms_conf *conf;
	struct hms_err err;
	char name[200];

	(void)state;
	memset(name, 'X', sizeof(name));
	memcpy(name, "HMS_PORT_", 9);
	strcpy(name + 150, "_ADDRESS");
	setenv(name, ":1", 1);
	assert_true(hms_conf_load(NULL, sections, &conf, &err) < 0);
	unsetenv(name);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "HMS_PORT_P%d_ADDRESS", i);
		setenv(name, ":1", 1);
	}
	assert_int_equal(hms_conf_load(NULL, sections, &conf, &err), HMS_EFULL);
	assert_non_null(strstr(err.text, "more than 256 sections"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_environment_wins_over_the_file, clean_environment),
		cmocka_unit_test_setup(instances_are_changed_and_made, clean_environment),
		cmocka_unit_test_setup(errors_name_the_variable, clean_environment),
		cmocka_unit_test_setup(variables_of_others_do_not_matter, clean_environment),
		cmocka_unit_test_setup(the_number_and_names_of_instances_are_bounded, clean_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
