/* From messages as they went to what is kept of them. Knows of each session what was secret in it, and how much is kept. */
#include <stdlib.h>

#include "hms/base/encode.h"
#include "hms/cwmp/redact.h"
#include "trace_internal.h"

enum {
	SESSIONS_MAX = 1000,
	ROWS_MAX = 500,
	ARENA_BYTES = 32 * 1024 * 1024,
	ROOM_FACTOR = 4,  /* what a byte may become when it is escaped */
	LINE_BYTES = 300, /* of a message without its text */
};

struct session {
	struct hms_list node; /* oldest first */
	uint64_t sid;
	uint32_t n; /* RPC that was written here last */
	size_t bytes;
	struct hms_cwmp_secrets *secrets;
};

struct fe_trace_redactor {
	struct hms_arena *arena;
	struct hms_list sessions;
	struct hms_map *by_sid;
	uint8_t digest_key[32];
};

/* ---- sessions ---- */
static void forget(struct fe_trace_redactor *r, struct session *s)
{
	hms_list_remove(&s->node);
	hms_map_del(r->by_sid, &s->sid, sizeof(s->sid));
	hms_cwmp_secrets_free(&s->secrets);
	free(s);
}

static struct session *session_of(struct fe_trace_redactor *r, uint64_t sid)
{
	struct session *s = hms_map_get(r->by_sid, &sid, sizeof(sid));

	if (s) {
		hms_list_remove(&s->node);
		hms_list_push_back(&r->sessions, &s->node);
		return s;
	}
	if (hms_map_count(r->by_sid) == SESSIONS_MAX)
		forget(r, hms_container_of(r->sessions.next, struct session, node));
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->sid = sid;
	s->secrets = hms_cwmp_secrets_new();
	if (s->secrets && hms_map_put(r->by_sid, &sid, sizeof(sid), s) == 0) {
		hms_list_push_back(&r->sessions, &s->node);
		return s;
	}
	hms_cwmp_secrets_free(&s->secrets);
	free(s);
	return NULL;
}

/* ---- one message ---- */

/* Names that are secret in all sessions, then those of the grant. */
static const struct hms_str *all_names(struct hms_arena *arena, const struct fe_trace_rules *rules, const struct fe_trace_msg *m,
				       size_t *count)
{
	struct hms_str *names = hms_arena_alloc(arena, (rules->name_count + m->names_len + 1) * sizeof(*names));
	size_t n = rules->name_count;

	if (!names)
		return NULL;
	if (n)
		memcpy(names, rules->names, n * sizeof(*names));
	for (size_t at = 0; at < m->names_len; at += names[n++].len + 1)
		names[n] = hms_str(m->names + at);
	*count = n;
	return names;
}

static json_t *text_of(struct hms_str s) { return json_stringn(s.p ? s.p : "", s.len); }

static json_t *content_of(const struct hms_cwmp_redacted *red)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < red->row_count; i++)
		json_array_append_new(rows, json_pack("[o,o]", text_of(red->rows[i].name), text_of(red->rows[i].value)));
	return rows;
}

static void add_digest(const struct fe_trace_redactor *r, json_t *out, const struct fe_trace_msg *m)
{
	uint8_t digest[32];
	char hex[65];

	hms_hmac_sha256(r->digest_key, sizeof(r->digest_key), m->body, m->body_len, digest);
	hms_hex(digest, sizeof(digest), hex);
	json_object_set_new(out, "digest", json_string(hex));
}

static int add_text(struct fe_trace_redactor *r, const struct fe_trace_rules *rules, const struct fe_trace_limits *limits,
		    struct session *s, const struct fe_trace_msg *m, json_t *out)
{
	struct hms_cwmp_redact in = {
		.body = { m->body, m->body_len },
		.cut = m->cut,
		.charset = *m->charset ? hms_str(m->charset) : (struct hms_str){ NULL, 0 },
		.seen = s->secrets,
		/* What the device was told last was told here: so what is secret in it is known. */
		.texts = !m->from_device || (m->fault && m->n > 0 && s->n == m->n),
		.soap_max = ROOM_FACTOR * limits->message_bytes,
		.rows_max = ROWS_MAX,
	};
	struct hms_cwmp_redacted red;
	int rc;

