/* Taking messages: only of partitions that are started, only what lies at or behind their position. */
#include "consumer.h"

enum { FETCH_CHUNK = 128 };

void consumer_discard(struct hms_consumer *c)
{
	rd_kafka_message_t *messages[FETCH_CHUNK];
	ssize_t count;

	while ((count = rd_kafka_consume_batch_queue(c->messages, 0, messages, FETCH_CHUNK)) > 0) {
		for (ssize_t i = 0; i < count; i++) {
			rd_kafka_message_destroy(messages[i]);
		}
	}
}

static void fetch_error(struct hms_consumer *c, struct part *part, const rd_kafka_message_t *message)
{
	const char *text = rd_kafka_message_errstr(message);

	/* Others (no leader, no permission yet) librdkafka tries again by itself. */
	if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
		consumer_fail_part(c, part, bus_error_code(message->err), text);
	} else if (hms_log_allow(&c->log_limit, 1, hms_loop_now_ms(c->loop))) {
		log_warn("kafka partition", KV_Z("topic", rd_kafka_topic_name(message->rkt)), KV_I("partition", message->partition),
			 KV_Z("error", rd_kafka_err2name(message->err)), KV_Z("text", text));
	}
}

static struct hms_str fetch_header(const rd_kafka_headers_t *headers, const char *name)
{
	const void *value;
	size_t size;

	if (rd_kafka_header_get_last(headers, name, &value, &size)) {
		return (struct hms_str){ 0 };
	}
	return hms_strn(value, size);
}

/* The owner's pointer to the topic's name. */
static const char *fetch_topic(const struct hms_consumer *c, const char *name)
{
	for (size_t i = 0; i < c->topic_count; i++) {
		if (strcmp(c->topics[i].name, name) == 0) {
			return c->topics[i].name;
		}
	}
	return NULL;
}

static void message_fill(struct hms_message *out, const char *topic, rd_kafka_message_t *message)
{
	rd_kafka_headers_t *headers;

	*out = (struct hms_message){
		.topic = topic,
		.partition = message->partition,
		.offset = message->offset,
		.timestamp_ms = rd_kafka_message_timestamp(message, NULL),
		.key = hms_strn(message->key, message->key_len),
		.value = hms_strn(message->payload, message->len),
		.handle = message,
	};
	if (!rd_kafka_message_headers(message, &headers)) {
		out->header_classes = fetch_header(headers, "classes");
		out->header_purpose = fetch_header(headers, "purpose");
	}
}

/* Fills *out and returns true if the message is one for the owner; else it is destroyed. */
static bool fetch_take(struct hms_consumer *c, rd_kafka_message_t *message, struct hms_message *out)
{
	const char *topic = message->rkt ? fetch_topic(c, rd_kafka_topic_name(message->rkt)) : NULL;
	struct part *part = topic ? consumer_part(c, topic, message->partition) : NULL;

	if (part && part->state == PART_STARTED && message->err) {
		fetch_error(c, part, message);
	} else if (part && part->state == PART_STARTED && message->offset >= part->position) {
		part->position = message->offset + 1;
		message_fill(out, topic, message);
		c->held++;
		hms_counter_inc(&bus_metrics.messages);
		hms_counter_add(&bus_metrics.message_bytes, message->len);
		return true;
	} else if (!message->err) {
		hms_counter_inc(&bus_metrics.stale);
	}
	rd_kafka_message_destroy(message);
	return false;
}

size_t hms_consumer_poll(struct hms_consumer *c, struct hms_message *out, size_t max)
{
	rd_kafka_message_t *messages[FETCH_CHUNK];
	size_t taken = 0;

	/* What was fetched before a change of positions is not handed out any more. */
	while (taken < max && c->rk && !c->fatal && !c->assign_due) {
		size_t want = max - taken < FETCH_CHUNK ? max - taken : FETCH_CHUNK;
		ssize_t count = rd_kafka_consume_batch_queue(c->messages, 0, messages, want);

		if (count <= 0) {
			break;
		}
		for (ssize_t i = 0; i < count; i++) {
			taken += fetch_take(c, messages[i], &out[taken]);
		}
	}
	return taken;
}

void hms_consumer_release(struct hms_consumer *c, struct hms_message *messages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (messages[i].handle) {
			rd_kafka_message_destroy(messages[i].handle);
			messages[i].handle = NULL;
			c->held--;
		}
	}
}
