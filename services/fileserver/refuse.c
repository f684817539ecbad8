/* Refusals: status, text and headers from one table; small bodies are read to their end first. */
#include "refuse.h"

#include <stdio.h>

#define HEADERS_MAX 6

static const struct {
	unsigned status;
	const char *label, *text;
} reasons[] = {
#define FS_REASON(id, status, label, text) [FS_NO_##id] = { status, label, text "\n" },
#include "reasons.def"
#undef FS_REASON
};

struct headers {
	struct hms_http_header at[HEADERS_MAX];
	size_t count;
	char wait[24], range[48];
	struct hms_buf challenges[HMS_AUTH_CHALLENGES];
};

static void add(struct headers *h, struct hms_str name, struct hms_str value)
{
	h->at[h->count++] = (struct hms_http_header){ name, value };
}

/* Spread, so that devices that were refused together do not come back together. */
static void add_retry(struct headers *h, const struct fs_conf *conf)
{
	uint64_t span = (uint64_t)(conf->retry_after_max - conf->retry_after_min) + 1;

	snprintf(h->wait, sizeof(h->wait), "%llu", (unsigned long long)((uint64_t)conf->retry_after_min + hms_random_u64() % span));
	add(h, HMS_STR("Retry-After"), hms_str(h->wait));
}

static void add_challenges(struct headers *h, const struct fs_refusal *r)
{
	struct hms_challenge ask = {
		.policy = r->policy,
		.realm = hms_str(r->listener->conf->realm),
		.nonce_key = &r->listener->fs->nonce_key,
		.now_us = hms_wall_us(),
		.sha256 = true,
		.stale = r->stale,
	};
	size_t count = hms_auth_challenge(&ask, h->challenges);

	for (size_t i = 0; i < count; i++)
		add(h, HMS_STR("WWW-Authenticate"), hms_buf_view(&h->challenges[i]));
}

static void add_reason(struct headers *h, const struct fs_refusal *r)
{
	unsigned status = reasons[r->why].status;

	add(h, HMS_STR("Content-Type"), HMS_STR("text/plain; charset=utf-8"));
	if (status == 503 || status == 429)
		add_retry(h, r->listener->fs->conf);
	if (status == 401)
		add_challenges(h, r);
	if (status == 405)
		add(h, HMS_STR("Allow"), r->is_download ? HMS_STR("GET, HEAD") : HMS_STR("PUT, POST"));
	if (status == 416) {
		snprintf(h->range, sizeof(h->range), "bytes */%llu", (unsigned long long)r->size);
		add(h, HMS_STR("Content-Range"), hms_str(h->range));
	}
}

static void answer(struct hms_http_req *req, const struct fs_refusal *r)
{
	struct headers h = { .count = 0 };

	add_reason(&h, r);
	if (hms_http_reply(req, reasons[r->why].status, h.at, h.count, hms_str(reasons[r->why].text)) == HMS_ENOMEM)
		hms_http_req_abort(req);
	for (size_t i = 0; i < HMS_AUTH_CHALLENGES; i++)
		hms_buf_fini(&h.challenges[i]);
}

static void on_complete(struct hms_http_req *req, void *arg) { answer(req, arg); }

/* A device that does not look for an answer before it has sent all would find a closed connection, and no answer. */
static bool is_worth_reading(struct hms_http_req *req, const struct fs_refusal *r)
{
	int64_t len = hms_http_req_content_length(req);

	return !r->body_done && len > 0 && len <= r->listener->fs->conf->refuse_read_bytes && !hms_http_req_header(req, "Expect").p;
}

void fs_refuse(struct hms_http_req *req, const struct fs_refusal *refusal)
{
	static const struct hms_http_req_cb none, waits = { .complete = on_complete };
	struct fs *fs = refusal->listener->fs;
	struct fs_refusal *later;

	if (refusal->is_download)
		FS_COUNT(&fs->m, downloads, reasons[refusal->why].label);
	else
		FS_COUNT(&fs->m, uploads, reasons[refusal->why].label);
	later = is_worth_reading(req, refusal) ? hms_arena_alloc(hms_http_req_arena(req), sizeof(*later)) : NULL;
	if (!later) {
		hms_http_req_set(req, &none, NULL);
		answer(req, refusal);
		return;
	}
	*later = *refusal;
	hms_http_req_set(req, &waits, later);
	hms_http_req_body_max(req, (size_t)fs->conf->refuse_read_bytes);
	hms_http_req_pause(req, false);
}
