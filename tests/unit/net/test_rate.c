/* Token buckets per source address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/net/rate.h"

static struct hms_rate *rate;

static int setup(void **state)
{
	(void)state;
	rate = hms_rate_new();
	return rate ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_rate_free(&rate);
	return 0;
}

static struct hms_addr addr(const char *text)
{
	struct hms_addr out;

	assert_int_equal(hms_addr_parse(hms_str(text), &out), 0);
	return out;
}

static unsigned take_all(const char *text, uint64_t now_ms)
{
	struct hms_addr source = addr(text);
	unsigned count = 0;

	while (count < 1000 && hms_rate_take(rate, &source, 10, now_ms))
		count++;
	return count;
}

static void a_source_has_a_burst_and_then_its_rate(void **state)
{
	(void)state;
	assert_int_equal(take_all("192.0.2.1:1", 1000), 50);
	assert_int_equal(take_all("192.0.2.1:2", 1000), 0);
	assert_int_equal(take_all("192.0.2.1:3", 1099), 0);
	assert_int_equal(take_all("192.0.2.1:3", 1100), 1);
	assert_int_equal(take_all("192.0.2.1:3", 2100), 10);
	assert_int_equal(take_all("192.0.2.1:3", 100000000), 50);
}

static void looking_takes_nothing(void **state)
{
	struct hms_addr source = addr("192.0.2.7:1");

	(void)state;
	for (int i = 0; i < 200; i++)
		assert_true(hms_rate_ok(rate, &source, 10, 1000));
	assert_int_equal(take_all("192.0.2.7:1", 1000), 50);
	assert_false(hms_rate_ok(rate, &source, 10, 1000));
}

static void sources_do_not_share_a_bucket(void **state)
{
	(void)state;
	assert_int_equal(take_all("198.51.100.1:1", 1000), 50);
	assert_int_equal(take_all("198.51.100.2:1", 1000), 50);
}

static void a_subscriber_of_ipv6_is_one_source(void **state)
{
	(void)state;
	assert_int_equal(take_all("[2001:db8:1:2::1]:1", 1000), 50);
	assert_int_equal(take_all("[2001:db8:1:2:ffff::2]:1", 1000), 0);
	assert_int_equal(take_all("[2001:db8:1:3::1]:1", 1000), 50);
}

static void a_mapped_address_is_the_same_source(void **state)
{
	(void)state;
	assert_int_equal(take_all("203.0.113.9:1", 1000), 50);
	assert_int_equal(take_all("[::ffff:203.0.113.9]:1", 1000), 0);
}

/* Many at once are let through before the first of them is known to be wrong. */
static void what_was_let_through_together_is_owed_for_a_minute_at_most(void **state)
{
	struct hms_addr source = addr("192.0.2.60:1");

	(void)state;
	for (int i = 0; i < 250; i++)
		assert_true(hms_rate_ok(rate, &source, 10, 1000));
	for (int i = 0; i < 250; i++)
		hms_rate_charge(rate, &source, 10, 1000);
	assert_false(hms_rate_ok(rate, &source, 10, 21000));
	assert_true(hms_rate_ok(rate, &source, 10, 21100));
	for (int i = 0; i < 100000; i++)
		hms_rate_charge(rate, &source, 10, 21100);
	assert_false(hms_rate_ok(rate, &source, 10, 81100));
	assert_true(hms_rate_ok(rate, &source, 10, 81200));
	assert_int_equal(take_all("192.0.2.60:1", 10000000), 50);
	hms_rate_charge(rate, &source, 0, 1000);
}

static void all_sources_together_have_a_bucket_of_their_own(void **state)
{
	unsigned count = 0;

	(void)state;
	while (count < 1000 && hms_rate_take_total(rate, 10, 1000))
		count++;
	assert_int_equal(count, 50);
	assert_int_equal(take_all("192.0.2.70:1", 1000), 50);
	assert_false(hms_rate_take_total(rate, 10, 1099));
	assert_true(hms_rate_take_total(rate, 10, 1100));
	assert_true(hms_rate_take_total(rate, 0, 1100));
}

static void no_rate_is_no_limit(void **state)
{
	struct hms_addr source = addr("192.0.2.50:1");

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_true(hms_rate_take(rate, &source, 0, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_has_a_burst_and_then_its_rate),
		cmocka_unit_test(looking_takes_nothing),
		cmocka_unit_test(sources_do_not_share_a_bucket),
		cmocka_unit_test(a_subscriber_of_ipv6_is_one_source),
		cmocka_unit_test(a_mapped_address_is_the_same_source),
		cmocka_unit_test(all_sources_together_have_a_bucket_of_their_own),
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(what_was_let_through_together_is_owed_for_a_minute_at_most),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
