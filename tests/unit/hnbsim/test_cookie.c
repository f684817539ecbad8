/* Cookies of a session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cookie.h"

static struct cookies jar;

static int empty_jar(void **state)
{
	(void)state;
	jar.len = 0;
	return 0;
}

static void set(const char *text) { cookies_set(&jar, hms_str(text)); }

static void holds(const char *text)
{
	assert_int_equal(jar.len, strlen(text));
	assert_memory_equal(jar.text, text, jar.len);
}

static void several_cookies_are_kept(void **state)
{
	(void)state;
	set("a=1; Path=/; HttpOnly");
	set(" b = 2");
	set("c=x=y==");
	holds("a=1; b = 2; c=x=y==");
}

static void a_new_value_replaces_the_old(void **state)
{
	(void)state;
	set("a=1");
	set("ab=2");
	set("c=3");
	set("ab=4");
	holds("a=1; c=3; ab=4");
	set("a=5");
	holds("c=3; ab=4; a=5");
}

static void max_age_zero_removes(void **state)
{
	(void)state;
	set("a=1");
	set("b=2");
	set("b=; max-age=0");
	holds("a=1");
	set("a=; Path=/; Max-Age=-1");
	holds("");
}

static void malformed_ones_and_what_does_not_fit_are_left_out(void **state)
{
	static char huge[COOKIES_SIZE + 10];

	(void)state;
	set("");
	set("novalue");
	set("=x");
	memset(huge, 'x', sizeof(huge) - 1);
	huge[1] = '=';
	set(huge);
	holds("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(several_cookies_are_kept, empty_jar),
		cmocka_unit_test_setup(a_new_value_replaces_the_old, empty_jar),
		cmocka_unit_test_setup(max_age_zero_removes, empty_jar),
		cmocka_unit_test_setup(malformed_ones_and_what_does_not_fit_are_left_out, empty_jar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
