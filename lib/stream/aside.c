/* What a transaction writes beside the service's own rows: events set aside (I5), and records for Kafka through the outbox. */
#include "internal.h"

static const struct hms_pg_stmt insert_dead = {
	"insert_dead",
	"insert into dead_event (service, topic, part, off, reason, payload, key) "
	"select $1, * from unnest($2::text[], $3::int4[], $4::int8[], $5::text[], $6::bytea[], $7::bytea[]) on conflict do nothing"
};
static const struct hms_pg_stmt insert_outbox = {
	"insert_outbox",
	"insert into outbox (topic, key, part, payload) select * from unnest($1::text[], $2::bytea[], $3::int4[], $4::bytea[])"
};

/* Of PostgreSQL's text, or made of what a device sent: no more than a column of text can hold. */
static char *reason_copy(struct hms_stream *s, const char *reason)
{
	struct hms_str all = hms_str(reason);
	size_t len = 0, n;

	while (len < all.len && (n = hms_utf8_next(hms_strn(all.p + len, all.len - len))) && len + n < STREAM_REASON_SIZE)
		len += n;
	return hms_arena_strz(s->arena, hms_strn(all.p, len));
}

void stream_add_dead(struct hms_stream *s, const struct hms_message *msg, const char *reason, const char *kind)
{
	struct stream_dead *dead = hms_arena_alloc(s->arena, sizeof(*dead));
	char *copy = reason_copy(s, reason);

	if (!dead || !copy) {
		s->no_memory = true;
		return;
	}
	*dead = (struct stream_dead){ .msg = msg, .reason = copy, .kind = kind };
	*s->dead_tail = dead;
	s->dead_tail = &dead->next;
}

void hms_stream_set_aside(struct hms_stream *s, const struct hms_message *msg, const char *reason)
{
	stream_add_dead(s, msg, reason, s->deciding ? "refused" : "unreadable");
}

void hms_stream_send(struct hms_stream *s, const char *topic, struct hms_str key, unsigned part, struct hms_str payload)
{
	struct stream_sent *sent = hms_arena_alloc(s->arena, sizeof(*sent));

	s->durable = true;
	if (sent)
		*sent = (struct stream_sent){
			.topic = topic, .key = hms_arena_str(s->arena, key), .payload = hms_arena_str(s->arena, payload), .part = part
		};
	if (!sent || !sent->key.p || !sent->payload.p) {
		s->no_memory = true;
		return;
	}
	*s->sent_tail = sent;
	s->sent_tail = &sent->next;
}

void hms_stream_alarm(struct hms_stream *s, struct hms_device_id id, const char *tenant, const struct hms_internal_alarm *alarm)
{
	struct hms_buf out = HMS_BUF_INIT(65536);

	if (hms_internal_alarm_pack(alarm, id, tenant, s->now_us, &out))
		s->no_memory = true;
	else
		hms_stream_send(s, HMS_TOPIC_DEVICE_EVENTS, hms_strn((const char *)id.b, sizeof(id.b)),
				hms_device_partition(id, s->part_count), hms_buf_view(&out));
	hms_buf_fini(&out);
}

static void write_dead(struct hms_stream *s, struct hms_pg_batch *batch)
{
	static const struct hms_internal_alarm alarm = {
		.key = "dead_event", .severity = "Major", .probable_cause = "Corrupt data", .text = "an event was set aside: see dead_event"
	};
	struct hms_pg_array *topics = hms_pg_array_new(batch, HMS_PG_TEXT), *parts = hms_pg_array_new(batch, HMS_PG_INT4);
	struct hms_pg_array *offs = hms_pg_array_new(batch, HMS_PG_INT8), *reasons = hms_pg_array_new(batch, HMS_PG_TEXT);
	struct hms_pg_array *payloads = hms_pg_array_new(batch, HMS_PG_BYTEA), *dead_keys = hms_pg_array_new(batch, HMS_PG_BYTEA);

	for (const struct stream_dead *d = s->dead; d; d = d->next) {
		hms_pg_a_text(topics, hms_str(d->msg->topic));
		hms_pg_a_int4(parts, d->msg->partition);
		hms_pg_a_int8(offs, d->msg->offset);
		hms_pg_a_text(reasons, hms_str(d->reason));
		hms_pg_a_bytea(payloads, d->msg->value.p ? d->msg->value : HMS_STR(""));
		hms_pg_a_bytea(dead_keys, d->msg->key.p ? d->msg->key : HMS_STR(""));
	}
	hms_pg_stmt_begin(batch, &insert_dead, NULL, NULL);
	hms_pg_p_text(batch, hms_str(s->opts.service));
	hms_pg_p_array(batch, topics);
	hms_pg_p_array(batch, parts);
	hms_pg_p_array(batch, offs);
	hms_pg_p_array(batch, reasons);
	hms_pg_p_array(batch, payloads);
	hms_pg_p_array(batch, dead_keys);
	hms_stream_alarm(s, (struct hms_device_id){ { 0 } }, "", &alarm);
}

static void write_outbox(struct hms_stream *s, struct hms_pg_batch *batch)
{
	struct hms_pg_array *topics = hms_pg_array_new(batch, HMS_PG_TEXT), *keys = hms_pg_array_new(batch, HMS_PG_BYTEA);
	struct hms_pg_array *parts = hms_pg_array_new(batch, HMS_PG_INT4), *payloads = hms_pg_array_new(batch, HMS_PG_BYTEA);

	for (const struct stream_sent *sent = s->sent; sent; sent = sent->next) {
		hms_pg_a_text(topics, hms_str(sent->topic));
		hms_pg_a_bytea(keys, sent->key);
		hms_pg_a_int4(parts, (int32_t)sent->part);
		hms_pg_a_bytea(payloads, sent->payload);
	}
	hms_pg_stmt_begin(batch, &insert_outbox, NULL, NULL);
	hms_pg_p_array(batch, topics);
	hms_pg_p_array(batch, keys);
	hms_pg_p_array(batch, parts);
	hms_pg_p_array(batch, payloads);
}

int stream_write_aside(struct hms_stream *s, struct hms_pg_batch *batch)
{
	if (s->dead)
		write_dead(s, batch);
	if (s->sent)
		write_outbox(s, batch);
	return s->no_memory ? HMS_ENOMEM : 0;
}

void stream_aside_committed(struct hms_stream *s)
{
	for (const struct stream_dead *d = s->dead; d; d = d->next) {
		log_error("event set aside", KV_Z("topic", d->msg->topic), KV_I("part", d->msg->partition), KV_I("offset", d->msg->offset),
			  KV_Z("reason", d->reason));
		hms_counter_inc(stream_count(&stream_metrics.dead, d->kind));
	}
	if (s->sent)
		hms_outbox_kick(s->outbox);
}
