/* librdkafka's clients: settings, errors, logs, and ending them without waiting. */
#include "kafka.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "hms/base/clock.h"

/* Called from librdkafka's threads. */
static void kafka_on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct hms_log_limit limit;
	enum hms_log_level to = level <= LOG_ERR       ? HMS_LOG_ERROR
				: level <= LOG_WARNING ? HMS_LOG_WARN
				: level < LOG_DEBUG    ? HMS_LOG_INFO
						       : HMS_LOG_DEBUG;
	bool allowed;

	if (!hms_log_enabled(to)) {
		return;
	}
	pthread_mutex_lock(&mutex);
	allowed = to == HMS_LOG_DEBUG || hms_log_allow(&limit, 5, hms_mono_ms());
	pthread_mutex_unlock(&mutex);
	if (allowed) {
		hms_log(to, "kafka", KV_Z("client", rk ? rd_kafka_name(rk) : ""), KV_Z("facility", facility), KV_Z("text", text));
	}
}

static int conf_set(rd_kafka_conf_t *kconf, const char *name, const char *value, struct hms_err *err)
{
	char text[256];

	if (rd_kafka_conf_set(kconf, name, value, text, sizeof(text)) != RD_KAFKA_CONF_OK) {
		return hms_err_set(err, HMS_EINVAL, "kafka: %s", text);
	}
	return 0;
}

static int conf_set_all(rd_kafka_conf_t *kconf, const struct bus_setting *settings, struct hms_err *err)
{
	int code = 0;

	for (; settings->name && !code; settings++) {
		char number[24];

		snprintf(number, sizeof(number), "%lld", (long long)settings->number);
		code = conf_set(kconf, settings->name, settings->text ? settings->text : number, err);
	}
	return code;
}

/* "name=value, name=value" */
static int conf_set_extra(rd_kafka_conf_t *kconf, const char *extra, struct hms_err *err)
{
	struct hms_str rest = hms_str(extra);
	int code = 0;

	while (!code && rest.p && rest.len) {
		struct hms_str value = hms_str_split(&rest, ',');
		struct hms_str name = hms_str_trim(hms_str_split(&value, '='));
		char name_z[128], value_z[1024];

		if (!value.p || !name.len) {
			return hms_err_set(err, HMS_EINVAL, "kafka.extra: '%.*s' is not name=value", HMS_STR_FMT(name));
		}
		value = hms_str_trim(value);
		if (name.len >= sizeof(name_z) || value.len >= sizeof(value_z)) {
			return hms_err_set(err, HMS_ETOOBIG, "kafka.extra: '%.*s' is too long", HMS_STR_FMT(name));
		}
		snprintf(name_z, sizeof(name_z), "%.*s", HMS_STR_FMT(name));
		snprintf(value_z, sizeof(value_z), "%.*s", HMS_STR_FMT(value));
		code = conf_set(kconf, name_z, value_z, err);
	}
	return code;
}

rd_kafka_conf_t *bus_conf_new(const struct hms_kafka_conf *conf, const char *client_id, const struct bus_setting *settings,
			      struct hms_err *err)
{
	const struct bus_setting common[] = {
		{ "bootstrap.servers", conf->bootstrap, 0 },
		{ "client.id", client_id, 0 },
		{ "reconnect.backoff.ms", NULL, conf->reconnect_backoff_max < 100 ? conf->reconnect_backoff_max : 100 },
		{ "reconnect.backoff.max.ms", NULL, conf->reconnect_backoff_max },
		{ "message.max.bytes", NULL, conf->record_max_bytes },
		{ "socket.nagle.disable", "true", 0 },
		{ "socket.keepalive.enable", "true", 0 },
		{ "log.connection.close", "false", 0 },
		{ conf->security_protocol[0] ? "security.protocol" : NULL, conf->security_protocol, 0 },
		{ NULL, NULL, 0 },
	};
	rd_kafka_conf_t *kconf = rd_kafka_conf_new();

	rd_kafka_conf_set_log_cb(kconf, kafka_on_log);
	if (conf_set_all(kconf, common, err) || conf_set_all(kconf, settings, err) || conf_set_extra(kconf, conf->extra, err)) {
		rd_kafka_conf_destroy(kconf);
		return NULL;
	}
	return kconf;
}

rd_kafka_t *bus_client_new(rd_kafka_type_t type, rd_kafka_conf_t *kconf, struct hms_err *err)
{
	char text[256];
	rd_kafka_t *rk;

	if (!kconf) {
		return NULL;
	}
	rk = rd_kafka_new(type, kconf, text, sizeof(text));
	if (!rk) {
		rd_kafka_conf_destroy(kconf);
		hms_err_set(err, HMS_EINVAL, "kafka: %s", text);
	}
	return rk;
}

int bus_conf_copy(const struct hms_kafka_conf *from, struct hms_kafka_conf *to)
{
	*to = *from;
	to->bootstrap = hms_str_dup(hms_str(from->bootstrap));
	to->security_protocol = hms_str_dup(hms_str(from->security_protocol));
	to->extra = hms_str_dup(hms_str(from->extra));
	return to->bootstrap && to->security_protocol && to->extra ? 0 : HMS_ENOMEM;
}

void bus_conf_fini(struct hms_kafka_conf *conf)
{
	free((char *)conf->bootstrap);
	free((char *)conf->security_protocol);
	free((char *)conf->extra);
}

int bus_error_code(rd_kafka_resp_err_t err)
{
	static const struct {
		rd_kafka_resp_err_t err;
		int code;
	} codes[] = {
		{ RD_KAFKA_RESP_ERR_NO_ERROR, 0 },
		{ RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, HMS_ETIMEOUT },
		{ RD_KAFKA_RESP_ERR__TIMED_OUT, HMS_ETIMEOUT },
		{ RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, HMS_ETIMEOUT },
		{ RD_KAFKA_RESP_ERR__QUEUE_FULL, HMS_EFULL },
		{ RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, HMS_ETOOBIG },
		{ RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, HMS_ETOOBIG },
		{ RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, HMS_ENOENT },
		{ RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, HMS_ENOENT },
		{ RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, HMS_ENOENT },
		{ RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, HMS_ENOENT },
		{ RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, HMS_ENOENT },
		{ RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, HMS_EDENIED },
		{ RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, HMS_EEXISTS },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].err == err) {
			return codes[i].code;
		}
	}
	return HMS_EUNAVAIL;
}

static void *reap_thread(void *arg)
{
	rd_kafka_destroy_flags(arg, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	return NULL;
}

void bus_reap(rd_kafka_t *rk)
{
	pthread_t thread;

	if (!rk) {
		return;
	}
	if (pthread_create(&thread, NULL, reap_thread, rk)) {
		reap_thread(rk);
	} else {
		pthread_detach(thread);
	}
}
