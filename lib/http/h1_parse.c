/* llhttp for requests: heads, which are complete in one buffer, and chunked bodies. */
#include "h1.h"

static int parse_on_url(llhttp_t *parser, const char *at, size_t len)
{
	struct h1_conn *h1 = parser->data;

	h1->req->path = hms_strn(at, len); /* the whole target; h1_head.c takes it apart */
	return 0;
}

/* Trailers and chunk extensions are not kept, but what nobody keeps could be endless. */
static int parse_on_trailer(llhttp_t *parser, const char *at, size_t len)
{
	struct h1_conn *h1 = parser->data;

	(void)at;
	h1->trailer_bytes += len;
	if (h1->trailer_bytes > (size_t)h1->base.server->conf.header_max_bytes) {
		h1->why = HTTP_REJECT_HEADER_SIZE;
		return HPE_USER;
	}
	return 0;
}

static int parse_on_field(llhttp_t *parser, const char *at, size_t len)
{
	struct h1_conn *h1 = parser->data;
	struct hms_http_req *req = h1->req;

	if (h1->head_done) {
		return parse_on_trailer(parser, at, len);
	}
	if (req->header_count >= h1->scan.lines - 1) {
		return HPE_USER; /* more fields than lines: the scan and llhttp disagree */
	}
	req->headers[req->header_count++] = (struct hms_http_header){ .name = { at, len }, .value = { at + len, 0 } };
	return 0;
}

static int parse_on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct h1_conn *h1 = parser->data;
	struct hms_http_req *req = h1->req;

	if (h1->head_done) {
		return parse_on_trailer(parser, at, len);
	}
	if (req->header_count == 0 || req->headers[req->header_count - 1].value.len) {
		return HPE_USER; /* a value without a name: the scan lets none pass */
	}
	req->headers[req->header_count - 1].value = hms_str_trim(hms_strn(at, len));
	return 0;
}

static int parse_on_headers(llhttp_t *parser)
{
	struct h1_conn *h1 = parser->data;

	h1->head_done = true;
	return HPE_PAUSED; /* the head is judged and the handler called outside of llhttp */
}

static int parse_on_body(llhttp_t *parser, const char *at, size_t len)
{
	struct h1_conn *h1 = parser->data;

	h1->why = h1_body_piece(h1, at, len);
	if (h1->why) {
		return HPE_USER;
	}
	return h1->req->paused || h1->req->reply == HTTP_REPLY_DONE || h1->state != H1_BODY ? HPE_PAUSED : 0;
}

static int parse_on_complete(llhttp_t *parser)
{
	struct h1_conn *h1 = parser->data;

	h1->req->body_complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t parse_settings = {
	.on_url = parse_on_url,
	.on_header_field = parse_on_field,
	.on_header_value = parse_on_value,
	.on_headers_complete = parse_on_headers,
	.on_body = parse_on_body,
	.on_message_complete = parse_on_complete,
	.on_chunk_extension_name = parse_on_trailer,
	.on_chunk_extension_value = parse_on_trailer,
};

static enum http_reject parse_reject(const struct h1_conn *h1, llhttp_errno_t code)
{
	static const struct {
		llhttp_errno_t code;
		enum http_reject why;
	} table[] = {
		{ HPE_UNEXPECTED_CONTENT_LENGTH, HTTP_REJECT_FRAMING }, { HPE_INVALID_CONTENT_LENGTH, HTTP_REJECT_FRAMING },
		{ HPE_INVALID_TRANSFER_ENCODING, HTTP_REJECT_FRAMING }, { HPE_INVALID_CHUNK_SIZE, HTTP_REJECT_FRAMING },
		{ HPE_INVALID_VERSION, HTTP_REJECT_VERSION },		{ HPE_INVALID_URL, HTTP_REJECT_TARGET },
	};

	if (h1->why) {
		return h1->why;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].code == code) {
			return table[i].why;
		}
	}
	return HTTP_REJECT_SYNTAX;
}

enum http_reject h1_parse_head(struct h1_conn *h1)
{
	struct hms_http_req *req = h1->req;
	llhttp_errno_t code;

	req->headers = hms_arena_alloc(req->arena, h1->scan.lines * sizeof(*req->headers));
	if (!req->headers) {
		return HTTP_REJECT_MEMORY;
	}
	h1->head_done = false;
	h1->why = HTTP_REJECT_NONE;
	llhttp_init(&h1->parser, HTTP_REQUEST, &parse_settings);
	h1->parser.data = h1;
	code = llhttp_execute(&h1->parser, req->head.p, req->head.len);
	if (code != HPE_PAUSED) {
		return parse_reject(h1, code);
	}
	if (llhttp_get_error_pos(&h1->parser) != req->head.p + req->head.len) {
		return HTTP_REJECT_SYNTAX; /* llhttp sees the head's end where the scan does not */
	}
	h1->parser.upgrade = 0; /* no upgrade is offered: an ordinary request */
	llhttp_resume(&h1->parser);
	return HTTP_REJECT_NONE;
}

size_t h1_parse_chunks(struct h1_conn *h1, const char *data, size_t len, enum http_reject *why)
{
	llhttp_errno_t code = llhttp_execute(&h1->parser, data, len);

	*why = HTTP_REJECT_NONE;
	if (code == HPE_OK) {
		return len;
	}
	if (code == HPE_PAUSED) {
		size_t used = (size_t)(llhttp_get_error_pos(&h1->parser) - data);

		llhttp_resume(&h1->parser);
		return used;
	}
	*why = parse_reject(h1, code);
	return len;
}
