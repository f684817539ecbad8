/* Reads one message after another. A body is kept until it is whole: then the scanner may take it, and one that is not
 * well-formed can be repaired. A body beyond that size is parsed as it comes, without either. */
#include "hms/cwmp/reader.h"

#include <stdlib.h>

#include "charset.h"
#include "convert.h"
#include "guard.h"
#include "repair.h"
#include "scan.h"
#include "xml.h"

enum {
	KEPT_BYTES = 256 * 1024, /* largest body that is kept whole; larger ones travel in parts (contracts 5) */
	PIECE_BYTES = 16 * 1024, /* smallest piece for the parser when it parses as bytes come */
	KEPT_BETWEEN_BYTES = 16 * 1024,
	TEXT_FACTOR = 4, /* what a byte may become in UTF-8, and some more */
};

const struct hms_cwmp_limits hms_cwmp_default_limits = {
	.side = HMS_CWMP_READ_ACS,
	.body_bytes = 16 * 1024 * 1024,
	.value_bytes = 1024 * 1024,
	.name_bytes = 512,
	.depth = 32,
	.params = 200000,
	.events = 64,
	.fields = 4096,
	.param_faults = 1024,
};

struct hms_cwmp_reader {
	struct hms_cwmp_build build;
	struct hms_cwmp_xml *xml;
	hms_cwmp_param_sink *sink;
	void *sink_arg;
	struct hms_cwmp_declared given;	 /* by the Content-Type */
	struct hms_cwmp_convert convert; /* open while the body is in another charset than UTF-8 */
	struct hms_cwmp_guard guard;
	struct hms_buf body; /* all of it, or what the parser has not seen yet */
	struct hms_buf text; /* as UTF-8, where it is something else */
	size_t total;
	struct hms_arena_mark before; /* the message, when its body is whole */
	bool streaming;
	int rc;
	const char *why;
};

struct hms_cwmp_reader *hms_cwmp_reader_new(struct hms_arena *arena, const struct hms_cwmp_limits *limits)
{
	struct hms_cwmp_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	hms_cwmp_build_init(&reader->build, arena, limits);
	hms_buf_init(&reader->body, KEPT_BYTES);
	hms_buf_init(&reader->text, TEXT_FACTOR * KEPT_BYTES);
	reader->xml = hms_cwmp_xml_new(&reader->build);
	if (!reader->xml)
		hms_cwmp_reader_free(&reader);
	return reader;
}

void hms_cwmp_reader_free(struct hms_cwmp_reader **reader)
{
	if (!*reader)
		return;
	hms_cwmp_xml_free(&(*reader)->xml);
	hms_cwmp_build_fini(&(*reader)->build);
	hms_cwmp_convert_close(&(*reader)->convert);
	hms_buf_fini(&(*reader)->body);
	hms_buf_fini(&(*reader)->text);
	free(*reader);
	*reader = NULL;
}

void hms_cwmp_reader_reset(struct hms_cwmp_reader *reader)
{
	hms_cwmp_build_reset(&reader->build);
	reader->build.sink = NULL;
	if (reader->body.size > KEPT_BETWEEN_BYTES)
		hms_buf_fini(&reader->body);
	hms_buf_reset(&reader->body);
	hms_buf_fini(&reader->text);
	hms_cwmp_convert_close(&reader->convert);
	reader->given = (struct hms_cwmp_declared){ .any = false };
	reader->guard = (struct hms_cwmp_guard){ .state = HMS_CWMP_AT_TEXT };
	reader->total = 0;
	reader->streaming = false;
	reader->rc = 0;
	reader->why = NULL;
}

void hms_cwmp_reader_set_sink(struct hms_cwmp_reader *reader, hms_cwmp_param_sink *sink, void *arg)
{
	reader->sink = sink;
	reader->sink_arg = arg;
}

void hms_cwmp_reader_set_charset(struct hms_cwmp_reader *reader, struct hms_str charset)
{
	reader->given = (struct hms_cwmp_declared){ .any = true, .name = hms_cwmp_charset_find(charset) };
}

static int fail(struct hms_cwmp_reader *reader, int rc, const char *why)
{
	if (reader->rc == 0) {
		reader->rc = rc;
		reader->why = why;
	}
	return reader->rc;
}

/* The builder's failure says more than the parser's, which it caused. */
static int note_parsed(struct hms_cwmp_reader *reader, int rc)
{
	if (reader->build.rc < 0)
		return fail(reader, reader->build.rc, reader->build.why);
	if (rc < 0)
		return fail(reader, rc, rc == HMS_ENOMEM ? "out of memory" : hms_cwmp_xml_error(reader->xml));
	return 0;
}

