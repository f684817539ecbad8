/* The life of a consumer: its client, the events of the group, and a new client after a fatal error. */
#include "consumer.h"

#include <stdlib.h>

enum {
	LIVE_EVERY_MS = 5000,
	MAX_POLL_INTERVAL_MS = 60000,
	REOPEN_FIRST_MS = 5000, /* a fenced member that comes back at once would fence the one that replaced it */
	REOPEN_MOST_MS = 60000,
};

static void consumer_close_client(struct hms_consumer *c)
{
	if (c->rebalance) {
		rd_kafka_topic_partition_list_destroy(c->rebalance);
		c->rebalance = NULL;
	}
	if (!c->rk) {
		return;
	}
	bus_bell_detach(c->events);
	bus_bell_detach(c->messages);
	consumer_discard(c);
	rd_kafka_queue_destroy(c->messages);
	rd_kafka_queue_destroy(c->events);
	bus_reap(c->rk);
	c->events = c->messages = NULL;
	c->rk = NULL;
}

/* Everything is lost: a member that was fenced, for one. The client goes once the owner has given back its messages. */
static void consumer_on_fatal(struct hms_consumer *c)
{
	char text[256];
	rd_kafka_resp_err_t err = rd_kafka_fatal_error(c->rk, text, sizeof(text));

	if (hms_log_allow(&c->log_limit, 1, hms_loop_now_ms(c->loop))) {
		log_error("kafka consumer has failed, making it anew", KV_Z("group", c->group), KV_Z("error", rd_kafka_err2name(err)),
			  KV_Z("text", text), KV_U("after_ms", c->reopen_ms));
	}
	hms_timer_start(&c->live, c->reopen_ms);
	consumer_revoke(c);
}

/* An error that is not about a partition, or a message that came past our queue. */
static void consumer_on_event(struct hms_consumer *c, rd_kafka_message_t *message)
{
	if (!message->err) {
		/* Its partition's queue is not forwarded: a replacement of the assignment forwards it and fetches the message again. */
		c->assign_due = true;
		hms_defer_schedule(c->loop, &c->apply);
	} else if (message->err == RD_KAFKA_RESP_ERR__FATAL) {
		c->fatal = true;
	} else if (hms_log_allow(&c->log_limit, 1, hms_loop_now_ms(c->loop))) {
		log_warn("kafka consumer", KV_Z("group", c->group), KV_Z("error", rd_kafka_err2name(message->err)),
			 KV_Z("text", rd_kafka_message_errstr(message)));
	}
	rd_kafka_message_destroy(message);
}

/* Takes the group's events. The callback of a rebalance only notes it; the owner is told here, where it may do what it likes. */
static void consumer_serve(struct hms_consumer *c)
{
	rd_kafka_message_t *message;
	bool more = true;

	while (more && c->rk && !c->fatal) {
		message = rd_kafka_consumer_poll(c->rk, 0);
		more = message || c->rebalance;
		if (message) {
			consumer_on_event(c, message);
		}
		if (c->rebalance) {
			consumer_tell_rebalance(c);
		}
		if (c->fatal) {
			consumer_on_fatal(c);
		}
	}
}

static void consumer_on_bell(void *arg)
{
	struct hms_consumer *c = arg;

	if (c->rk && rd_kafka_queue_length(c->events)) {
		consumer_serve(c);
	}
	if (c->rk && !c->fatal && !c->assign_due && rd_kafka_queue_length(c->messages)) {
		c->cb.readable(c, c->arg);
	}
}

static void consumer_on_live(struct hms_timer *timer, void *arg)
{
	struct hms_consumer *c = arg;

	if (c->rk && !c->fatal) {
		c->reopen_ms = REOPEN_FIRST_MS;
		consumer_serve(c);
	} else if (!c->held) {
		consumer_close_client(c);
		c->fatal = false;
		hms_counter_inc(&bus_metrics.restarts);
		c->reopen_ms = c->reopen_ms * 2 < REOPEN_MOST_MS ? c->reopen_ms * 2 : REOPEN_MOST_MS;
		consumer_open(c, NULL);
	}
	if (!hms_timer_active(timer)) {
		hms_timer_start(timer, LIVE_EVERY_MS);
	}
}

static rd_kafka_conf_t *consumer_conf(const struct hms_consumer *c, struct hms_err *err)
{
	int64_t session_ms = c->conf.session_timeout;
	const struct bus_setting settings[] = {
		{ "group.id", c->group, 0 },
		{ "enable.auto.commit", "false", 0 },
		{ "enable.auto.offset.store", "false", 0 },
		{ "auto.offset.reset", "error", 0 },
		{ "partition.assignment.strategy", "range", 0 },
		{ "allow.auto.create.topics", "false", 0 },
		{ "session.timeout.ms", NULL, session_ms },
		{ "heartbeat.interval.ms", NULL, session_ms / 3 < 3000 ? session_ms / 3 : 3000 },
		{ "max.poll.interval.ms", NULL, session_ms > MAX_POLL_INTERVAL_MS ? session_ms : MAX_POLL_INTERVAL_MS },
		{ "fetch.wait.max.ms", NULL, c->fetch_wait_ms },
		{ "fetch.min.bytes", NULL, c->fetch_min_bytes },
		{ "fetch.error.backoff.ms", NULL, 100 },
		/* Of all partitions together. A queue at its limit is looked at again after a second only: not too small. */
		{ "queued.min.messages", NULL, 100000 },
		{ "queued.max.messages.kbytes", NULL, 65536 },
		{ c->instance ? "group.instance.id" : NULL, c->instance, 0 },
		{ NULL, NULL, 0 },
	};

	return bus_conf_new(&c->conf, c->instance ? c->instance : c->group, settings, err);
}

