/* Networks, and what kind of address an address is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/net/networks.h"

static void networks_have_the_addresses_in_them(void **state)
{
	static const struct {
		const char *list, *addr;
		bool in;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.0.1:1", true },
		{ "10.0.0.0/8", "11.0.0.1:1", false },
		{ "192.0.2.1", "192.0.2.1:1", true },
		{ "192.0.2.1", "192.0.2.2:1", false },
		{ " 192.0.2.0/25 , 2001:db8::/33", "192.0.2.128:1", false },
		{ "192.0.2.0/25, 2001:db8::/33", "[2001:db8:7fff::1]:1", true },
		{ "192.0.2.0/25, 2001:db8::/33", "[2001:db8:8000::1]:1", false },
		{ "0.0.0.0/0", "[2001:db8::1]:1", false },
		{ "0.0.0.0/0", "[::ffff:192.0.2.1]:1", true },
		{ "", "192.0.2.1:1", false },
	};
	static const char *const wrong[] = { "10.0.0.0/33", "::/129", "x", "10.0.0.0/", "10.0.0", "10.0.0.0/8 10.1.0.0/16" };
	struct hms_networks networks;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_addr addr;

		assert_int_equal(hms_networks_parse(hms_str(rows[i].list), &networks), 0);
		assert_int_equal(hms_addr_parse(hms_str(rows[i].addr), &addr), 0);
		assert_int_equal(hms_networks_have(&networks, &addr), rows[i].in);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(hms_networks_parse(hms_str(wrong[i]), &networks), HMS_ESYNTAX);
}

static void an_address_is_of_a_kind_however_it_is_written(void **state)
{
	static const struct {
		const char *host;
		enum hms_scope scope;
	} rows[] = {
		{ "192.0.2.1", HMS_SCOPE_GLOBAL },	     { "2001:db8::1", HMS_SCOPE_GLOBAL },
		{ "[2001:db8::1]", HMS_SCOPE_GLOBAL },	     { "10.1.2.3", HMS_SCOPE_PRIVATE },
		{ "172.31.255.255", HMS_SCOPE_PRIVATE },     { "172.32.0.0", HMS_SCOPE_GLOBAL },
		{ "192.168.0.1", HMS_SCOPE_PRIVATE },	     { "100.127.0.1", HMS_SCOPE_PRIVATE },
		{ "100.128.0.1", HMS_SCOPE_GLOBAL },	     { "fd00::1", HMS_SCOPE_PRIVATE },
		{ "::ffff:10.0.0.1", HMS_SCOPE_PRIVATE },    { "127.0.0.1", HMS_SCOPE_LOOPBACK },
		{ "127.255.0.1", HMS_SCOPE_LOOPBACK },	     { "::1", HMS_SCOPE_LOOPBACK },
		{ "::ffff:127.0.0.1", HMS_SCOPE_LOOPBACK },  { "0.0.0.0", HMS_SCOPE_UNSPECIFIED },
		{ "0.1.2.3", HMS_SCOPE_UNSPECIFIED },	     { "::", HMS_SCOPE_UNSPECIFIED },
		{ "169.254.169.254", HMS_SCOPE_LINK_LOCAL }, { "fe80::1", HMS_SCOPE_LINK_LOCAL },
		{ "224.0.0.1", HMS_SCOPE_MULTICAST },	     { "ff02::1", HMS_SCOPE_MULTICAST },
		{ "255.255.255.255", HMS_SCOPE_RESERVED },   { "::127.0.0.1", HMS_SCOPE_RESERVED },
		{ "64:ff9b::7f00:1", HMS_SCOPE_RESERVED },   { "2002:7f00:1::", HMS_SCOPE_RESERVED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_addr addr;

		assert_int_equal(hms_addr_of_host(hms_str(rows[i].host), 80, &addr), 0);
		if (hms_addr_scope(&addr) != rows[i].scope)
			fail_msg("%s is of kind %d", rows[i].host, hms_addr_scope(&addr));
		assert_int_equal(hms_addr_port(&addr), 80);
	}
}

static void what_is_no_address_is_none(void **state)
{
	static const char *const wrong[] = { "",       "localhost", "127.1",   "0x7f.0.0.1", "2130706433", "10.0.0.1:80",
					     "::1%lo", "[10.0.0.1", "1.2.3.4 " };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct hms_addr addr;

		assert_int_equal(hms_addr_of_host(hms_str(wrong[i]), 80, &addr), HMS_ESYNTAX);
	}
}

static void hosts_are_compared_without_their_ports(void **state)
{
	struct hms_addr a, b, c;

	(void)state;
	assert_int_equal(hms_addr_of_host(HMS_STR("192.0.2.1"), 80, &a), 0);
	assert_int_equal(hms_addr_of_host(HMS_STR("::ffff:192.0.2.1"), 81, &b), 0);
	assert_int_equal(hms_addr_of_host(HMS_STR("192.0.2.2"), 80, &c), 0);
	assert_true(hms_addr_same_host(&a, &b));
	assert_false(hms_addr_same_host(&a, &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_have_the_addresses_in_them),
		cmocka_unit_test(an_address_is_of_a_kind_however_it_is_written),
		cmocka_unit_test(what_is_no_address_is_none),
		cmocka_unit_test(hosts_are_compared_without_their_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