static int pass_guard(struct hms_cwmp_reader *reader, struct hms_str bytes)
{
	if (hms_cwmp_guard_pass(&reader->guard, bytes.p, bytes.len))
		return 0;
	return fail(reader, HMS_ETOOBIG, "a tag is too long");
}

/* More of the body as UTF-8. *text borrows from it or from the reader; *used says how much of it is in there. */
static int to_utf8(struct hms_cwmp_reader *reader, struct hms_str body, bool last, struct hms_str *text, size_t *used)
{
	bool replaced = false;

	*text = body;
	*used = body.len;
	if (!reader->convert.opened)
		return 0;
	hms_buf_reset(&reader->text);
	*used = hms_cwmp_convert(&reader->convert, body, last, &reader->text, &replaced);
	if (reader->text.failed)
		return fail(reader, HMS_ENOMEM, "out of memory");
	if (replaced)
		hms_cwmp_build_warn(&reader->build, HMS_CWMP_WARN_BAD_UTF8);
	*text = hms_buf_view(&reader->text);
	return 0;
}

/* The start of the document as UTF-8, without byte order mark and white space before it. */
static int find_start(struct hms_cwmp_reader *reader, struct hms_str body, bool last, struct hms_str *text, size_t *used)
{
	struct hms_str rest = body;
	const char *charset = hms_cwmp_charset_detect(&rest, reader->given);

	if (!charset || (*charset && hms_cwmp_convert_open(&reader->convert, charset)))
		return fail(reader, HMS_ECHARSET, "unknown charset");
	if (to_utf8(reader, rest, last, text, used) < 0)
		return reader->rc;
	*used += (size_t)(rest.p - body.p);
	*text = hms_str_trim(*text);
	/* With these two bytes libxml2 takes no other encoding than UTF-8. */
	if (text->len < 2 || text->p[0] != '<' || text->p[1] == '\0')
		return fail(reader, HMS_ESYNTAX, "not XML");
	return 0;
}

static int start_streaming(struct hms_cwmp_reader *reader)
{
	struct hms_str text;
	size_t used;
	int rc;

	if (find_start(reader, hms_buf_view(&reader->body), false, &text, &used) < 0)
		return reader->rc;
	/* White space at the end is part of what follows. */
	if (!reader->convert.opened)
		text.len = (size_t)(reader->body.p + reader->body.len - text.p);
	else
		text.len = (size_t)(reader->text.p + reader->text.len - text.p);
	if (pass_guard(reader, text) < 0)
		return reader->rc;
	reader->streaming = true;
	reader->build.sink = reader->sink;
	reader->build.sink_arg = reader->sink_arg;
	rc = hms_cwmp_xml_begin(reader->xml, text);
	hms_buf_consume(&reader->body, reader->convert.opened ? used : reader->body.len);
	return note_parsed(reader, rc);
}

static int push_pieces(struct hms_cwmp_reader *reader, size_t at_least, bool last)
{
	struct hms_str piece = hms_buf_view(&reader->body);
	size_t used;
	int rc;

	if (piece.len < at_least || piece.len == 0)
		return 0;
	if (to_utf8(reader, piece, last, &piece, &used) < 0 || pass_guard(reader, piece) < 0)
		return reader->rc;
	rc = hms_cwmp_xml_push(reader->xml, piece);
	hms_buf_consume(&reader->body, used);
	return note_parsed(reader, rc);
}

/* As much as the body buffer takes. */
static int feed_part(struct hms_cwmp_reader *reader, const char **data, size_t *len)
{
	size_t limit = reader->streaming ? PIECE_BYTES : KEPT_BYTES, room = limit - reader->body.len;
	size_t n = *len < room ? *len : room;

	hms_buf_add(&reader->body, *data, n);
	if (reader->body.failed)
		return fail(reader, HMS_ENOMEM, "out of memory");
	*data += n;
	*len -= n;
	if (reader->streaming)
		return push_pieces(reader, PIECE_BYTES, false);
	return *len > 0 ? start_streaming(reader) : 0;
}

int hms_cwmp_reader_feed(struct hms_cwmp_reader *reader, const char *data, size_t len)
{
	if (reader->rc < 0)
		return reader->rc;
	if (len > reader->build.limits.body_bytes - reader->total)
		return fail(reader, HMS_ETOOBIG, "the message is too long");
	reader->total += len;
	while (len > 0 && reader->rc == 0)
		feed_part(reader, &data, &len);
	return reader->rc;
}

