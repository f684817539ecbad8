/* The command line: what is printed, and the exit status. */
#include "tiny.h"

#include <string.h>

static void help_names_options_settings_and_signals(void **state)
{
	static const char *const expected[] = { "tiny - A service of the tests.",
						"--config FILE",
						"--print-config",
						"SIGHUP",
						"[service]",
						"[log]",
						"[admin]",
						"[tiny]",
						"  drain_timeout = 30s  (time 0 to 1h)",
						"  drain = now  (one of now, later, never)\n      When the work" };
	struct tiny t;
	const char *text;

	(void)state;
	tiny_start(&t, NULL, "--help", NULL);
	text = tiny_stdout(&t);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_non_null(strstr(text, expected[i]));
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void version_is_the_products(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, NULL, "--version", NULL);
	assert_memory_equal(tiny_stdout(&t), "tiny ", 5);
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void check_accepts_a_good_configuration(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[service]\nworkers = 4\n", "--check", NULL);
	assert_non_null(strstr(tiny_stdout(&t), "tiny.conf is good\n"));
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void a_bad_configuration_ends_with_2_and_one_line(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[log]\nlevel = loud\n", NULL);
	tiny_wait_line(&t, "tiny: ");
	assert_non_null(strstr(t.line, "tiny.conf:2: log.level: bad value \"loud\", expected one of error, warn, info, debug\n"));
	assert_int_equal(tiny_wait_end(&t), 2);
}

static void wrong_arguments_end_with_2(void **state)
{
	static const struct {
		const char *argument, *error;
	} cases[] = { { "--nonsense", "tiny: unknown argument --nonsense; see --help\n" },
		      { "stray", "tiny: unknown argument stray; see --help\n" },
		      { "--config", "tiny: --config needs a value: FILE\n" },
		      { "--config=", "tiny: --config needs a value: FILE\n" },
		      { "--check=yes", "tiny: --check takes no value\n" },
		      { "--config=/nonexistent/tiny.conf", "tiny: /nonexistent/tiny.conf: No such file or directory\n" } };
	struct tiny t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tiny_start(&t, NULL, cases[i].argument, NULL);
		tiny_wait_line(&t, "tiny: ");
		assert_string_equal(t.line, cases[i].error);
		assert_int_equal(tiny_wait_end(&t), 2);
	}
}

static void print_config_shows_effective_values(void **state)
{
	struct tiny t;
	const char *text;

	(void)state;
	tiny_start(&t, "[tiny]\ngreeting = servus\n", "--print-config", NULL);
	text = tiny_stdout(&t);
	assert_non_null(strstr(text, "[service]\ninstance = \nworkers = 1\n"));
	assert_non_null(strstr(text, "[tiny]\ngreeting = servus\nready = true\n"));
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void documentation_is_markdown_of_all_tables(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, NULL, "--doc-config", NULL);
	assert_non_null(strstr(tiny_stdout(&t), "| `drain_timeout` | `HMS_SERVICE_DRAIN_TIMEOUT` | time 0 to 1h | `30s` | yes |"));
	assert_int_equal(tiny_wait_end(&t), 0);
	tiny_start(&t, NULL, "--doc-metrics", NULL);
	assert_non_null(strstr(tiny_stdout(&t), "\n| `tiny_greetings_total` | counter |  | Greetings. |\n"));
	assert_int_equal(tiny_wait_end(&t), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_names_options_settings_and_signals),
		cmocka_unit_test(version_is_the_products),
		cmocka_unit_test_setup_teardown(check_accepts_a_good_configuration, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_bad_configuration_ends_with_2_and_one_line, tiny_setup, tiny_teardown),
		cmocka_unit_test(wrong_arguments_end_with_2),
		cmocka_unit_test_setup_teardown(print_config_shows_effective_values, tiny_setup, tiny_teardown),
		cmocka_unit_test(documentation_is_markdown_of_all_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
