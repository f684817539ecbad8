/* The command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "options.h"

#define ARGS(...) \
	sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]) { __VA_ARGS__ }

static struct options opt;
static struct hms_err err;
static bool help;

static int parse(enum command command, size_t argc, const char *const *argv)
{
	err.text[0] = '\0';
	return options_parse(&opt, command, (int)argc, (char *const *)(uintptr_t)argv, &help, &err);
}

static void defaults_come_from_the_table(void **state)
{
	(void)state;
	assert_int_equal(options_parse(&opt, COMMAND_STORY, 0, NULL, &help, &err), 0);
	assert_int_equal(opt.cells, 3);
	assert_int_equal(opt.quiet_informs, 2);
	assert_int_equal(opt.op_delay_ms, 200);
	assert_int_equal(opt.connection, CONNECTION_PER_SESSION);
	assert_null(opt.initial);
	assert_false(opt.spread);
}

static void values_may_follow_or_be_joined(void **state)
{
	(void)state;
	assert_int_equal(parse(COMMAND_STORY, ARGS("--cells", "7", "--initial=http://h/", "--spread", "--connection=keep")), 0);
	assert_int_equal(opt.cells, 7);
	assert_string_equal(opt.initial, "http://h/");
	assert_true(opt.spread);
	assert_int_equal(opt.connection, CONNECTION_KEEP);
}

static void times_have_units_and_are_seconds_without(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "2", 2000 }, { "0.5", 500 }, { "250ms", 250 }, { "5m", 300000 }, { "1h", 3600000 }, { "3s", 3000 } };
	static const char *const bad[] = { "", "x", "-1", "1d", "1 s", "nan", "inf" };
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(options_time(good[i].text, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(options_time(bad[i], &ms), HMS_ESYNTAX);
}

static void errors_name_the_option_and_what_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(parse(COMMAND_STORY, ARGS("--cells", "0")), HMS_ESYNTAX);
	assert_non_null(strstr(err.text, "--cells"));
	assert_non_null(strstr(err.text, "from 1 to"));
	assert_int_equal(parse(COMMAND_STORY, ARGS("--connection", "never")), HMS_ESYNTAX);
	assert_non_null(strstr(err.text, "per-session|per-post|keep"));
	assert_int_equal(parse(COMMAND_STORY, ARGS("--nonsense")), HMS_ESYNTAX);
	assert_non_null(strstr(err.text, "--nonsense"));
	assert_int_equal(parse(COMMAND_STORY, ARGS("--cells")), HMS_ESYNTAX);
	assert_non_null(strstr(err.text, "needs a value"));
	assert_int_equal(parse(COMMAND_STORY, ARGS("--spread=1")), HMS_ESYNTAX);
	assert_int_equal(parse(COMMAND_STORY, ARGS("cells")), HMS_ESYNTAX);
}

static void an_option_of_another_command_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse(COMMAND_STORY, ARGS("--rate", "5")), HMS_ESYNTAX);
	assert_int_equal(parse(COMMAND_LOAD, ARGS("--rate", "5")), 0);
}

static void help_is_asked_for_before_anything_is_done(void **state)
{
	(void)state;
	assert_int_equal(parse(COMMAND_LOAD, ARGS("--help", "--nonsense")), 0);
	assert_true(help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_come_from_the_table),
		cmocka_unit_test(values_may_follow_or_be_joined),
		cmocka_unit_test(times_have_units_and_are_seconds_without),
		cmocka_unit_test(errors_name_the_option_and_what_is_allowed),
		cmocka_unit_test(an_option_of_another_command_is_refused),
		cmocka_unit_test(help_is_asked_for_before_anything_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