/* What an earlier try left goes, from the arena as well. */
static void restart(struct hms_cwmp_reader *reader, unsigned warnings)
{
	hms_cwmp_build_reset(&reader->build);
	hms_arena_rewind(reader->build.arena, reader->before);
	reader->build.msg.warnings = warnings;
	reader->guard = (struct hms_cwmp_guard){ .state = HMS_CWMP_AT_TEXT };
}

/* The scanner takes only what the guard would let pass. */
static int parse(struct hms_cwmp_reader *reader, struct hms_str text, unsigned warnings)
{
	restart(reader, warnings);
	if (hms_cwmp_scan(&reader->build, text))
		return 0;
	restart(reader, warnings);
	if (pass_guard(reader, text) < 0)
		return reader->rc;
	return hms_cwmp_xml_parse(reader->xml, text);
}

/* The document is not well-formed: one more try, if the builder itself had nothing to say. */
static int parse_repaired(struct hms_cwmp_reader *reader, struct hms_str text, unsigned warnings)
{
	struct hms_buf repaired = HMS_BUF_INIT(5 * TEXT_FACTOR * KEPT_BYTES); /* "&" becomes "&amp;" */
	unsigned found;
	int rc = hms_cwmp_repair(&repaired, text, &found);

	if (rc == 0)
		rc = found != 0 ? parse(reader, hms_buf_view(&repaired), warnings | found)
				: HMS_ESYNTAX; /* nothing that could be repaired */
	hms_buf_fini(&repaired);
	return rc;
}

static int parse_whole(struct hms_cwmp_reader *reader)
{
	struct hms_str text;
	unsigned warnings;
	size_t used;
	int rc;

	if (find_start(reader, hms_buf_view(&reader->body), true, &text, &used) < 0)
		return reader->rc;
	warnings = reader->build.msg.warnings;
	reader->before = hms_arena_mark(reader->build.arena);
	rc = parse(reader, text, warnings);
	if (rc == HMS_ESYNTAX && reader->build.rc == 0)
		rc = parse_repaired(reader, text, warnings);
	return note_parsed(reader, rc);
}

/* A body that was parsed whole hands its parameters over at the end: before, it might have had to be repaired. */
static int hand_over(struct hms_cwmp_reader *reader, struct hms_cwmp_msg *msg)
{
	if (!reader->sink || reader->streaming || msg->kind != HMS_CWMP_RESPONSE)
		return 0;
	for (size_t i = 0; i < msg->param_count; i++) {
		int rc = reader->sink(&msg->params[i], reader->sink_arg);

		if (rc < 0)
			return fail(reader, rc, "the receiver of the parameters failed");
	}
	msg->params = NULL;
	msg->param_count = 0;
	return 0;
}

static int finish_empty(struct hms_cwmp_reader *reader, struct hms_cwmp_msg **msg)
{
	*msg = hms_arena_alloc(reader->build.arena, sizeof(**msg));
	return *msg ? 0 : fail(reader, HMS_ENOMEM, "out of memory");
}

static int finish(struct hms_cwmp_reader *reader, struct hms_cwmp_msg **msg)
{
	struct hms_str body = hms_str_trim(hms_buf_view(&reader->body));

	if (reader->rc < 0)
		return reader->rc;
	if (!reader->streaming && body.len == 0)
		return finish_empty(reader, msg);
	if (!reader->streaming)
		parse_whole(reader);
	else if (push_pieces(reader, 0, true) == 0)
		note_parsed(reader, hms_cwmp_xml_end(reader->xml));
	if (reader->rc < 0)
		return reader->rc;
	if (hms_cwmp_build_finish(&reader->build, msg) < 0)
		return fail(reader, reader->build.rc, reader->build.why);
	return hand_over(reader, *msg);
}

int hms_cwmp_reader_end(struct hms_cwmp_reader *reader, struct hms_cwmp_msg **msg, struct hms_err *err)
{
	int rc;

	*msg = NULL;
	rc = finish(reader, msg);
	if (rc < 0) {
		*msg = NULL;
		hms_err_set(err, rc, "CWMP message: %s", reader->why ? reader->why : hms_strerror(rc));
	}
	return rc;
}

int hms_cwmp_read(struct hms_arena *arena, const struct hms_cwmp_limits *limits, struct hms_str body, struct hms_cwmp_msg **msg,
		  struct hms_err *err)
{
	struct hms_cwmp_reader *reader = hms_cwmp_reader_new(arena, limits);
	int rc;

	*msg = NULL;
	if (!reader)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	hms_cwmp_reader_feed(reader, body.p, body.len);
	rc = hms_cwmp_reader_end(reader, msg, err);
	hms_cwmp_reader_free(&reader);
	return rc;
}
