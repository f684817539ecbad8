/* Content codings of request bodies: every way to cut them, limits, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "hms/base/err.h"
#include "hms/http/coding.h"

enum { RAW = -15, ZLIB = 15, GZIP = 31 };

static const struct hms_unpack_limits limits = { .free_bytes = 1000, .ratio = 100 };

struct taken {
	struct hms_buf text;
	int rc; /* the sink's answer */
	int calls;
};

static int take(const char *data, size_t len, void *arg)
{
	struct taken *taken = arg;

	taken->calls++;
	hms_buf_add(&taken->text, data, len);
	return taken->rc;
}

static struct hms_buf pack(int window, const char *text, size_t len)
{
	struct hms_buf out = HMS_BUF_INIT(64 << 20);
	z_stream z = { 0 };
	unsigned char chunk[4096];
	int rc;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)text;
	z.avail_in = (unsigned)len;
	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		rc = deflate(&z, Z_FINISH);
		hms_buf_add(&out, chunk, sizeof(chunk) - z.avail_out);
	} while (rc == Z_OK);
	deflateEnd(&z);
	return out;
}

/* [H12] */
static void codings_are_found_by_their_names(void **state)
{
	static const struct {
		const char *header;
		enum hms_coding coding;
	} rows[] = {
		{ NULL, HMS_CODING_IDENTITY },	    { "", HMS_CODING_IDENTITY },	 { "identity", HMS_CODING_IDENTITY },
		{ "gzip", HMS_CODING_GZIP },	    { "GZIP", HMS_CODING_GZIP },	 { "x-gzip", HMS_CODING_GZIP },
		{ "deflate", HMS_CODING_DEFLATE },  { " Deflate ", HMS_CODING_DEFLATE }, { "identity, gzip", HMS_CODING_GZIP },
		{ "gzip, gzip", HMS_CODING_OTHER }, { "compress", HMS_CODING_OTHER },	 { "br", HMS_CODING_OTHER },
		{ "gzip;q=1", HMS_CODING_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_str header = rows[i].header ? hms_str(rows[i].header) : (struct hms_str){ 0 };

		assert_int_equal(hms_coding_find(header), rows[i].coding);
	}
}

static void whatever_the_pieces_the_text_is_the_same(void **state)
{
	static const struct {
		int window;
		enum hms_coding coding;
	} forms[] = { { GZIP, HMS_CODING_GZIP }, { ZLIB, HMS_CODING_DEFLATE }, { RAW, HMS_CODING_DEFLATE } };
	static const char text[] = "<Envelope>some text, some text, and again some text</Envelope>";

	(void)state;
	for (size_t form = 0; form < 3; form++) {
		struct hms_buf packed = pack(forms[form].window, text, sizeof(text));

		for (size_t piece = 1; piece <= packed.len; piece++) {
			struct taken taken = { .text = HMS_BUF_INIT(1 << 20) };
			struct hms_unpack *u = hms_unpack_new(forms[form].coding, &limits, take, &taken);

			for (size_t at = 0; at < packed.len; at += piece)
				assert_int_equal(hms_unpack_feed(u, packed.p + at, packed.len - at < piece ? packed.len - at : piece), 0);
			assert_int_equal(hms_unpack_end(u), 0);
			assert_int_equal(taken.text.len, sizeof(text));
			assert_memory_equal(taken.text.p, text, sizeof(text));
			hms_unpack_free(&u);
			hms_buf_fini(&taken.text);
		}
		hms_buf_fini(&packed);
	}
}

static void members_of_gzip_follow_each_other(void **state)
{
	struct hms_buf packed = pack(GZIP, "one", 3), more = pack(GZIP, "two", 3);
	struct taken taken = { .text = HMS_BUF_INIT(1 << 20) };
	struct hms_unpack *u = hms_unpack_new(HMS_CODING_GZIP, &limits, take, &taken);

	(void)state;
	hms_buf_str(&packed, hms_buf_view(&more));
	assert_int_equal(hms_unpack_feed(u, packed.p, packed.len), 0);
	assert_int_equal(hms_unpack_end(u), 0);
	assert_true(hms_str_eqz(hms_buf_view(&taken.text), "onetwo"));
	hms_unpack_free(&u);
	hms_buf_fini(&taken.text);
	hms_buf_fini(&packed);
	hms_buf_fini(&more);
}

static void no_bytes_at_all_are_an_empty_body(void **state)
{
	struct hms_unpack *u = hms_unpack_new(HMS_CODING_GZIP, &limits, take, NULL);

	(void)state;
	assert_int_equal(hms_unpack_end(u), 0);
	hms_unpack_free(&u);
}

static void a_bomb_ends_early(void **state)
{
	char *zeros = calloc(1, 10 << 20);
	struct hms_buf packed = pack(GZIP, zeros, 10 << 20);
	struct taken taken = { .text = HMS_BUF_INIT(32 << 20) };
	struct hms_unpack *u = hms_unpack_new(HMS_CODING_GZIP, &limits, take, &taken);

	(void)state;
	assert_int_equal(hms_unpack_feed(u, packed.p, packed.len), HMS_ETOOBIG);
	assert_true(taken.text.len < 2 << 20); /* 100 times the packed bytes, not 1000 times */
	assert_int_equal(hms_unpack_feed(u, "x", 1), HMS_ETOOBIG);
	assert_int_equal(hms_unpack_end(u), HMS_ETOOBIG);
	hms_unpack_free(&u);
	hms_buf_fini(&taken.text);
	hms_buf_fini(&packed);
	free(zeros);
}

static void what_is_damaged_cut_or_followed_by_more_is_refused(void **state)
{
	struct hms_buf gzip = pack(GZIP, "some text", 9), zlib = pack(ZLIB, "some text", 9);
	struct taken taken = { .text = HMS_BUF_INIT(1 << 20) };
	struct hms_unpack *u;

	(void)state;
	for (size_t len = 1; len < gzip.len; len++) {
		u = hms_unpack_new(HMS_CODING_GZIP, &limits, take, &taken);
		assert_int_equal(hms_unpack_feed(u, gzip.p, len), 0);
		assert_int_equal(hms_unpack_end(u), HMS_ESYNTAX);
		hms_unpack_free(&u);
	}
	gzip.p[gzip.len - 5] ^= 1; /* its checksum */
	u = hms_unpack_new(HMS_CODING_GZIP, &limits, take, &taken);
	assert_int_equal(hms_unpack_feed(u, gzip.p, gzip.len), HMS_ESYNTAX);
	hms_unpack_free(&u);
	u = hms_unpack_new(HMS_CODING_DEFLATE, &limits, take, &taken);
	hms_buf_strz(&zlib, "x");
	assert_int_equal(hms_unpack_feed(u, zlib.p, zlib.len), HMS_ESYNTAX);
	hms_unpack_free(&u);
	u = hms_unpack_new(HMS_CODING_GZIP, &limits, take, &taken);
	assert_int_equal(hms_unpack_feed(u, "<Envelope>", 10), HMS_ESYNTAX);
	hms_unpack_free(&u);
	hms_buf_fini(&taken.text);
	hms_buf_fini(&gzip);
	hms_buf_fini(&zlib);
}

/* Back-pressure: the sink's "no more now" leaves the rest for later, and nothing is lost or doubled. */
static void a_sink_that_has_enough_is_asked_again(void **state)
{
	struct hms_buf text = HMS_BUF_INIT(1 << 20), packed;
	struct taken taken = { .text = HMS_BUF_INIT(1 << 20), .rc = HMS_EAGAIN };
	struct hms_unpack *u = hms_unpack_new(HMS_CODING_GZIP, &limits, take, &taken);
	int rounds = 0;

	(void)state;
	for (int i = 0; i < 40000; i++)
		hms_buf_u64(&text, (uint64_t)i * 2654435761u % 1000003);
	packed = pack(GZIP, text.p, text.len);
	assert_int_equal(hms_unpack_feed(u, packed.p, packed.len), HMS_EAGAIN);
	assert_int_equal(taken.calls, 1);
	while (hms_unpack_feed(u, NULL, 0) == HMS_EAGAIN)
		assert_true(++rounds < 1000);
	assert_int_equal(hms_unpack_end(u), 0);
	assert_int_equal(taken.text.len, text.len);
	assert_memory_equal(taken.text.p, text.p, text.len);
	hms_unpack_free(&u);
	hms_buf_fini(&taken.text);
	hms_buf_fini(&text);
	hms_buf_fini(&packed);
}

static void the_sinks_error_stays(void **state)
{
	struct hms_buf packed = pack(ZLIB, "some text", 9);
	struct taken taken = { .text = HMS_BUF_INIT(1 << 20), .rc = HMS_EPROTO };
	struct hms_unpack *u = hms_unpack_new(HMS_CODING_DEFLATE, &limits, take, &taken);

	(void)state;
	assert_int_equal(hms_unpack_feed(u, packed.p, packed.len), HMS_EPROTO);
	assert_int_equal(hms_unpack_feed(u, NULL, 0), HMS_EPROTO);
	assert_int_equal(hms_unpack_end(u), HMS_EPROTO);
	hms_unpack_free(&u);
	hms_buf_fini(&taken.text);
	hms_buf_fini(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codings_are_found_by_their_names),
		cmocka_unit_test(whatever_the_pieces_the_text_is_the_same),
		cmocka_unit_test(members_of_gzip_follow_each_other),
		cmocka_unit_test(no_bytes_at_all_are_an_empty_body),
		cmocka_unit_test(a_bomb_ends_early),
		cmocka_unit_test(what_is_damaged_cut_or_followed_by_more_is_refused),
		cmocka_unit_test(a_sink_that_has_enough_is_asked_again),
		cmocka_unit_test(the_sinks_error_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
