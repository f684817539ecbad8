/* Whether records get through: false after a delivery failed, true again after one succeeded or a broker has answered a probe. Without
 * the probe a front end that stopped taking traffic would never learn that Kafka is back. */
#include "producer.h"

/* The administrative requests of librdkafka 2.0.2 would not need a thread, but those that any broker answers leak or fail an assertion of
 * its own (librdkafka issue 4605) when they time out while the cluster is away. */
enum { PROBE_EVERY_MS = 1000, PROBE_TIMEOUT_MS = 1000 };

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

static void *probe_thread(void *arg)
{
	struct hms_producer *p = arg;
	const struct rd_kafka_metadata *metadata;

	p->probe_answered = !rd_kafka_metadata(p->lanes[HMS_LANE_URGENT].rk, 0, NULL, &metadata, PROBE_TIMEOUT_MS);
	if (p->probe_answered) {
		rd_kafka_metadata_destroy(metadata);
	}
	hms_wake_signal(p->probed);
	return NULL;
}

/* Until the probe has ended its client stays as it is. */
static void producer_probe(struct hms_producer *p)
{
	if (!p->probing && p->lanes[HMS_LANE_URGENT].rk && !pthread_create(&p->probe, NULL, probe_thread, p)) {
		p->probing = true;
	}
}

void producer_end_probe(struct hms_producer *p)
{
	if (p->probing) {
		pthread_join(p->probe, NULL);
		p->probing = false;
	}
}

void producer_on_probed(void *arg)
{
	struct hms_producer *p = arg;

	producer_end_probe(p);
	p->unhealthy = p->unhealthy && !p->probe_answered;
	hms_defer_schedule(p->loop, &p->repair);
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
