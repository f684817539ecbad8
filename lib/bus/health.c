/* Whether records get through: false after a delivery failed, true again after one succeeded or a broker has answered a probe. Without
 * the probe a front end that stopped taking traffic would never learn that Kafka is back. */
#include "producer.h"

enum { PROBE_EVERY_MS = 1000, PROBE_TIMEOUT_MS = 3000 };

void producer_note_delivery(struct hms_producer *p, int code)
{
	if (!code) {
		p->unhealthy = false;
	} else if (code == HMS_ETIMEOUT || code == HMS_EUNAVAIL) {
		p->unhealthy = true;
		if (!hms_timer_active(&p->timer)) {
			hms_timer_start(&p->timer, PROBE_EVERY_MS);
		}
	}
}

/* Any question that a broker answers will do, whatever it answers; librdkafka has few that do not block. */
static void producer_probe(struct hms_producer *p)
{
	const struct lane *lane = &p->lanes[HMS_LANE_URGENT];
	rd_kafka_AdminOptions_t *options;
	rd_kafka_ConfigResource_t *question;
	char text[64];

	if (p->probing || !lane->rk) {
		return;
	}
	options = rd_kafka_AdminOptions_new(lane->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	question = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, "hms.probe");
	rd_kafka_AdminOptions_set_request_timeout(options, PROBE_TIMEOUT_MS, text, sizeof(text));
	rd_kafka_DescribeConfigs(lane->rk, &question, 1, options, lane->queue);
	rd_kafka_ConfigResource_destroy(question);
	rd_kafka_AdminOptions_destroy(options);
	p->probing = true;
}

void producer_on_probe(struct hms_producer *p, rd_kafka_resp_err_t err)
{
	p->probing = false;
	/* What a broker refuses, a broker has answered; what it does not know as well, for then its versions are known. */
	if (err >= RD_KAFKA_RESP_ERR_NO_ERROR || err == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE) {
		p->unhealthy = false;
	}
}

void producer_on_timer(struct hms_timer *timer, void *arg)
{
	struct hms_producer *p = arg;
	bool missing = false;

	for (int i = 0; i < HMS_LANE_COUNT; i++) {
		if (!p->lanes[i].rk && lane_open(&p->lanes[i], NULL)) {
			missing = true;
		}
	}
	if (p->unhealthy) {
		producer_probe(p);
	}
	if (p->unhealthy || missing) {
		hms_timer_start(timer, PROBE_EVERY_MS);
	}
}
