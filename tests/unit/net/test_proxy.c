/* Headers of the PROXY protocol, whole and cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../lib/net/proxy.h"

#define V2 "\r\n\r\n\0\r\nQUIT\n"

static const struct {
	struct hms_str header;
	const char *peer; /* NULL: as it was */
} good[] = {
	{ HMS_STR("PROXY TCP4 192.0.2.7 198.51.100.1 5000 7547\r\n"), "192.0.2.7:5000" },
	{ HMS_STR("PROXY TCP6 2001:db8::7 2001:db8::1 5000 7547\r\n"), "[2001:db8::7]:5000" },
	{ HMS_STR("PROXY UNKNOWN\r\n"), NULL },
	{ HMS_STR("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), NULL },
	{ HMS_STR(V2 "\x21\x11\0\x0c\xc0\0\2\7\xc6\x33\x64\1\x13\x88\x1d\x7b"), "192.0.2.7:5000" },
	{ HMS_STR(V2 "\x21\x11\0\x10\xc0\0\2\7\xc6\x33\x64\1\x13\x88\x1d\x7b\3\0\1x"), "192.0.2.7:5000" },
	{ HMS_STR(V2 "\x21\x21\0\x24\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x13\x88\x1d\x7b"),
	  "[2001:db8::7]:5000" },
	{ HMS_STR(V2 "\x20\0\0\0"), NULL },
	{ HMS_STR(V2 "\x21\x31\0\2ab"), NULL },
};

static const struct hms_str bad[] = {
	HMS_STR("POST / HTTP/1.1\r\n"),
	HMS_STR("PROXX"),
	HMS_STR("PROXY TCP4 192.0.2.7 198.51.100.1 5000\r\n"),
	HMS_STR("PROXY TCP4 192.0.2.300 198.51.100.1 1 2\r\n"),
	HMS_STR("PROXY TCP4 2001:db8::7 198.51.100.1 1 2\r\n"),
	HMS_STR("PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n"),
	HMS_STR("PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n"),
	HMS_STR("PROXY \r\n"),
	HMS_STR("PROXY TCP4 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	HMS_STR(V2 "\x31\x11\0\x0c\xc0\0\2\7\xc6\x33\x64\1\x13\x88\x1d\x7b"),
	HMS_STR(V2 "\x22\x11\0\x0c\xc0\0\2\7\xc6\x33\x64\1\x13\x88\x1d\x7b"),
	HMS_STR(V2 "\x21\x11\0\x0b\xc0\0\2\7\xc6\x33\x64\1\x13\x88\x1d"),
	HMS_STR(V2 "\x21\x11\xff\xff"),
	HMS_STR("\x16\x03\x01\x02"),
};

static void a_header_says_who_the_client_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char data[256], text[64];
		struct hms_addr peer;
		size_t need;

		assert_int_equal(hms_addr_parse(HMS_STR("203.0.113.1:9"), &peer), 0);
		memcpy(data, good[i].header.p, good[i].header.len);
		memcpy(data + good[i].header.len, "POST /", 6);
		assert_int_equal(proxy_read(data, good[i].header.len + 6, &peer, &need), (int)good[i].header.len);
		assert_string_equal(hms_addr_text(&peer, true, text, sizeof(text)), good[i].peer ? good[i].peer : "203.0.113.1:9");
	}
}

static void a_cut_header_is_waited_for_and_no_longer_than_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		for (size_t len = 1; len < good[i].header.len; len++) {
			struct hms_addr peer = { 0 };
			size_t need = 0;

			assert_int_equal(proxy_read(good[i].header.p, len, &peer, &need), 0);
			assert_true(need > len && need <= good[i].header.len);
		}
}

static void what_is_no_header_is_refused(void **state)
{
	struct hms_addr peer;
	size_t need;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(proxy_read(bad[i].p, bad[i].len, &peer, &need), HMS_EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_says_who_the_client_is),
		cmocka_unit_test(a_cut_header_is_waited_for_and_no_longer_than_it_is),
		cmocka_unit_test(what_is_no_header_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
