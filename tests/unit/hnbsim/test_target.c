/* URLs and the front ends behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "target.h"

static void a_url_is_taken_apart(void **state)
{
	static const struct {
		const char *url, *host, *path;
		unsigned port;
		const char *name;
		bool tls;
	} good[] = {
		{ "http://127.0.0.1:7547/cwmp", "127.0.0.1:7547", "/cwmp", 7547, "127.0.0.1", false },
		{ "http://127.0.0.1", "127.0.0.1", "/", 80, "127.0.0.1", false },
		{ "http://127.0.0.1/a/b?c=d", "127.0.0.1", "/a/b?c=d", 80, "127.0.0.1", false },
		{ "http://[::1]:81/", "[::1]:81", "/", 81, "::1", false },
		{ "https://127.0.0.1/", "127.0.0.1", "/", 443, "127.0.0.1", true },
		{ "https://[::1]:8443/x", "[::1]:8443", "/x", 8443, "::1", true },
		{ "https://localhost:8443", "localhost:8443", "/", 8443, "localhost", true },
	};
	struct targets *targets = targets_new();
	struct hms_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct target_group *group = targets_get(targets, hms_str(good[i].url), &err);

		assert_non_null(group);
		assert_string_equal(group->url, good[i].url);
		assert_int_equal(group->count, 1);
		assert_string_equal(group->members[0].host, good[i].host);
		assert_string_equal(group->members[0].path, good[i].path);
		assert_string_equal(group->members[0].name, good[i].name);
		assert_int_equal(group->members[0].tls, good[i].tls);
		assert_int_equal(hms_addr_port(&group->members[0].addr), good[i].port);
		assert_ptr_equal(targets_get(targets, hms_str(good[i].url), &err), group);
	}
	targets_free(&targets);
}

static void unusable_urls_are_refused_with_a_reason(void **state)
{
	static const char *const bad[] = { "",
					   "ftp://h/",
					   "httpss://127.0.0.1/",
					   "https://",
					   "http://",
					   "http://:80/",
					   "http://127.0.0.1:0/",
					   "http://127.0.0.1:70000/",
					   "http://[::1",
					   "http://127.0.0.1:x/" };
	struct targets *targets = targets_new();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hms_err err = { 0 };

		assert_null(targets_get(targets, hms_str(bad[i]), &err));
		assert_true(err.text[0] != '\0');
	}
	targets_free(&targets);
}

static void a_group_has_the_front_ends_it_was_given(void **state)
{
	struct targets *targets = targets_new();
	struct target_group *group;
	struct hms_err err;

	(void)state;
	assert_int_equal(targets_add(targets, "http://127.0.0.1:1/", "http://127.0.0.1:2/, http://127.0.0.1:3/", &err), 0);
	group = targets_get(targets, HMS_STR("http://127.0.0.1:1/"), &err);
	assert_int_equal(group->count, 2);
	assert_string_equal(group->members[1].url, "http://127.0.0.1:3/");
	assert_int_equal(targets_add(targets, "http://127.0.0.1:1/", NULL, &err), HMS_EEXISTS);
	assert_int_equal(targets_add(targets, "http://127.0.0.1:4/", "http://127.0.0.1:2/,", &err), HMS_ESYNTAX);
	targets_free(&targets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(unusable_urls_are_refused_with_a_reason),
		cmocka_unit_test(a_group_has_the_front_ends_it_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
