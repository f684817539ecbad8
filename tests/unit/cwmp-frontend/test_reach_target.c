/* Whom a front end in the mode `reach` calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reach_target.h"

static struct fe_target_rules rules(const char *allow, const char *deny, const char *special, bool names)
{
	const struct fe_reach_conf conf = { .allow = allow, .deny = deny, .allow_special = special, .names = names };
	struct fe_target_rules made;
	struct hms_err err = { 0 };

	assert_int_equal(fe_target_rules_make(&conf, &made, &err), 0);
	return made;
}

static enum hms_reach_outcome outcome(const struct fe_target_rules *r, const char *url)
{
	CURLU *u = NULL;
	enum hms_reach_outcome found = fe_target_read(r, url, &u);

	assert_true((u == NULL) == (found != HMS_REACH_NONE));
	curl_url_cleanup(u);
	return found;
}

static void addresses_of_this_host_and_of_no_host_are_not_called_however_they_are_written(void **state)
{
	static const char *const urls[] = {
		"http://127.0.0.1/",
		"http://127.1/",
		"http://0x7f.0.0.1/",
		"http://2130706433/",
		"http://0177.0.0.1:7547/cr",
		"http://[::1]/",
		"http://[::ffff:127.0.0.1]/",
		"http://[::7f00:1]/",
		"http://0.0.0.0:6379/",
		"http://[::]/",
		"http://169.254.169.254/latest/meta-data",
		"http://[fe80::1]/",
		"http://[fe80::1%25lo]/",
		"http://224.0.0.1/",
		"http://255.255.255.255/",
		"http://user:password@127.0.0.1/",
		"http://192.0.2.1@127.0.0.1/",
		"http://[64:ff9b::7f00:1]/",
		"http://0/",
	};
	struct fe_target_rules all = rules("", "", "", true), wide = rules("0.0.0.0/0, ::/0", "", "", false);

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (outcome(&all, urls[i]) != HMS_REACH_NOT_ALLOWED || outcome(&wide, urls[i]) != HMS_REACH_NOT_ALLOWED)
			fail_msg("%s would be called", urls[i]);
}

static void only_a_setting_opens_special_addresses(void **state)
{
	struct fe_target_rules lab = rules("", "", "127.0.0.0/8", false);

	(void)state;
	assert_int_equal(outcome(&lab, "http://127.0.0.1:7547/cr"), HMS_REACH_NONE);
	assert_int_equal(outcome(&lab, "http://[::ffff:127.0.0.1]/"), HMS_REACH_NONE);
	assert_int_equal(outcome(&lab, "http://[::1]/"), HMS_REACH_NOT_ALLOWED);
	assert_int_equal(outcome(&lab, "http://169.254.169.254/"), HMS_REACH_NOT_ALLOWED);
	assert_int_equal(outcome(&lab, "http://10.0.0.1/"), HMS_REACH_NONE);
}

static void networks_are_allowed_and_denied(void **state)
{
	struct fe_target_rules r = rules("10.0.0.0/8, 2001:db8::/32", "10.9.0.0/16", "", false),
			       none = rules("", "10.9.0.0/16", "10.9.0.0/16", false);

	(void)state;
	assert_int_equal(outcome(&r, "http://10.1.2.3:7547/x?y=z"), HMS_REACH_NONE);
	assert_int_equal(outcome(&r, "http://[2001:db8::1]:7547/"), HMS_REACH_NONE);
	assert_int_equal(outcome(&r, "http://10.9.2.3/"), HMS_REACH_NOT_ALLOWED);
	assert_int_equal(outcome(&r, "http://192.0.2.1/"), HMS_REACH_NOT_ALLOWED);
	assert_int_equal(outcome(&none, "http://192.0.2.1/"), HMS_REACH_NONE);
	assert_int_equal(outcome(&none, "http://10.9.2.3/"), HMS_REACH_NOT_ALLOWED);
}

static void names_are_called_only_where_that_is_set(void **state)
{
	struct fe_target_rules no = rules("", "", "", false), yes = rules("", "", "", true);

	(void)state;
	assert_int_equal(outcome(&no, "http://cell.example/"), HMS_REACH_NOT_ALLOWED);
	assert_int_equal(outcome(&yes, "http://cell.example/"), HMS_REACH_NONE);
}

static void what_is_no_http_url_is_not_called(void **state)
{
	static const char *const urls[] = { "",
					    "x",
					    "10.0.0.1:7547/",
					    "https://10.0.0.1/",
					    "ftp://10.0.0.1/",
					    "file:///etc/passwd",
					    "gopher://10.0.0.1/",
					    "http://",
					    "http://10.0.0.1:99999/",
					    "http://10.0.0.1/\r\nX: y" };
	struct fe_target_rules r = rules("", "", "", true);
	char longer[FE_TARGET_URL_MAX + 32];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (outcome(&r, urls[i]) != HMS_REACH_BAD_URL)
			fail_msg("%s would be called", urls[i]);
	memset(longer, 'a', sizeof(longer));
	memcpy(longer, "http://10.0.0.1/", 16);
	longer[sizeof(longer) - 1] = 0;
	assert_int_equal(outcome(&r, longer), HMS_REACH_BAD_URL);
}

static void a_user_and_a_password_in_the_url_are_not_sent(void **state)
{
	struct fe_target_rules r = rules("", "", "", false);
	char *text;
	CURLU *u;

	(void)state;
	assert_int_equal(fe_target_read(&r, "http://user:password@10.0.0.1:7547/a?b#c", &u), HMS_REACH_NONE);
	assert_int_equal(curl_url_get(u, CURLUPART_URL, &text, 0), 0);
	assert_string_equal(text, "http://10.0.0.1:7547/a?b");
	curl_free(text);
	curl_url_cleanup(u);
}

static void a_wrong_network_is_refused_at_the_start(void **state)
{
	const struct fe_reach_conf conf = { .allow = "", .deny = "10.0.0.0/33", .allow_special = "" };
	struct fe_target_rules made;
	struct hms_err err = { 0 };

	(void)state;
	assert_int_equal(fe_target_rules_make(&conf, &made, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "deny"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_this_host_and_of_no_host_are_not_called_however_they_are_written),
		cmocka_unit_test(only_a_setting_opens_special_addresses),
		cmocka_unit_test(networks_are_allowed_and_denied),
		cmocka_unit_test(names_are_called_only_where_that_is_set),
		cmocka_unit_test(what_is_no_http_url_is_not_called),
		cmocka_unit_test(a_user_and_a_password_in_the_url_are_not_sent),
		cmocka_unit_test(a_wrong_network_is_refused_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
