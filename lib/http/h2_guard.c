/* What a client may waste: frames that ask for nothing (pings, settings, priorities, empty data, resets), streams that
 * it does not let be answered (CVE-2023-44487 and its kin), header blocks without end (CVE-2024-27316). nghttp2 bounds
 * some of these; here all frames are seen, those that it ignores too. */
#include "h2.h"

enum {
	PREFACE_BYTES = 24,
	CREDIT_ANSWER = 32, /* frames that go with an answered request, window updates and all */
	CREDIT_DATA = 4,    /* window updates for a DATA frame that was sent */
	DATA_BYTES = 256,   /* not for less: a client that dribbles its window makes frames of a byte (CVE-2019-9511) */
	BLOCK_FRAME_BYTES = 256,
	FLAG_END_STREAM = 0x1,
	FLAG_PADDED = 0x8,
};

void h2_guard_init(struct h2_conn *h2)
{
	const struct hms_http_conf *conf = &h2->base.server->conf;
	uint64_t now_ms = hms_loop_now_ms(h2->base.server->loop);

	h2->guard = (struct h2_guard){
		.preface = PREFACE_BYTES,
		.frames = { conf->h2_frames_max, now_ms },
		.resets = { conf->h2_resets_max, now_ms },
	};
}

static void credit_add(struct h2_credit *credit, int64_t n, int64_t max) { credit->left = credit->left + n < max ? credit->left + n : max; }

/* What time gives back. */
static void credit_refill(struct h2_conn *h2, struct h2_credit *credit, int64_t max)
{
	uint64_t now_ms = hms_loop_now_ms(h2->base.server->loop);
	int64_t n = (int64_t)(now_ms - credit->at_ms) * max / 10000;

	if (n > 0) {
		credit_add(credit, n, max);
		credit->at_ms = now_ms;
	}
}

static const char *guard_frame(struct h2_conn *h2)
{
	const struct hms_http_conf *conf = &h2->base.server->conf;
	struct h2_guard *guard = &h2->guard;
	uint8_t type = guard->header[3], flags = guard->header[4];
	size_t block_max = 2 * (size_t)(conf->header_max_bytes + conf->target_max_bytes);

	if (type == NGHTTP2_DATA && !(flags & FLAG_PADDED) && (guard->payload || flags & FLAG_END_STREAM)) {
		return NULL;
	}
	if (type == NGHTTP2_HEADERS) {
		guard->block_bytes = guard->payload;
	} else if (type == NGHTTP2_CONTINUATION) {
		guard->block_bytes += guard->payload + BLOCK_FRAME_BYTES;
		if (guard->block_bytes > block_max) {
			return "flood_headers";
		}
	}
	return --guard->frames.left < 0 ? "flood_frames" : NULL;
}

/* A piece of what `left` counts. */
static size_t guard_skip(size_t *left, size_t len)
{
	size_t n = *left < len ? *left : len;

	*left -= n;
	return n;
}

const char *h2_guard_scan(struct h2_conn *h2, const uint8_t *data, size_t len)
{
	struct h2_guard *guard = &h2->guard;
	const char *flood = NULL;
	size_t i = guard_skip(&guard->preface, len);

	credit_refill(h2, &guard->frames, h2->base.server->conf.h2_frames_max);
	while (i < len && !flood) {
		i += guard_skip(&guard->payload, len - i);
		if (i == len) {
			break;
		}
		guard->header[guard->header_bytes++] = data[i++];
		if (guard->header_bytes == sizeof(guard->header)) {
			guard->header_bytes = 0;
			guard->payload = (size_t)guard->header[0] << 16 | (size_t)guard->header[1] << 8 | guard->header[2];
			flood = guard_frame(h2);
		}
	}
	return flood;
}

const char *h2_guard_stream(struct h2_conn *h2, bool answered)
{
	const struct hms_http_conf *conf = &h2->base.server->conf;
	struct h2_guard *guard = &h2->guard;

	credit_refill(h2, &guard->resets, conf->h2_resets_max);
	if (!answered) {
		return --guard->resets.left < 0 ? "flood_resets" : NULL;
	}
	credit_add(&guard->resets, 1, conf->h2_resets_max);
	credit_add(&guard->frames, CREDIT_ANSWER, conf->h2_frames_max);
	return NULL;
}

void h2_guard_sent(struct h2_conn *h2, size_t len)
{
	if (len >= DATA_BYTES) {
		credit_add(&h2->guard.frames, CREDIT_DATA, h2->base.server->conf.h2_frames_max);
	}
}
