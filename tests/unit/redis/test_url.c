/* Reading the URL of Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "hms/base/err.h"
#include "redis_internal.h"

static struct redis_url parse(const char *text)
{
	struct redis_url url;
	struct hms_err err;

	if (redis_url_parse(text, &url, &err) != 0)
		fail_msg("%s: %s", text, err.text);
	return url;
}

static void host_port_and_database_are_read(void **state)
{
	struct redis_url url = parse("redis://127.0.0.1:6380/2");

	(void)state;
	assert_string_equal(url.host, "127.0.0.1");
	assert_string_equal(url.port, "6380");
	assert_string_equal(url.db, "2");
	assert_string_equal(url.password, "");
	assert_string_equal(url.unix_path, "");
}

static void what_is_left_out_has_its_default(void **state)
{
	struct redis_url url = parse("redis://redis.example");

	(void)state;
	assert_string_equal(url.port, "6379");
	assert_string_equal(url.db, "");
	assert_string_equal(parse("redis://redis.example/").db, "");
}

static void ipv6_addresses_stand_in_brackets(void **state)
{
	struct redis_url url = parse("redis://[::1]:7000");

	(void)state;
	assert_string_equal(url.host, "::1");
	assert_string_equal(url.port, "7000");
	assert_string_equal(parse("redis://[::1]/1").host, "::1");
}

static void user_and_password_are_decoded(void **state)
{
	struct redis_url url = parse("redis://hms:p%40ss%3aw/o%25rd@h/1");

	(void)state;
	assert_string_equal(url.user, "hms");
	assert_string_equal(url.password, "p@ss:w/o%rd");
	assert_string_equal(url.host, "h");
	assert_string_equal(url.db, "1");
	assert_string_equal(parse("redis://:pw@h").user, "");
}

static void a_unix_socket_is_a_path(void **state)
{
	(void)state;
	assert_string_equal(parse("unix:/run/redis.sock").unix_path, "/run/redis.sock");
}

static void bad_urls_are_refused_without_showing_the_password(void **state)
{
	static const char *const bad[] = {
		"",
		"redis://",
		"redis:",
		"http://h",
		"rediss://:secret@h",
		"unix:",
		"redis://h:",
		"redis://h:x",
		"redis://h:65536",
		"redis://h/x",
		"redis://h/-1",
		"redis://h/100000",
		"redis://secret@h",
		"redis://u:%secret@h",
		"redis://u:secret%00@h",
		"redis://u:secret%4@h",
		"redis://[::1",
		"redis://[::1]x",
		"redis://u:secret@",
		"redis://u:secret@:6379",
	};
	struct redis_url url;
	struct hms_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(redis_url_parse(bad[i], &url, &err), HMS_ESYNTAX);
		assert_null(strstr(err.text, "secret"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_port_and_database_are_read),  cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(ipv6_addresses_stand_in_brackets), cmocka_unit_test(user_and_password_are_decoded),
		cmocka_unit_test(a_unix_socket_is_a_path),	    cmocka_unit_test(bad_urls_are_refused_without_showing_the_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
