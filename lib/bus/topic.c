/* Topics of the cluster: asked and made at start-up, blocking. */
#include <stdlib.h>
#include <unistd.h>

#include "kafka.h"

enum { NEW_TOPIC_MS = 5000, ASK_AGAIN_MS = 100 };

/* A client that asks only; as a consumer it makes no topic by asking for it. */
static rd_kafka_t *topic_client(const struct hms_kafka_conf *conf, struct hms_err *err)
{
	static const struct bus_setting settings[] = { { "allow.auto.create.topics", "false", 0 }, { NULL, NULL, 0 } };

	return bus_client_new(RD_KAFKA_CONSUMER, bus_conf_new(conf, "hms-topics", settings, err), err);
}

static int topic_ask(rd_kafka_t *rk, const char *topic, int timeout_ms, struct hms_err *err)
{
	rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
	const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_resp_err_t error = rd_kafka_metadata(rk, 0, handle, &metadata, timeout_ms);
	int code;

	if (error) {
		code = hms_err_set(err, HMS_EUNAVAIL, "kafka: %s", rd_kafka_err2str(error));
	} else if (metadata->topic_cnt != 1 || metadata->topics[0].err) {
		error = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
		code = hms_err_set(err, bus_error_code(error), "kafka: topic %s: %s", topic, rd_kafka_err2str(error));
	} else {
		code = metadata->topics[0].partition_cnt;
	}
	if (metadata) {
		rd_kafka_metadata_destroy(metadata);
	}
	rd_kafka_topic_destroy(handle);
	return code;
}

int hms_topic_partitions(const struct hms_kafka_conf *conf, const char *topic, int timeout_ms, struct hms_err *err)
{
	rd_kafka_t *rk = topic_client(conf, err);
	int code;

	if (!rk) {
		return HMS_EINVAL;
	}
	code = topic_ask(rk, topic, timeout_ms, err);
	/* A topic that has just been made is known to its brokers a moment later. */
	for (int waited_ms = 0; code == HMS_ENOENT && waited_ms < NEW_TOPIC_MS; waited_ms += ASK_AGAIN_MS) {
		usleep(ASK_AGAIN_MS * 1000);
		code = topic_ask(rk, topic, timeout_ms, err);
	}
	rd_kafka_destroy(rk);
	return code;
}

/* What the cluster says to the one topic asked for. */
static int topic_created(const rd_kafka_event_t *event, const char *topic, struct hms_err *err)
{
	const rd_kafka_CreateTopics_result_t *result = event ? rd_kafka_event_CreateTopics_result((rd_kafka_event_t *)event) : NULL;
	const rd_kafka_topic_result_t *const *topics;
	rd_kafka_resp_err_t error;
	const char *text;
	size_t count = 0;

	if (!result || rd_kafka_event_error((rd_kafka_event_t *)event)) {
		return hms_err_set(err, HMS_EUNAVAIL, "kafka: topic %s: %s", topic,
				   result ? rd_kafka_event_error_string((rd_kafka_event_t *)event) : hms_strerror(HMS_ETIMEOUT));
	}
	topics = (const rd_kafka_topic_result_t *const *)rd_kafka_CreateTopics_result_topics(result, &count);
	error = count ? rd_kafka_topic_result_error(topics[0]) : RD_KAFKA_RESP_ERR_NO_ERROR;
	if (!error || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
		return 0;
	}
	text = rd_kafka_topic_result_error_string(topics[0]);
	return hms_err_set(err, bus_error_code(error), "kafka: topic %s: %s", topic, text ? text : rd_kafka_err2str(error));
}

static int topic_make(rd_kafka_t *rk, rd_kafka_NewTopic_t *request, const char *topic, int timeout_ms, struct hms_err *err)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_event_t *event;
	char text[128];
	int code;

	rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof(text));
	rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, text, sizeof(text));
	rd_kafka_CreateTopics(rk, &request, 1, options, queue);
	event = rd_kafka_queue_poll(queue, timeout_ms + 1000);
	code = topic_created(event, topic, err);
	if (event) {
		rd_kafka_event_destroy(event);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_queue_destroy(queue);
	return code;
}

int hms_topic_create(const struct hms_kafka_conf *conf, const char *topic, int partitions, int replication, const char *const *config,
		     int timeout_ms, struct hms_err *err)
{
	rd_kafka_t *rk = topic_client(conf, err);
	rd_kafka_NewTopic_t *request;
	char text[256];
	int code = 0;

	if (!rk) {
		return HMS_EINVAL;
	}
	request = rd_kafka_NewTopic_new(topic, partitions, replication, text, sizeof(text));
	if (!request) {
		code = hms_err_set(err, HMS_EINVAL, "kafka: topic %s: %s", topic, text);
	}
	for (; !code && config && config[0]; config += 2) {
		if (rd_kafka_NewTopic_set_config(request, config[0], config[1])) {
			code = hms_err_set(err, HMS_EINVAL, "kafka: topic %s: %s", topic, config[0]);
		}
	}
	if (!code) {
		code = topic_make(rk, request, topic, timeout_ms, err);
	}
	if (request) {
		rd_kafka_NewTopic_destroy(request);
	}
	rd_kafka_destroy(rk);
	return code;
}
