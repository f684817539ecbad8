/* The fence of a transaction: its offsets go on only if every partition that it touches is still this worker's (I1). */
#include "internal.h"

static const struct hms_pg_stmt advance = { "offset_advance",
					    "select hms_offset_advance($1, $2, $3, $4, $5, $6), pg_current_xact_id()::text::int8" };
static const struct hms_pg_stmt check = { "offset_check",
					  /* With the epoch: an heir that consumed the same records has the same next. */
					  "select count(*) filter (where o.next = n.new and o.epoch = n.epoch) from consumer_offset o,"
					  " unnest($2::text[], $3::int4[], $4::int8[], $5::int8[]) n(topic, part, new, epoch)"
					  " where o.service = $1 and o.topic = n.topic and o.part = n.part" };

static void on_advanced(const struct hms_pg_result *res, void *arg)
{
	struct hms_stream *s = arg;

	s->xid = hms_pg_rows(res) == 1 ? (uint64_t)hms_pg_get_int(res, 0, 1) : 0;
}

uint64_t hms_stream_xid(const struct hms_stream *s) { return s->xid; }

bool stream_touches(const struct hms_stream *s)
{
	stream_each_part(s, t, p, part) if (part->touched) return true;
	return false;
}

void stream_untouch(struct hms_stream *s) { stream_each_part(s, t, p, part) part->touched = false; }

void stream_fence(struct hms_stream *s, struct hms_pg_batch *batch)
{
	struct hms_pg_array *topics = hms_pg_array_new(batch, HMS_PG_TEXT), *parts = hms_pg_array_new(batch, HMS_PG_INT4);
	struct hms_pg_array *olds = hms_pg_array_new(batch, HMS_PG_INT8), *news = hms_pg_array_new(batch, HMS_PG_INT8);
	struct hms_pg_array *epochs = hms_pg_array_new(batch, HMS_PG_INT8);

	stream_each_part(s, t, p, part)
	{
		if (!part->touched)
			continue;
		hms_pg_a_text(topics, hms_str(s->opts.topics[t]));
		hms_pg_a_int4(parts, (int32_t)p);
		hms_pg_a_int8(olds, part->next);
		hms_pg_a_int8(news, part->new_next);
		hms_pg_a_int8(epochs, part->epoch);
	}
	hms_pg_stmt_begin(batch, &advance, on_advanced, s);
	hms_pg_p_text(batch, hms_str(s->opts.service));
	hms_pg_p_array(batch, topics);
	hms_pg_p_array(batch, parts);
	hms_pg_p_array(batch, olds);
	hms_pg_p_array(batch, news);
	hms_pg_p_array(batch, epochs);
}

void stream_fence_committed(struct hms_stream *s)
{
	stream_each_part(s, t, p, part)
	{
		if (!part->touched)
			continue;
		part->next = part->new_next;
		part->oldest_ms = 0;
		part->touched = false;
	}
}

void stream_fence_lost(struct hms_stream *s)
{
	stream_each_part(s, t, p, part)
	{
		if (!part->touched)
			continue;
		log_warn("partition was taken over by another worker", KV_Z("topic", s->opts.topics[t]), KV_U("part", p),
			 KV_I("epoch", part->epoch));
		part->ready = part->touched = false;
	}
	stream_parts_count(s);
}

static void on_checked(const struct hms_pg_result *res, void *arg)
{
	struct hms_stream *s = arg;

	s->outcome_committed = s->outcome_wanted > 0 && hms_pg_rows(res) == 1 && (size_t)hms_pg_get_int(res, 0, 0) == s->outcome_wanted;
}

void stream_fence_check(struct hms_stream *s, struct hms_pg_batch *batch)
{
	struct hms_pg_array *topics = hms_pg_array_new(batch, HMS_PG_TEXT), *parts = hms_pg_array_new(batch, HMS_PG_INT4);
	struct hms_pg_array *news = hms_pg_array_new(batch, HMS_PG_INT8), *epochs = hms_pg_array_new(batch, HMS_PG_INT8);

	s->outcome_committed = false;
	stream_each_part(s, t, p, part)
	{
		if (!part->touched || part->new_next == part->next)
			continue;
		hms_pg_a_text(topics, hms_str(s->opts.topics[t]));
		hms_pg_a_int4(parts, (int32_t)p);
		hms_pg_a_int8(news, part->new_next);
		hms_pg_a_int8(epochs, part->epoch);
	}
	s->outcome_wanted = hms_pg_array_count(parts);
	hms_pg_stmt_begin(batch, &check, on_checked, s);
	hms_pg_p_text(batch, hms_str(s->opts.service));
	hms_pg_p_array(batch, topics);
	hms_pg_p_array(batch, parts);
	hms_pg_p_array(batch, news);
	hms_pg_p_array(batch, epochs);
}
