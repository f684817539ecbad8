/* HTTP/2 clients that keep every rule but of measure. */
#include "h2_client.h"

#define ERRORS(reason) "hms_http2_errors_total{reason=\"" reason "\"}"

static const struct h2_field post[] = { { ":method", "POST" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } };

struct frame {
	const char *name;
	uint8_t type, flags;
	int32_t id;
	size_t len;
	uint8_t payload[8];
};

/* Frames that ask for nothing: the client is told to calm down, and cut. */
static void floods_of_frames_are_cut(void **state)
{
	static const struct frame table[] = {
		{ "pings", NGHTTP2_PING, 0, 0, 8, { 0 } },
		{ "answers to no ping", NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, 8, { 0 } },
		{ "settings", NGHTTP2_SETTINGS, 0, 0, 0, { 0 } },
		{ "priorities", NGHTTP2_PRIORITY, 0, 7, 5, { 0 } },
		{ "empty data", NGHTTP2_DATA, 0, 1, 0, { 0 } },
		{ "padding", NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, 2, { 1 } },
		{ "window updates", NGHTTP2_WINDOW_UPDATE, 0, 0, 4, { 0, 0, 0, 1 } },
		{ "unknown frames", 0x20, 0, 0, 0, { 0 } },
	};
	struct fixture *f = *state;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		const struct frame *frame = &table[i];
		unsigned long before = metric(ERRORS("flood_frames"));
		struct h2_client *c = h2_connect(f, -1);
		unsigned n = 0;

		h2_submit(c, post, ROWS(post), NULL, 0, true);
		h2_await(c, &f->handled, (unsigned)i + 1);
		while (!c->gone && n++ < 20000) {
			h2_raw(c, frame->type, frame->flags, frame->id, frame->payload, frame->len);
			h2_turn(c);
		}
		if (!c->gone || metric(ERRORS("flood_frames")) != before + 1) {
			print_error("%s: gone %u after %u frames\n", frame->name, c->gone, n);
			fail();
		}
		h2_check_gone(c, NGHTTP2_ENHANCE_YOUR_CALM);
		h2_close(c);
		fixture_await(f, &f->aborted, (unsigned)i + 1);
	}
}

/* CVE-2019-9511: a response that is let out byte by byte. */
static void dribbled_windows_are_cut(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;
	char body[4096];

	memset(body, 'b', sizeof(body));
	body[sizeof(body) - 1] = '\0';
	f->answer = body;
	f->conf.h2_frames_max = 100;
	fixture_serve(f);
	c = h2_connect(f, 0);
	answer = h2_get(c);
	h2_await(c, &f->completed, 1);
	c->mute = true; /* its session takes the data for a violation of the window */
	while (!c->gone && !f->ended) {
		h2_raw(c, NGHTTP2_WINDOW_UPDATE, 0, answer->id, "\0\0\0\1", 4);
		h2_turn(c);
	}
	h2_check_gone(c, NGHTTP2_ENHANCE_YOUR_CALM);
	assert_int_equal(f->aborted, 1);
	h2_close(c);
}

/* CVE-2023-44487: requests that are taken back before they are answered. */
static void rapid_resets_are_cut(void **state)
{
	unsigned long before = metric(ERRORS("flood_resets"));
	struct fixture *f = *state;
	struct h2_client *c;

	f->many = true;
	f->when = ANSWER_NEVER;
	f->conf.h2_resets_max = 50;
	fixture_serve(f);
	c = h2_connect(f, -1);
	while (!c->goaways && c->count < H2_ANSWERS_MAX) {
		struct h2_answer *answer = h2_get(c);

		h2_turn(c);
		nghttp2_submit_rst_stream(c->session, 0, answer->id, NGHTTP2_CANCEL);
		h2_turn(c);
	}
	h2_check_gone(c, NGHTTP2_ENHANCE_YOUR_CALM);
	assert_int_equal(metric(ERRORS("flood_resets")), before + 1);
	assert_true(f->handled >= 50);
	assert_int_equal(f->ended, f->handled);
	h2_close(c);
}

