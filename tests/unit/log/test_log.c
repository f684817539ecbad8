/* Log lines as they arrive on standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hms/base/err.h"
#include "hms/log/log.h"

/* What was written to standard error between capture() and captured(). */
static int pipe_fd = -1, saved_stderr = -1;

static void capture(void)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	close(fds[1]);
	pipe_fd = fds[0];
}

static const char *captured(void)
{
	static char text[65536];
	size_t len = 0;
	ssize_t n;

	dup2(saved_stderr, STDERR_FILENO); /* closes the last writing end, so that the reading below ends */
	close(saved_stderr);
	while (len < sizeof(text) - 1 && (n = read(pipe_fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(pipe_fd);
	return text;
}

/* The line without "time=... ", whose form is checked. */
static const char *without_time(const char *line)
{
	static const char form[] = "time=0000-00-00T00:00:00.000Z ";

	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		if (form[i] == '0')
			assert_in_range(line[i], '0', '9');
		else
			assert_int_equal(line[i], form[i]);
	}
	return line + sizeof(form) - 1;
}

static void a_line_holds_all_kinds_of_pairs(void **state)
{
	static const uint8_t id[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 0, 0, 0, 0, 0, 0, 1 };

	(void)state;
	hms_log_init("cwmp-frontend/0", HMS_LOG_INFO);
	capture();
	log_info("session ended", KV_B("device", id, 16), KV_I("n", INT64_MIN), KV_U("u", UINT64_MAX), KV_Z("z", "plain"),
		 KV_B("x", "\x01\xff", 2));
	assert_string_equal(without_time(captured()),
			    "level=info service=cwmp-frontend/0 msg=\"session ended\" device=01234567-89ab-cdef-0000-000000000001 "
			    "n=-9223372036854775808 u=18446744073709551615 z=plain x=01ff\n");
}

static void a_line_without_pairs_is_whole(void **state)
{
	(void)state;
	hms_log_init("x", HMS_LOG_ERROR);
	capture();
	log_error("bad");
	assert_string_equal(without_time(captured()), "level=error service=x msg=bad\n");
}

static void text_of_peers_cannot_forge_pairs_lines_or_controls(void **state)
{
	static const struct {
		struct hms_str in;
		const char *out;
	} cases[] = {
		{ HMS_STR(""), "\"\"" },
		{ { NULL, 0 }, "\"\"" },
		{ HMS_STR("a b"), "\"a b\"" },
		{ HMS_STR("a=b"), "\"a=b\"" },
		{ HMS_STR("say \"hi\" \\"), "\"say \\\"hi\\\" \\\\\"" },
		{ HMS_STR("1\n2\r3\t4"), "\"1\\n2\\r3\\t4\"" },
		{ HMS_STR("\x1b[31m\x7f\0"), "\"\\x1b[31m\\x7f\\x00\"" },
		{ HMS_STR("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"" },
		{ HMS_STR("\xff\xc3\xc0\x80"), "\"\\xff\\xc3\\xc0\\x80\"" },
		{ HMS_STR("\xc2\x9b"
			  "31m"),
		  "\"\\xc2\\x9b31m\"" },
	};

	(void)state;
	hms_log_init("x", HMS_LOG_INFO);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[200];

		snprintf(expected, sizeof(expected), "level=info service=x msg=m k=%s\n", cases[i].out);
		capture();
		log_info("m", KV_S("k", cases[i].in));
		assert_string_equal(without_time(captured()), expected);
	}
}

static void long_values_are_cut_between_characters(void **state)
{
	char text[300], expected[400];

	(void)state;
	hms_log_init("x", HMS_LOG_INFO);
	memset(text, 'a', sizeof(text));
	capture();
	log_info("m", KV_S("k", hms_strn(text, 257)));
	snprintf(expected, sizeof(expected), "level=info service=x msg=m k=\"%.256s...\"\n", text);
	assert_string_equal(without_time(captured()), expected);

	memcpy(text + 254, "\xe2\x82\xac", 3);
	capture();
	log_info("m", KV_S("k", hms_strn(text, sizeof(text))));
	snprintf(expected, sizeof(expected), "level=info service=x msg=m k=\"%.254s...\"\n", text);
	assert_string_equal(without_time(captured()), expected);

	capture();
	log_info("m", KV_S("k", hms_strn(text, 256)));
	assert_non_null(strstr(captured(), "\\xe2\\x82\"\n"));

	capture();
	log_info("m", KV_B("k", text, 129));
	assert_non_null(strstr(captured(), "6161...\n"));
}

static void an_overfull_line_drops_whole_pairs_and_says_so(void **state)
{
	char text[256];
	const char *line;

	(void)state;
	memset(text, '\x01', sizeof(text));
	hms_log_init("x", HMS_LOG_INFO);
	capture();
	log_info("m", KV_S("a", hms_strn(text, 256)), KV_S("b", hms_strn(text, 256)), KV_S("c", hms_strn(text, 256)),
		 KV_S("d", hms_strn(text, 256)), KV_I("e", 5));
	line = captured();
	assert_true(strlen(line) <= 4096);
	assert_non_null(strstr(line, " c=\"\\x01"));
	assert_null(strstr(line, " d="));
	assert_string_equal(line + strlen(line) - strlen(" e=5 cut=1\n"), " e=5 cut=1\n");
}

static void levels_below_the_threshold_are_silent(void **state)
{
	enum hms_log_level level;

	(void)state;
	hms_log_init("x", HMS_LOG_WARN);
	capture();
	log_info("no");
	log_debug("no");
	hms_log_set_level(HMS_LOG_DEBUG);
	log_debug("yes");
	assert_string_equal(without_time(captured()), "level=debug service=x msg=yes\n");
	assert_int_equal(hms_log_level_parse(HMS_STR("warn"), &level), 0);
	assert_int_equal(level, HMS_LOG_WARN);
	assert_int_equal(hms_log_level_parse(HMS_STR("loud"), &level), HMS_ESYNTAX);
}

static void a_limit_counts_what_it_leaves_out(void **state)
{
	struct hms_log_limit limit = { 0 };

	(void)state;
	hms_log_init("x", HMS_LOG_INFO);
	assert_true(hms_log_allow(&limit, 2, 5000));
	assert_true(hms_log_allow(&limit, 2, 5001));
	assert_false(hms_log_allow(&limit, 2, 5002));
	assert_false(hms_log_allow(&limit, 2, 5999));
	assert_true(hms_log_allow(&limit, 2, 6000));
	capture();
	log_info("m");
	log_info("n");
	assert_non_null(strstr(captured(), " msg=m suppressed=2\n"));
	assert_true(hms_log_allow(&limit, 2, 6001));
	capture();
	log_info("m");
	assert_null(strstr(captured(), "suppressed"));
}

static void lines_that_are_not_taken_are_counted(void **state)
{
	char page[4096];
	int flags;

	(void)state;
	hms_log_init("x", HMS_LOG_INFO);
	capture();
	flags = fcntl(STDERR_FILENO, F_GETFL);
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK), 0);
	memset(page, '.', sizeof(page));
	while (write(STDERR_FILENO, page, sizeof(page)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	log_info("lost");
	log_info("lost");
	assert_int_equal(read(pipe_fd, page, sizeof(page)), sizeof(page));
	log_info("told");
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, flags), 0);
	assert_non_null(strstr(captured(), " msg=told lost_lines=2\n"));
}

static void *write_lines(void *arg)
{
	for (int i = 0; i < 100; i++)
		log_info("thread", KV_Z("name", arg));
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	static char name_a[] = "aaaaaaaa", name_b[] = "bbbbbbbb";
	pthread_t a, b;
	const char *p;
	int lines = 0;

	(void)state;
	hms_log_init("x", HMS_LOG_INFO);
	capture();
	assert_int_equal(pthread_create(&a, NULL, write_lines, name_a), 0);
	assert_int_equal(pthread_create(&b, NULL, write_lines, name_b), 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	for (p = captured(); *p; p = strchr(p, '\n') + 1, lines++) {
		const char *line = without_time(p);

		assert_true(strncmp(line, "level=info service=x msg=thread name=aaaaaaaa\n", 46) == 0 ||
			    strncmp(line, "level=info service=x msg=thread name=bbbbbbbb\n", 46) == 0);
	}
	assert_int_equal(lines, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_holds_all_kinds_of_pairs),
		cmocka_unit_test(a_line_without_pairs_is_whole),
		cmocka_unit_test(text_of_peers_cannot_forge_pairs_lines_or_controls),
		cmocka_unit_test(long_values_are_cut_between_characters),
		cmocka_unit_test(an_overfull_line_drops_whole_pairs_and_says_so),
		cmocka_unit_test(levels_below_the_threshold_are_silent),
		cmocka_unit_test(a_limit_counts_what_it_leaves_out),
		cmocka_unit_test(lines_that_are_not_taken_are_counted),
		cmocka_unit_test(lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