	in.names = all_names(r->arena, rules, m, &in.name_count);
	if (!in.names)
		return HMS_ENOMEM;
	rc = hms_cwmp_redact(r->arena, &in, &red);
	if (rc) { /* not to be read, or too much to be read */
		add_digest(r, out, m);
		return 0;
	}
	s->bytes += red.soap.len;
	json_object_set_new(out, "method", text_of(red.method));
	json_object_set_new(out, "content", content_of(&red));
	json_object_set_new(out, "cut", json_boolean(red.cut));
	if (s->bytes <= limits->session_bytes)
		json_object_set_new(out, "soap", text_of(red.soap));
	else
		json_object_set_new(out, "note", json_string("the session has said more than is kept of one"));
	return 0;
}

static void add_number(json_t *out, const char *name, int64_t value, bool there)
{
	if (there)
		json_object_set_new(out, name, json_integer(value));
}

static json_t *line_of(const struct fe_trace_msg *m, const char *fe)
{
	char device[37];
	json_t *out;

	hms_uuid_text(m->device.b, device);
	out = json_pack("{s:s,s:I,s:I,s:i,s:s,s:b,s:s,s:I,s:b}", "device_id", device, "sid", (json_int_t)m->sid, "at_us",
			(json_int_t)m->at_us, "ord", (int)(m->ord & 0x7fffffff), "fe", fe, "from_device", m->from_device, "peer", m->peer,
			"bytes", (json_int_t)m->bytes, "cut", m->cut);
	if (!out)
		return NULL;
	add_number(out, "status", m->status, m->status);
	add_number(out, "seq", m->seq, m->seq);
	add_number(out, "n", m->n, m->n);
	add_number(out, "command_id", (int64_t)m->command, m->command);
	add_number(out, "xid", (int64_t)m->xid, m->xid);
	add_number(out, "part", m->partition, m->offset >= 0 || m->dispatched >= 0);
	add_number(out, "off", m->offset, m->offset >= 0);
	add_number(out, "dispatched", m->dispatched, m->dispatched >= 0);
	if (m->note)
		json_object_set_new(out, "note", json_string(m->note));
	return out;
}

json_t *fe_trace_redact(struct fe_trace_redactor *r, const struct fe_trace_rules *rules, const struct fe_trace_limits *limits,
			const char *fe, const struct fe_trace_msg *m, bool *skipped)
{
	struct session *s = session_of(r, m->sid);
	json_t *out;

	*skipped = s && s->bytes > 2 * limits->session_bytes;
	if (!s || *skipped)
		return NULL;
	s->bytes += LINE_BYTES;
	out = line_of(m, fe);
	hms_arena_reset(r->arena);
	if (out && m->body_len && add_text(r, rules, limits, s, m, out)) {
		json_decref(out);
		out = NULL;
	}
	if (!m->from_device && m->n)
		s->n = m->n;
	return out;
}

/* ---- life ---- */
struct fe_trace_redactor *fe_trace_redactor_new(const uint8_t digest_key[32])
{
	struct fe_trace_redactor *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	hms_list_init(&r->sessions);
	memcpy(r->digest_key, digest_key, sizeof(r->digest_key));
	r->arena = hms_arena_new(ARENA_BYTES);
	r->by_sid = hms_map_new(SESSIONS_MAX);
	if (!r->arena || !r->by_sid)
		fe_trace_redactor_free(&r);
	return r;
}

void fe_trace_redactor_free(struct fe_trace_redactor **redactor)
{
	struct fe_trace_redactor *r = *redactor;

	if (!r)
		return;
	while (!hms_list_empty(&r->sessions))
		forget(r, hms_container_of(r->sessions.next, struct session, node));
	hms_map_free(&r->by_sid);
	hms_arena_free(&r->arena);
	explicit_bzero(r->digest_key, sizeof(r->digest_key));
	free(r);
	*redactor = NULL;
}
