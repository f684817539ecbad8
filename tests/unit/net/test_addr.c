/* Socket addresses as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hms/net/net.h"

static void assert_text(const char *in, bool with_port, const char *expected)
{
	struct hms_addr addr;
	char out[64];

	assert_int_equal(hms_addr_parse(hms_str(in), &addr), 0);
	assert_string_equal(hms_addr_text(&addr, with_port, out, sizeof(out)), expected);
}

static void addresses_are_read_and_written(void **state)
{
	(void)state;
	assert_text("127.0.0.1:80", true, "127.0.0.1:80");
	assert_text("127.0.0.1:80", false, "127.0.0.1");
	assert_text("[::1]:65535", true, "[::1]:65535");
	assert_text("[2001:db8::7]:0", false, "2001:db8::7");
	assert_text(":7547", true, "0.0.0.0:7547");
}

static void malformed_addresses_are_refused(void **state)
{
	static const char *const bad[] = { "",
					   "127.0.0.1",
					   "127.0.0.1:",
					   "127.0.0.1:65536",
					   "127.0.0.1:-1",
					   "::1:80",
					   "[::1]",
					   "[::1:80",
					   "[]:80",
					   "[127.0.0.1]:80",
					   "host:80",
					   "1.2.3:80",
					   "1.2.3.4:80x",
					   "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]:80" };
	struct hms_addr addr;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(hms_addr_parse(hms_str(bad[i]), &addr), HMS_ESYNTAX);
	}
}

static void port_is_told(void **state)
{
	struct hms_addr addr;

	(void)state;
	assert_int_equal(hms_addr_parse(HMS_STR("[::]:7547"), &addr), 0);
	assert_int_equal(hms_addr_port(&addr), 7547);
}

static void names_are_resolved(void **state)
{
	struct hms_addr addr;
	struct hms_err err;
	char out[64];

	(void)state;
	assert_int_equal(hms_addr_resolve("127.0.0.9", 81, &addr, &err), 0);
	assert_string_equal(hms_addr_text(&addr, true, out, sizeof(out)), "127.0.0.9:81");
	assert_int_equal(hms_addr_resolve("bad name", 81, &addr, &err), HMS_ENOENT);
	assert_int_equal(err.code, HMS_ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_and_written),
		cmocka_unit_test(malformed_addresses_are_refused),
		cmocka_unit_test(port_is_told),
		cmocka_unit_test(names_are_resolved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
