/* Responses read with llhttp into buffers that a client uses again and again. */
#include "client.h"

enum { HEAD_MAX_BYTES = 65536 };

/* Names and values lie in `text` one behind the other, so lengths are enough to find them again. */
static int client_on_field(llhttp_t *parser, const char *at, size_t len)
{
	struct hms_http_client *client = parser->data;

	if (client->in_value) {
		client->in_value = false;
		client->header_count++;
	}
	if (client->header_count >= CLIENT_HEADERS_MAX) {
		return HPE_USER;
	}
	client->headers[client->header_count].name.len += len;
	hms_buf_add(&client->text, at, len);
	return client->text.failed ? HPE_USER : 0;
}

static int client_on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct hms_http_client *client = parser->data;

	client->in_value = true;
	client->headers[client->header_count].value.len += len;
	hms_buf_add(&client->text, at, len);
	return client->text.failed ? HPE_USER : 0;
}

static int client_on_value_complete(llhttp_t *parser)
{
	((struct hms_http_client *)parser->data)->in_value = true; /* an empty value has no piece */
	return 0;
}

static int client_on_headers(llhttp_t *parser)
{
	const struct hms_http_client *client = parser->data;

	return client->is_head ? 1 : 0; /* 1: no body follows, whatever the headers say */
}

static int client_on_body(llhttp_t *parser, const char *at, size_t len)
{
	struct hms_http_client *client = parser->data;

	hms_buf_add(&client->body, at, len);
	if (client->body.failed) {
		client->code = client->body.failed == HMS_EFULL ? HMS_ETOOBIG : HMS_ENOMEM;
		return HPE_USER;
	}
	return 0;
}

static int client_on_complete(llhttp_t *parser)
{
	struct hms_http_client *client = parser->data;

	if (parser->status_code / 100 == 1) {
		client_parse_reset(client); /* an interim response, RFC 9110 15.2 */
		return 0;
	}
	client->complete = true;
	client->keep_alive = llhttp_should_keep_alive(parser);
	return HPE_PAUSED;
}

static const llhttp_settings_t client_settings = {
	.on_header_field = client_on_field,
	.on_header_value = client_on_value,
	.on_header_value_complete = client_on_value_complete,
	.on_headers_complete = client_on_headers,
	.on_body = client_on_body,
	.on_message_complete = client_on_complete,
};

void client_parse_reset(struct hms_http_client *client)
{
	hms_buf_reset(&client->text);
	hms_buf_reset(&client->body);
	memset(client->headers, 0, (client->header_count + 1) * sizeof(client->headers[0]));
	client->header_count = 0;
	client->in_value = false;
}

void client_parse_start(struct hms_http_client *client)
{
	client_parse_reset(client);
	client->complete = false;
	client->code = HMS_EPROTO;
	llhttp_init(&client->parser, HTTP_RESPONSE, &client_settings);
	client->parser.data = client;
}

int client_parse(struct hms_http_client *client, const char *data, size_t len)
{
	llhttp_errno_t code = llhttp_execute(&client->parser, data, len);

	if (code == HPE_OK) {
		return 0;
	}
	if (code == HPE_PAUSED && client->complete) {
		/* More than the response was not asked for. */
		client->keep_alive = client->keep_alive && llhttp_get_error_pos(&client->parser) == data + len;
		return 0;
	}
	return client->code;
}

void client_parse_end(struct hms_http_client *client)
{
	llhttp_finish(&client->parser); /* a body without a length ends with the connection */
}

void client_parse_result(struct hms_http_client *client, struct hms_http_response *out)
{
	const char *p = client->text.p;

	client->header_count += client->in_value;
	client->in_value = false;
	for (size_t i = 0; i < client->header_count; i++) {
		struct hms_http_header *header = &client->headers[i];

		header->name.p = p;
		p += header->name.len;
		header->value.p = p;
		p += header->value.len;
	}
	*out = (struct hms_http_response){
		.status = client->parser.status_code,
		.headers = client->headers,
		.header_count = client->header_count,
		.body = hms_buf_view(&client->body),
		.keep_alive = client->keep_alive,
	};
}

void client_parse_init(struct hms_http_client *client, size_t body_max_bytes)
{
	hms_buf_init(&client->text, HEAD_MAX_BYTES);
	hms_buf_init(&client->body, body_max_bytes);
}

struct hms_str hms_http_response_header(const struct hms_http_response *res, const char *name, size_t i)
{
	struct hms_str value = http_header_find(res->headers, res->header_count, name, i);

	return value.p ? hms_str_trim(value) : value;
}