static int consumer_subscribe(struct hms_consumer *c, struct hms_err *err)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)c->topic_count);
	rd_kafka_resp_err_t error;

	for (size_t i = 0; i < c->topic_count; i++) {
		rd_kafka_topic_partition_list_add(list, c->topics[i].name, RD_KAFKA_PARTITION_UA);
	}
	error = rd_kafka_subscribe(c->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return error ? hms_err_set(err, bus_error_code(error), "kafka: %s", rd_kafka_err2str(error)) : 0;
}

int consumer_open(struct hms_consumer *c, struct hms_err *err)
{
	rd_kafka_conf_t *kconf = consumer_conf(c, err);

	if (kconf) {
		rd_kafka_conf_set_opaque(kconf, c);
		rd_kafka_conf_set_rebalance_cb(kconf, consumer_on_rebalance);
	}
	c->rk = bus_client_new(RD_KAFKA_CONSUMER, kconf, err);
	if (!c->rk) {
		return HMS_EINVAL;
	}
	rd_kafka_poll_set_consumer(c->rk);
	c->events = rd_kafka_queue_get_consumer(c->rk);
	c->messages = rd_kafka_queue_new(c->rk);
	bus_bell_attach(c->bell, c->events);
	bus_bell_attach(c->bell, c->messages);
	return consumer_subscribe(c, err);
}

static int consumer_init(struct hms_consumer *c, const struct hms_kafka_conf *conf, const struct hms_consumer_opts *opts,
			 struct hms_err *err)
{
	for (; opts->topics[c->topic_count]; c->topic_count++) {
		if (c->topic_count == CONSUMER_TOPICS_MAX) {
			return hms_err_set(err, HMS_EINVAL, "kafka: more than %d topics", CONSUMER_TOPICS_MAX);
		}
		c->topics[c->topic_count].name = opts->topics[c->topic_count];
	}
	c->fetch_wait_ms = opts->fetch_wait_ms;
	c->fetch_min_bytes = opts->fetch_min_bytes;
	c->reopen_ms = REOPEN_FIRST_MS;
	c->group = hms_str_dup(hms_str(opts->group));
	c->instance = opts->instance ? hms_str_dup(hms_str(opts->instance)) : NULL;
	hms_timer_init(&c->live, c->loop, consumer_on_live, c);
	hms_timer_init(&c->commit, c->loop, consumer_on_commit, c);
	hms_defer_init(&c->apply, consumer_on_apply, c);
	c->bell = bus_bell_new(c->loop, consumer_on_bell, c);
	if (bus_conf_copy(conf, &c->conf) || !c->group || (opts->instance && !c->instance) || !c->bell) {
		return hms_err_set(err, HMS_ENOMEM, "kafka: %s", hms_strerror(HMS_ENOMEM));
	}
	return consumer_open(c, err);
}

struct hms_consumer *hms_consumer_new(struct hms_loop *loop, const struct hms_kafka_conf *conf, const struct hms_consumer_opts *opts,
				      const struct hms_consumer_cb *cb, void *arg, struct hms_err *err)
{
	struct hms_consumer *c = calloc(1, sizeof(*c));

	if (!c) {
		hms_err_set(err, HMS_ENOMEM, "kafka: %s", hms_strerror(HMS_ENOMEM));
		return NULL;
	}
	c->loop = loop;
	c->cb = *cb;
	c->arg = arg;
	if (consumer_init(c, conf, opts, err)) {
		hms_consumer_free(&c);
		return NULL;
	}
	hms_timer_start(&c->live, LIVE_EVERY_MS);
	return c;
}

void hms_consumer_free(struct hms_consumer **consumer)
{
	struct hms_consumer *c = *consumer;

	*consumer = NULL;
	if (!c) {
		return;
	}
	memset(&c->cb, 0, sizeof(c->cb));
	hms_timer_stop(&c->live);
	hms_timer_stop(&c->commit);
	hms_defer_cancel(&c->apply);
	consumer_revoke(c);
	consumer_close_client(c);
	bus_bell_close(&c->bell);
	for (size_t i = 0; i < c->topic_count; i++) {
		free(c->topics[i].parts);
	}
	bus_conf_fini(&c->conf);
	free(c->group);
	free(c->instance);
	free(c);
}
