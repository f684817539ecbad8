/* Fuzzes the CWMP reader. The first byte says how the rest is fed: side, sink, charset, pieces, streaming. What was
 * read must be clean text, and an envelope written from it must be read again. */
#include <stdlib.h>

#include "hms/cwmp/reader.h"
#include "hms/cwmp/writer.h"

enum { ARENA_BYTES = 8 * 1024 * 1024, KEPT_BYTES = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct hms_str s)
{
	if (s.len > 0 && (!hms_utf8_valid(s) || memchr(s.p, '\x01', s.len) || memchr(s.p, '\x7f', s.len)))
		abort();
}

static int take(const struct hms_cwmp_param *param, void *arg)
{
	check(param->name);
	check(param->value);
	return ++*(unsigned *)arg > 1000 ? HMS_EFULL : 0;
}

static void check_msg(const struct hms_cwmp_msg *msg)
{
	check(msg->id);
	check(msg->name);
	check(msg->fault.text);
	check(msg->device.serial);
	for (size_t i = 0; i < msg->param_count; i++) {
		check(msg->params[i].name);
		check(msg->params[i].value);
	}
	for (size_t i = 0; i < msg->field_count; i++) {
		check(msg->fields[i].code);
		check(msg->fields[i].command_key);
	}
	for (size_t i = 0; i < msg->event_count; i++)
		check(msg->events[i].code);
	hms_cwmp_event_bits(msg->events, msg->event_count);
}

/* As the simulator would send the same Inform. */
static void write_again(struct hms_arena *arena, const struct hms_cwmp_msg *msg)
{
	const struct hms_cwmp_inform inform = {
		.device = msg->device,
		.events = msg->events,
		.event_count = msg->event_count,
		.retry_count = msg->retry_count,
		.current_time = msg->current_time,
		.params = msg->params,
		.param_count = msg->param_count,
	};
	struct hms_buf out = HMS_BUF_INIT(16 * 1024 * 1024);
	struct hms_cwmp_msg *again;
	int rc;

	hms_cwmp_write_inform(&out, msg->ns, msg->id, &inform);
	rc = hms_cwmp_read(arena, &hms_cwmp_default_limits, hms_buf_view(&out), &again, NULL);
	if (rc < 0 ? rc != HMS_ENOMEM : again->param_count != msg->param_count || again->event_count != msg->event_count)
		abort();
	hms_buf_fini(&out);
}

/* A comment that is longer than what the reader keeps: what follows is parsed as it comes. */
static int feed_padding(struct hms_cwmp_reader *reader)
{
	static char padding[KEPT_BYTES];

	if (padding[0] == '\0') {
		memset(padding, ' ', sizeof(padding));
		memcpy(padding, "<!--", 4);
		memcpy(padding + sizeof(padding) - 3, "-->", 3);
	}
	return hms_cwmp_reader_feed(reader, padding, sizeof(padding));
}

static void run(struct hms_arena *arena, struct hms_cwmp_reader *reader, uint8_t how, struct hms_str body)
{
	static const size_t pieces[] = { SIZE_MAX / 2, 1, 100, 4096 };
	static const char *const charsets[] = { "", "utf-8", "iso-8859-1", "gb2312" };
	size_t piece = pieces[how & 3];
	unsigned count = 0;
	struct hms_cwmp_msg *msg;

	if (how & 4)
		hms_cwmp_reader_set_sink(reader, take, &count);
	hms_cwmp_reader_set_charset(reader, hms_str(charsets[how >> 4 & 3]));
	if (how & 0x40)
		feed_padding(reader);
	for (size_t at = 0; at < body.len; at += piece)
		if (hms_cwmp_reader_feed(reader, body.p + at, body.len - at < piece ? body.len - at : piece) < 0)
			break;
	if (hms_cwmp_reader_end(reader, &msg, NULL) < 0)
		return;
	check_msg(msg);
	if (msg->kind == HMS_CWMP_INFORM)
		write_again(arena, msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;
	struct hms_arena *arena = hms_arena_new(ARENA_BYTES);
	struct hms_cwmp_reader *reader;

	if (size == 0) {
		hms_arena_free(&arena);
		return 0;
	}
	if (data[0] & 8)
		limits.side = HMS_CWMP_READ_CPE;
	reader = hms_cwmp_reader_new(arena, &limits);
	run(arena, reader, data[0], hms_strn((const char *)data + 1, size - 1));
	hms_arena_reset(arena);
	hms_cwmp_reader_reset(reader);
	run(arena, reader, data[0], hms_strn((const char *)data + 1, size - 1));
	hms_cwmp_reader_free(&reader);
	hms_arena_free(&arena);
	return 0;
}
