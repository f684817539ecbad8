/* multipart/form-data: the same file whatever the size of the pieces, and what is none is said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/base/err.h"
#include "multipart.h"

#define TYPE "multipart/form-data; boundary=AaB"

struct taken {
	struct hms_buf content;
	unsigned parts;
	struct hms_str disposition;
};

static void on_begin(struct hms_str disposition, struct hms_str content_type, void *arg)
{
	struct taken *taken = arg;

	(void)content_type;
	hms_buf_reset(&taken->content);
	taken->parts++;
	taken->disposition = disposition;
}

static void on_data(const char *data, size_t len, void *arg) { hms_buf_add(&((struct taken *)arg)->content, data, len); }

static const struct fs_multipart_cb callbacks = { on_begin, on_data };

/* Reads text in pieces; returns the first error or that of the end. */
static int read_all(const char *type, struct hms_str text, size_t piece, struct taken *taken, struct hms_arena *arena)
{
	struct fs_multipart m;
	int rc = fs_multipart_init(&m, arena, hms_str(type), &callbacks, taken);

	taken->parts = 0;
	hms_buf_reset(&taken->content);
	for (size_t at = 0; at < text.len && rc == 0; at += piece)
		rc = fs_multipart_feed(&m, text.p + at, text.len - at < piece ? text.len - at : piece);
	if (rc == 0)
		rc = fs_multipart_finish(&m);
	fs_multipart_fini(&m);
	return rc;
}

static void the_file_is_the_same_in_pieces_of_any_size(void **state)
{
	static const struct {
		const char *text, *content;
	} rows[] = {
		{ "--AaB\r\nContent-Disposition: form-data; filename=x\r\n\r\nhello\r\n--AaB--", "hello" },
		{ "preamble\r\n--AaB \t\r\ncontent-disposition:form-data;filename=x\r\n\r\nhello\r\n--AaB--\r\nepilogue", "hello" },
		{ "--AaB\r\nContent-Disposition: form-data; filename=x\r\n\r\na\r\n--Aa\r\n-\r\n--AaB--", "a\r\n--Aa\r\n-" },
		{ "--AaB\r\nContent-Disposition: form-data; filename=x\r\n\r\n\r\n--AaB--", "" },
		{ "--AaB\r\n\r\nfield\r\n--AaB\r\nContent-Disposition: a; filename=x\r\n\r\nfile\r\n--AaB\r\n"
		  "Content-Disposition: a; filename=y\r\n\r\nother\r\n--AaB--",
		  "file" },
		{ "--AaB\r\nContent-Disposition: a; filename=x\r\n\r\nfile\r\n--AaB\r\n\r\nfield\r\n--AaB--", "file" },
		{ "--AaB\r\n\r\nfirst\r\n--AaB\r\n\r\nsecond\r\n--AaB--", "first" },
	};
	struct taken taken = { .content = HMS_BUF_INIT(65536) };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece = 1; piece <= strlen(rows[i].text); piece++) {
			assert_int_equal(read_all(TYPE, hms_str(rows[i].text), piece, &taken, *state), 0);
			assert_string_equal(hms_buf_z(&taken.content), rows[i].content);
		}
	}
	hms_buf_fini(&taken.content);
}

static void what_is_cut_or_no_form_is_said_to_be(void **state)
{
	static const char whole[] = "--AaB\r\nContent-Disposition: form-data; filename=x\r\n\r\nhello\r\n--AaB--";
	static const char *const bad[] = { "", "no form", "--AaB--", "--AaBc\r\n\r\nx\r\n--AaB--",
					   "--AaB\r\n\r\nx\r\n--AaB-\r\n\r\n--AaB--" };
	struct taken taken = { .content = HMS_BUF_INIT(65536) };

	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		assert_int_equal(read_all(TYPE, hms_strn(whole, len), 7, &taken, *state), HMS_ESYNTAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_all(TYPE, hms_str(bad[i]), 3, &taken, *state), HMS_ESYNTAX);
	assert_int_equal(read_all("multipart/form-data", hms_str(whole), 7, &taken, *state), HMS_ESYNTAX);
	assert_int_equal(read_all("multipart/form-data; boundary=\"\"", hms_str(whole), 7, &taken, *state), HMS_ESYNTAX);
	hms_buf_fini(&taken.content);
}

static void headers_and_parts_without_end_are_refused(void **state)
{
	struct taken taken = { .content = HMS_BUF_INIT(65536) };
	struct hms_buf text = HMS_BUF_INIT(1 << 20);

	hms_buf_strz(&text, "--AaB\r\n");
	for (int i = 0; i < 2000; i++)
		hms_buf_strz(&text, "X: y\r\n");
	assert_int_equal(read_all(TYPE, hms_buf_view(&text), 100, &taken, *state), HMS_ESYNTAX);
	hms_buf_reset(&text);
	for (int i = 0; i < 100; i++)
		hms_buf_strz(&text, "--AaB\r\n\r\nx\r\n");
	hms_buf_strz(&text, "--AaB--");
	assert_int_equal(read_all(TYPE, hms_buf_view(&text), 100, &taken, *state), HMS_ESYNTAX);
	hms_buf_reset(&text);
	hms_buf_strz(&text, "--AaB");
	for (int i = 0; i < 10000; i++)
		hms_buf_char(&text, ' ');
	assert_int_equal(read_all(TYPE, hms_buf_view(&text), 100, &taken, *state), HMS_ESYNTAX);
	hms_buf_fini(&text);
	hms_buf_fini(&taken.content);
}

static int setup(void **state)
{
	*state = hms_arena_new(1 << 24);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct hms_arena *arena = *state;

	hms_arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_the_same_in_pieces_of_any_size),
		cmocka_unit_test(what_is_cut_or_no_form_is_said_to_be),
		cmocka_unit_test(headers_and_parts_without_end_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
