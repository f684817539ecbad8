/* What goes into a transaction: messages that have arrived, and items that wait. */
#include <stdlib.h>

#include "internal.h"

enum { POLL_CHUNK = 64 };

int stream_inputs_init(struct hms_stream *s)
{
	if (s->opts.item_size) {
		s->ring = calloc(s->opts.items_max, s->opts.item_size);
		s->items = calloc(STREAM_ITEMS_PER_BATCH, s->opts.item_size);
		if (!s->ring || !s->items)
			return HMS_ENOMEM;
	}
	return 0;
}

void stream_inputs_fini(struct hms_stream *s)
{
	free(s->ring);
	free(s->items);
	free(s->inputs);
	free(s->input_bytes);
}

void hms_stream_set_batch_max(struct hms_stream *s, size_t batch_max) { s->opts.batch_max = batch_max; }

size_t hms_stream_items(const struct hms_stream *s) { return s->ring_count; }

int hms_stream_put(struct hms_stream *s, const void *item)
{
	size_t size = s->opts.item_size;

	if (s->ring_count == s->opts.items_max)
		return HMS_EFULL;
	memcpy(s->ring + (s->ring_head + s->ring_count++) % s->opts.items_max * size, item, size);
	return 0;
}

/* ---------------------------------------------------------------- taking */

/* batch_max may have grown with a reload. */
static int make_room(struct hms_stream *s)
{
	size_t room = s->opts.batch_max + STREAM_ITEMS_PER_BATCH;
	struct stream_input *inputs;
	size_t *bytes;

	if (room <= s->input_room)
		return 0;
	inputs = realloc(s->inputs, room * sizeof(*inputs));
	if (!inputs)
		return HMS_ENOMEM;
	s->inputs = inputs;
	bytes = realloc(s->input_bytes, room * sizeof(*bytes));
	if (!bytes)
		return HMS_ENOMEM;
	s->input_bytes = bytes;
	s->input_room = room;
	return 0;
}

static void take_message(struct hms_stream *s, const struct hms_message *msg)
{
	struct stream_part *part = stream_part_of(s, msg);
	size_t bytes = msg->key.len + msg->value.len;

	if (!part->oldest_ms)
		part->oldest_ms = msg->timestamp_ms;
	s->input_bytes[s->input_count] = bytes;
	s->input_sum += bytes;
	s->inputs[s->input_count++] = (struct stream_input){ .msg = *msg };
	s->urgent = s->urgent || !s->cb.can_wait || !s->cb.can_wait(s, msg, s->arg);
}

/* A few more than batch_bytes may be taken: they make up the next transaction. */
static void take_messages(struct hms_stream *s)
{
	struct hms_message messages[POLL_CHUNK];
	size_t got;

	do {
		size_t left = s->opts.batch_max > s->input_count ? s->opts.batch_max - s->input_count : 0;

		got = left ? hms_consumer_poll(s->consumer, messages, left < POLL_CHUNK ? left : POLL_CHUNK) : 0;
		for (size_t i = 0; i < got; i++)
			take_message(s, &messages[i]);
	} while (got && s->input_sum < s->opts.batch_bytes);
}

static void take_items(struct hms_stream *s)
{
	size_t size = s->opts.item_size;

	for (size_t i = 0; i < STREAM_ITEMS_PER_BATCH && s->ring_count; i++) {
		char *item = s->items + i * size;

		memcpy(item, s->ring + s->ring_head * size, size);
		s->ring_head = (s->ring_head + 1) % s->opts.items_max;
		s->ring_count--;
		s->input_bytes[s->input_count] = 0;
		s->inputs[s->input_count++] = (struct stream_input){ .item = item };
		s->urgent = true;
	}
}

bool stream_inputs_take(struct hms_stream *s)
{
	if (make_room(s))
		return false;
	take_messages(s);
	take_items(s);
	if (!s->input_count)
		return false;
	if (!s->urgent && s->input_count < s->opts.batch_max && s->input_sum < s->opts.batch_bytes) {
		if (!hms_timer_active(&s->patience))
			hms_timer_start(&s->patience, (uint64_t)s->opts.patience_ms);
		return false;
	}
	hms_timer_stop(&s->patience);
	stream_cut_begin(&s->cut, s->input_bytes, s->input_count, s->opts.batch_bytes);
	return true;
}

void stream_on_patience(struct hms_timer *timer, void *arg)
{
	struct hms_stream *s = arg;

	(void)timer;
	s->urgent = true;
	hms_stream_run(s);
}

void stream_inputs_release(struct hms_stream *s)
{
	for (size_t i = 0; i < s->input_count; i++)
		if (!s->inputs[i].item)
			hms_consumer_release(s->consumer, &s->inputs[i].msg, 1);
	s->input_count = s->input_sum = 0;
	s->urgent = false;
}

/* ---------------------------------------------------------------- handing them to the service */

static void newer_reader(struct hms_stream *s, const struct hms_message *msg, struct stream_part *part)
{
	log_error("a record needs a newer reader: the partition stops", KV_Z("topic", msg->topic), KV_I("part", msg->partition),
		  KV_I("offset", msg->offset));
	stream_part_stop(s, part);
}

static int gather_message(struct hms_stream *s, const struct hms_message *msg)
{
	struct stream_part *part = stream_part_of(s, msg);
	int rc = 0;

	if (!part->ready || msg->offset < (part->touched ? part->new_next : part->next)) /* not ours, or stale */
		return 0;
	if (s->culprit_kind)
		stream_add_dead(s, msg, s->culprit_reason, s->culprit_kind);
	else
		rc = s->cb.message(s, msg, s->arg);
	if (rc == HMS_EVERSION) {
		newer_reader(s, msg, part);
		return 0;
	}
	part->touched = true;
	part->new_next = msg->offset + 1;
	s->messages++;
	return rc;
}

int stream_inputs_gather(struct hms_stream *s)
{
	int rc = 0;

	for (size_t i = s->cut.from; !rc && i < s->cut.to; i++)
		rc = s->inputs[i].item ? s->cb.item(s, s->inputs[i].item, s->arg) : gather_message(s, &s->inputs[i].msg);
	return rc || s->no_memory ? HMS_ENOMEM : 0;
}

bool hms_stream_touch(struct hms_stream *s, unsigned topic, unsigned part_)
{
	struct stream_part *part = &s->parts[topic][part_];

	if (part->ready && !part->touched) {
		part->touched = true;
		part->new_next = part->next;
	}
	return part->ready;
}