/* Resets that the client provokes count as its own. */
static void provoked_resets_are_cut(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	f->many = true;
	f->when = ANSWER_NEVER;
	f->conf.h2_resets_max = 50;
	fixture_serve(f);
	c = h2_connect(f, -1);
	while (!c->goaways && c->count < H2_ANSWERS_MAX) {
		struct h2_answer *answer = h2_get(c);

		h2_turn(c);
		h2_raw(c, NGHTTP2_WINDOW_UPDATE, 0, answer->id, "\x7f\xff\xff\xff", 4); /* over the largest window */
		h2_turn(c);
	}
	h2_check_gone(c, NGHTTP2_ENHANCE_YOUR_CALM);
	assert_int_equal(f->ended, f->handled);
	h2_close(c);
}

static void answered_requests_may_be_many(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	f->conf.h2_resets_max = 10;
	f->conf.h2_frames_max = 100;
	fixture_serve(f);
	c = h2_connect(f, -1);
	while (c->count < H2_ANSWERS_MAX) {
		h2_check(c, h2_get(c), 200, "ok");
		nghttp2_submit_ping(c->session, 0, NULL);
	}
	assert_int_equal(c->goaways, 0);
	h2_close(c);
}

/* CVE-2024-27316: CONTINUATION without end. */
static void endless_header_blocks_are_cut(void **state)
{
	static const size_t pieces[] = { 0, 1, 5, 1000 };
	struct fixture *f = *state;
	uint8_t block[1000];

	fixture_serve(f);
	for (size_t i = 0; i < sizeof(block); i += 5) {
		memcpy(block + i, "\0\1x\1y", 5);
	}
	for (size_t i = 0; i < ROWS(pieces); i++) {
		unsigned long before = metric(ERRORS("flood_headers"));
		struct h2_client *c = h2_connect(f, -1);
		unsigned n = 0;

		h2_check(c, h2_get(c), 200, "ok");
		c->mute = true;
		h2_raw(c, NGHTTP2_HEADERS, 0, 3, block, 5);
		while (!c->gone && n++ < 10000) {
			h2_raw(c, NGHTTP2_CONTINUATION, 0, 3, block, pieces[i]);
			h2_turn(c);
		}
		h2_check_gone(c, NGHTTP2_ENHANCE_YOUR_CALM);
		assert_int_equal(metric(ERRORS("flood_headers")), before + 1);
		h2_close(c);
	}
	assert_int_equal(f->handled, ROWS(pieces));
}

/* HPACK: a field of 4000 bytes, and 10,000 times one byte that means it. */
static void compressed_header_bomb_is_cut(void **state)
{
	static const uint8_t field[] = { 0x40, 1, 'x', 0x7f, 0xa1, 0x1e }; /* indexed; a value of 4000 bytes */
	unsigned long before = metric(ERRORS("flood_headers"));
	struct fixture *f = *state;
	struct h2_client *c;
	uint8_t *block = malloc(14007);

	fixture_serve(f);
	c = h2_connect(f, -1);
	memcpy(block, "\x82", 1);
	memcpy(block + 1, field, sizeof(field));
	memset(block + 7, 'v', 4000);
	memset(block + 4007, 0xbe, 10000); /* the newest entry */
	h2_raw(c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block, 14007);
	h2_check_gone(c, NGHTTP2_ENHANCE_YOUR_CALM);
	assert_int_equal(metric(ERRORS("flood_headers")), before + 1);
	assert_int_equal(f->handled, 0);
	free(block);
	h2_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(floods_of_frames_are_cut),	     TEST(dribbled_windows_are_cut),	  TEST(rapid_resets_are_cut),
		TEST(provoked_resets_are_cut),	     TEST(answered_requests_may_be_many), TEST(endless_header_blocks_are_cut),
		TEST(compressed_header_bomb_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
