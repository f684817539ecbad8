/* See h2_client.h. */
#include "h2_client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_S = 20 };

static struct h2_answer *answer_at(nghttp2_session *session, int32_t id)
{
	static struct h2_answer none;
	struct h2_answer *answer = nghttp2_session_get_stream_user_data(session, id);

	return answer ? answer : &none;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len, const uint8_t *value,
		     size_t value_len, uint8_t flags, void *arg)
{
	struct h2_answer *answer = answer_at(session, frame->hd.stream_id);

	(void)flags;
	(void)arg;
	if (name_len == 7 && memcmp(name, ":status", 7) == 0) {
		unsigned status = (unsigned)strtoul((const char *)value, NULL, 10);

		*(status < 200 ? &answer->informational : &answer->status) = status;
	} else {
		hms_buf_printf(&answer->head, "%.*s: %.*s\n", (int)name_len, (const char *)name, (int)value_len, (const char *)value);
	}
	return 0;
}

static int on_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *arg)
{
	(void)arg;
	(void)flags;
	hms_buf_add(&answer_at(session, id)->body, data, len);
	nghttp2_session_consume(session, id, len);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	(void)arg;
	if (frame->hd.type <= NGHTTP2_HEADERS && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		answer_at(session, frame->hd.stream_id)->ended++;
	}
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct h2_answer *answer = answer_at(session, id);

	(void)arg;
	answer->closed++;
	answer->error = error;
	return 0;
}

struct h2_client *h2_connect(struct fixture *f, int window)
{
	struct h2_client *c = calloc(1, sizeof(*c));
	nghttp2_settings_entry entry = { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)window };
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	c->f = f;
	c->fd = raw_connect(f);
	assert_int_equal(setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)), 0); /* each turn's frames arrive in it */
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_option_new(&option);
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	assert_int_equal(nghttp2_session_client_new2(&c->session, callbacks, c, option), 0);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	assert_int_equal(nghttp2_submit_settings(c->session, 0, &entry, window >= 0), 0);
	return c;
}

void h2_close(struct h2_client *c)
{
	for (size_t i = 0; i < c->count; i++) {
		hms_buf_fini(&c->answers[i].head);
		hms_buf_fini(&c->answers[i].body);
	}
	nghttp2_session_del(c->session);
	close(c->fd);
	free(c);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length, uint32_t *flags, nghttp2_data_source *source,
			 void *arg)
{
	struct h2_answer *answer = source->ptr;
	size_t n = answer->to_send_len < length ? answer->to_send_len : length;

	(void)session;
	(void)id;
	(void)arg;
	if (n == 0 && answer->open) {
		return NGHTTP2_ERR_DEFERRED;
	}
	if (n) {
		memcpy(buf, answer->to_send, n);
		answer->to_send += n;
		answer->to_send_len -= n;
	}
	if (answer->to_send_len == 0 && !answer->open) {
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	}
	return (ssize_t)n;
}

struct h2_answer *h2_submit(struct h2_client *c, const struct h2_field *fields, size_t count, const char *body, size_t len, bool open)
{
	struct h2_answer *answer = &c->answers[c->count++];
	nghttp2_data_provider provider = { { .ptr = answer }, read_body };
	nghttp2_nv nv[128];

	assert_true(count <= ROWS(nv) && c->count <= H2_ANSWERS_MAX);
	for (size_t i = 0; i < count; i++) {
		/* not copied: nghttp2 would put it into lower case */
		nv[i] = (nghttp2_nv){ (uint8_t *)fields[i].name, (uint8_t *)fields[i].value, strlen(fields[i].name),
				      strlen(fields[i].value), NGHTTP2_NV_FLAG_NO_COPY_NAME };
	}
	*answer = (struct h2_answer){ .to_send = body, .to_send_len = len, .open = open };
	hms_buf_init(&answer->head, 1 << 20);
	hms_buf_init(&answer->body, 64 << 20);
	answer->id = nghttp2_submit_request(c->session, NULL, nv, count, body || open ? &provider : NULL, answer);
	assert_true(answer->id > 0);
	return answer;
}

struct h2_answer *h2_send(struct h2_client *c, const char *method, const char *path, const char *name, const char *value, const char *body)
{
	const struct h2_field fields[] = {
		{ ":method", method }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", path }, { name ? name : "", value },
	};

	return h2_submit(c, fields, name ? 5 : 4, body, body ? strlen(body) : 0, false);
}

static void client_flush(struct h2_client *c)
{
	const uint8_t *data;
	ssize_t n;

	if (c->mute) {
		return;
	}
	while ((n = nghttp2_session_mem_send(c->session, &data)) > 0) {
		for (ssize_t at = 0; at < n;) {
			ssize_t done = send(c->fd, data + at, (size_t)(n - at), MSG_NOSIGNAL | MSG_DONTWAIT);

			if (done < 0 && errno != EAGAIN) {
				return; /* the server has closed: its goodbye counts */
			}
			at += done > 0 ? done : 0;
			hms_loop_run_once(c->f->loop, false);
		}
	}
	assert_int_equal(n, 0);
}

void h2_raw(struct h2_client *c, uint8_t type, uint8_t flags, int32_t id, const void *payload, size_t len)
{
	const uint8_t head[9] = { (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,	 type,	     flags,
				  (uint8_t)(id >> 24),	(uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id };

	client_flush(c);
	raw_send(c->fd, (const char *)head, sizeof(head));
	raw_send(c->fd, payload, len);
}

static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* Looks for goodbyes; nghttp2 would not tell of one that names frames of h2_raw(). */
static void scan_goodbyes(struct h2_client *c, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (c->frame_bytes < sizeof(c->frame)) {
			c->frame[c->frame_bytes] = data[i];
		}
		c->frame_bytes++;
		if (c->frame_bytes < 9 || c->frame_bytes < 9 + (be32(c->frame) >> 8)) {
			continue;
		}
		if (c->frame[3] == NGHTTP2_GOAWAY) {
			c->goaways++;
			c->goaway_last = (int32_t)be32(c->frame + 9);
			c->goaway_code = be32(c->frame + 13);
		}
		c->frame_bytes = 0;
	}
}

void h2_turn(struct h2_client *c)
{
	uint8_t chunk[65536];
	ssize_t n;

	client_flush(c);
	hms_loop_run_once(c->f->loop, false);
	n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n > 0) {
		scan_goodbyes(c, chunk, (size_t)n);
		assert_int_equal(nghttp2_session_mem_recv(c->session, chunk, (size_t)n), n);
	} else if (n == 0) {
		c->gone = 1;
	} else {
		assert_int_equal(errno, EAGAIN); /* a reset would have lost the goodbye */
	}
}

void h2_await(struct h2_client *c, const unsigned *flag, unsigned at_least)
{
	time_t start = time(NULL);

	while (*flag < at_least) {
		assert_true(time(NULL) - start <= DEADLINE_S);
		h2_turn(c);
	}
}

void h2_check(struct h2_client *c, struct h2_answer *answer, unsigned status, const char *body)
{
	h2_await(c, &answer->ended, 1);
	assert_int_equal(answer->status, status);
	assert_string_equal(hms_buf_z(&answer->body), body);
}

void h2_check_reset(struct h2_client *c, struct h2_answer *answer, uint32_t error)
{
	h2_await(c, &answer->closed, 1);
	assert_int_equal(answer->error, error);
}

void h2_check_gone(struct h2_client *c, uint32_t code)
{
	h2_await(c, &c->gone, 1);
	assert_true(c->goaways > 0);
	assert_int_equal(c->goaway_code, code);
}
