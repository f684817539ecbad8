/* What the server rejects before a handler sees it, whole and byte by byte, each with its counter. */
#include "fixture.h"

#include <stdio.h>

struct vector {
	const char *name, *request, *answer, *counter;
};

#define HEAD "POST /x HTTP/1.1\r\nHost: a\r\n"

static const struct vector vectors[] = {
	{ "bare CR in a value", HEAD "A: b\rC: d\r\n\r\n", "400", "bare_cr" },
	{ "bare CR that would hide a header", HEAD "A: b\rTransfer-Encoding: chunked\r\n\r\n", "400", "bare_cr" },
	{ "bare CR in the request line", "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", "400", "bare_cr" },
	{ "CR CR LF", HEAD "A: b\r\r\n\r\n", "400", "bare_cr" },
	{ "bare LF after a header", HEAD "A: b\nC: d\r\n\r\n", "400", "bare_lf" },
	{ "bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400", "bare_lf" },
	{ "bare LF as the empty line", HEAD "A: b\r\n\n", "400", "bare_lf" },
	{ "bare LF before the request", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400", "bare_lf" },
	{ "obs-fold with a blank", HEAD "A: b\r\n c\r\n\r\n", "400", "obs_fold" },
	{ "obs-fold with a tab", HEAD "A: b\r\n\tc\r\n\r\n", "400", "obs_fold" },
	{ "blank before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400", "obs_fold" },
	{ "no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", "400", "host" },
	{ "no header at all", "GET / HTTP/1.1\r\n\r\n", "400", "host" },
	{ "two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "400", "host" },
	{ "a list as Host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400", "host" },
	{ "a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400", "host" },
	{ "two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400", "host" },
	{ "Content-Length, then Transfer-Encoding", HEAD "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "400", "framing" },
	{ "Transfer-Encoding, then Content-Length", HEAD "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "400", "framing" },
	{ "two lengths", HEAD "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "400", "framing" },
	{ "the same length twice", HEAD "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", "400", "framing" },
	{ "a list of lengths", HEAD "Content-Length: 3, 3\r\n\r\n", "400", "framing" },
	{ "a negative length", HEAD "Content-Length: -3\r\n\r\n", "400", "framing" },
	{ "a length with a sign", HEAD "Content-Length: +3\r\n\r\n", "400", "framing" },
	{ "a hexadecimal length", HEAD "Content-Length: 0x3\r\n\r\n", "400", "framing" },
	{ "a length over 64 bits", HEAD "Content-Length: 99999999999999999999\r\n\r\n", "400", "framing" },
	{ "an empty length", HEAD "Content-Length: \r\n\r\n", "400", "framing" },
	{ "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "framing" },
	{ "unknown transfer coding", HEAD "Transfer-Encoding: gzip\r\n\r\n", "501", "transfer_encoding" },
	{ "unknown coding before chunked", HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", "501", "transfer_encoding" },
	{ "chunked twice", HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "400", "framing" },
	{ "chunked not last", HEAD "Transfer-Encoding: chunked, gzip\r\n\r\n", "400", "framing" },
	{ "identity", HEAD "Transfer-Encoding: identity\r\n\r\n", "501", "transfer_encoding" },
	{ "chunked in quotes", HEAD "Transfer-Encoding: \"chunked\"\r\n\r\n", "501", "transfer_encoding" },
	{ "unknown expectation", HEAD "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", "417", "expect" },
	{ "two expectations", HEAD "Expect: 100-continue\r\nExpect: x\r\nContent-Length: 1\r\n\r\n", "417", "expect" },
	{ "blank before the colon", HEAD "A : b\r\n\r\n", "400", "syntax" },
	{ "header without a colon", HEAD "nonsense\r\n\r\n", "400", "syntax" },
	{ "header without a name", HEAD ": x\r\n\r\n", "400", "syntax" },
	{ "control character in a value", HEAD "A: b\001\r\n\r\n", "400", "syntax" },
	{ "unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "400", "syntax" },
	{ "TLS to a plain port", "\026\003\001\002\r\n\r\n", "400", "syntax" },
	{ "CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "501", "method" },
	{ "preface of HTTP/2, wrong at its end", "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n", "400", "syntax" },
	{ "version 2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505", "version" },
	{ "version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505", "version" },
	{ "version 0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505", "version" },
	{ "fragment in the target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "400", "target" },
	{ "target without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400", "target" },
	{ "asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400", "target" },
};

static void check_rejected(struct fixture *f, const struct vector *v, size_t piece)
{
	char sample[96], status[16], *answer;
	unsigned long before;

	snprintf(sample, sizeof(sample), "hms_http_rejected_total{reason=\"%s\"}", v->counter);
	snprintf(status, sizeof(status), "HTTP/1.1 %s ", v->answer);
	before = metric(sample);
	answer = raw_exchange(f, v->request, strlen(v->request), piece);
	if (strncmp(answer, status, strlen(status)) != 0 || metric(sample) != before + 1 || f->handled) {
		fail_msg("%s (pieces of %zu): answer %.60s, counter %s %lu -> %lu, handled %u", v->name, piece, answer, v->counter, before,
			 metric(sample), f->handled);
	}
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	free(answer);
}

static void malformed_requests_are_rejected(void **state)
{
	struct fixture *f = *state;

	fixture_serve(f);
	for (size_t i = 0; i < ROWS(vectors); i++) {
		check_rejected(f, &vectors[i], 0);
		check_rejected(f, &vectors[i], 1);
		check_rejected(f, &vectors[i], 7);
	}
}

static char *long_request(const char *format, size_t bytes)
{
	char *fill = malloc(bytes + 1), *request;

	memset(fill, 'x', bytes);
	fill[bytes] = '\0';
	assert_true(asprintf(&request, format, fill) > 0);
	free(fill);
	return request;
}

static void check_long(struct fixture *f, const char *format, size_t bytes, const char *status, const char *counter)
{
	char *request = long_request(format, bytes);
	struct vector v = { format, request, status, counter };

	check_rejected(f, &v, 0);
	check_rejected(f, &v, 333);
	free(request);
}

static void oversize_heads_are_rejected(void **state)
{
	struct fixture *f = *state;

	f->conf.header_max_bytes = 1024;
	f->conf.target_max_bytes = 256;
	fixture_serve(f);
	check_long(f, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n", 256, "414", "target_size");
	check_long(f, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n", 60000, "414", "target_size");
	check_long(f, "GET /%s", 60000, "414", "target_size");
	check_long(f, "GET / HTTP/1.1\r\nHost: a\r\nA: %s\r\n\r\n", 1024, "431", "header_size");
	check_long(f, "GET / HTTP/1.1\r\nHost: a\r\n%s", 60000, "431", "header_size");
	check_long(f, "GET / HTTP/1.1\r\nHost: a\r\n%s: b\r\n\r\n", 60000, "431", "header_size");
}

static void head_at_the_limits_is_accepted(void **state)
{
	struct fixture *f = *state;
	char *request, *answer;

	f->conf.header_max_bytes = 1024;
	f->conf.target_max_bytes = 256;
	fixture_serve(f);
	request = long_request("GET /%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 255);
	answer = raw_exchange(f, request, strlen(request), 0);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
	free(answer);
	free(request);
	request = long_request("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nA: %s\r\n\r\n", 1024 - 9 - 19 - 3 - 2 - 2);
	answer = raw_exchange(f, request, strlen(request), 0);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
	free(answer);
	free(request);
}

static void too_many_headers_are_rejected(void **state)
{
	struct fixture *f = *state;
	struct vector v = { "nine headers", NULL, "431", "header_count" };
	struct hms_buf request = HMS_BUF_INIT(65536);

	f->conf.headers_max = 8;
	fixture_serve(f);
	hms_buf_strz(&request, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 8; i++) {
		hms_buf_printf(&request, "H%d: x\r\n", i);
	}
	hms_buf_strz(&request, "\r\n");
	v.request = hms_buf_z(&request);
	check_rejected(f, &v, 0);
	hms_buf_fini(&request);
}

static void check_body_rejected(struct fixture *f, const char *request, unsigned long status, const char *counter)
{
	char sample[96], *answer;
	unsigned long before;
	unsigned ended = f->ended;

	snprintf(sample, sizeof(sample), "hms_http_rejected_total{reason=\"%s\"}", counter);
	before = metric(sample);
	answer = raw_exchange(f, request, strlen(request), 0);
	if (strlen(answer) < 12 || strtoul(answer + 9, NULL, 10) != status || metric(sample) != before + 1) {
		fail_msg("%s: %s", request, answer);
	}
	assert_int_equal(f->ended, ended + 1);
	assert_int_equal(f->aborted, f->ended);
	assert_int_equal(f->completed, 0);
	free(answer);
}

static void oversize_bodies_are_rejected_and_end_the_request(void **state)
{
	struct fixture *f = *state;

	f->conf.body_max_bytes = 1024;
	f->body_max = 4;
	fixture_serve(f);
	check_body_rejected(f, HEAD "Content-Length: 5\r\n\r\n12345", 413, "body_size");
	check_body_rejected(f, HEAD "Content-Length: 9223372036854775807\r\n\r\n", 413, "body_size");
	check_body_rejected(f, HEAD "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", 413, "body_size");
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n", 413, "body_size");
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n", 413, "body_size");
}

static void length_over_63_bits_is_too_large(void **state)
{
	struct fixture *f = *state;
	struct vector v = { "2^64-1", HEAD "Content-Length: 18446744073709551615\r\n\r\n", "413", "body_size" };

	fixture_serve(f);
	check_rejected(f, &v, 0);
}

static void malformed_chunks_are_rejected(void **state)
{
	struct fixture *f = *state;

	fixture_serve(f);
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, "framing");
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400, "framing");
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", 400, "framing");
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\n3\n123\r\n0\r\n\r\n", 400, "framing");
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n123x\r\n0\r\n\r\n", 400, "syntax");
	check_body_rejected(f, HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n123\n0\r\n\r\n", 400, "syntax");
}

static void endless_trailers_and_extensions_are_rejected(void **state)
{
	struct fixture *f = *state;
	char *request;

	f->conf.header_max_bytes = 1024;
	fixture_serve(f);
	request = long_request(HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nA: %s", 1100);
	check_body_rejected(f, request, 431, "header_size");
	free(request);
	request = long_request(HEAD "Transfer-Encoding: chunked\r\n\r\n1;%s", 1100);
	check_body_rejected(f, request, 431, "header_size");
	free(request);
}

/* In the middle of an answer only the cut connection can tell. */
static void begin_only(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_int_equal(hms_http_reply_begin(req, 200, NULL, 0, -1), 0);
}

static void rejection_inside_an_answer_cuts_the_connection(void **state)
{
	struct fixture *f = *state;
	static const char request[] = HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\nx\r\n";
	char *answer;

	f->when = ANSWER_AT_HEADERS;
	f->at_answer = begin_only;
	fixture_serve(f);
	answer = raw_exchange(f, request, strlen(request), 0);
	assert_null(strstr(answer, " 400 "));
	assert_int_equal(f->aborted, 1);
	free(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(malformed_requests_are_rejected),
		TEST(oversize_heads_are_rejected),
		TEST(head_at_the_limits_is_accepted),
		TEST(too_many_headers_are_rejected),
		TEST(oversize_bodies_are_rejected_and_end_the_request),
		TEST(length_over_63_bits_is_too_large),
		TEST(malformed_chunks_are_rejected),
		TEST(endless_trailers_and_extensions_are_rejected),
		TEST(rejection_inside_an_answer_cuts_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
