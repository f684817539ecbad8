/* The producer: its two lanes, made and ended together. */
#include "producer.h"

#include <stdlib.h>

#include "hms/base/clock.h"

static void producer_on_repair(struct hms_defer *defer, void *arg)
{
	struct hms_producer *p = arg;
	bool closed = false;

	(void)defer;
	for (int i = 0; i < HMS_LANE_COUNT && !p->probing; i++) {
		struct lane *lane = &p->lanes[i];

		if (lane->broken && lane->rk) {
			hms_counter_inc(&bus_metrics.restarts);
			lane_close(lane, HMS_EUNAVAIL);
			closed = true;
		}
	}
	if (closed) {
		hms_timer_stop(&p->timer);
		producer_on_timer(&p->timer, p);
	}
}

static void producer_destroy(struct hms_producer *p)
{
	bus_conf_fini(&p->conf);
	free(p->client_id);
	free(p);
}

struct hms_producer *hms_producer_new(struct hms_loop *loop, const struct hms_kafka_conf *conf, const char *client_id, struct hms_err *err)
{
	struct hms_producer *p = calloc(1, sizeof(*p));

	if (!p || bus_conf_copy(conf, &p->conf) || !(p->client_id = hms_str_dup(hms_str(client_id)))) {
		hms_err_set(err, HMS_ENOMEM, "kafka: %s", hms_strerror(HMS_ENOMEM));
		if (p) {
			producer_destroy(p);
		}
		return NULL;
	}
	p->loop = loop;
	hms_timer_init(&p->timer, loop, producer_on_timer, p);
	hms_defer_init(&p->repair, producer_on_repair, p);
	for (int i = 0; i < HMS_LANE_COUNT; i++) {
		p->lanes[i].producer = p;
		p->lanes[i].linger_ms = i == HMS_LANE_QUIET ? conf->quiet_linger : 0;
		p->lanes[i].latency = i == HMS_LANE_QUIET ? &bus_metrics.quiet_us : &bus_metrics.urgent_us;
		hms_list_init(&p->lanes[i].pending);
	}
	p->probed = hms_wake_new(loop, producer_on_probed, p);
	if (!p->probed) {
		hms_err_set(err, HMS_ENOMEM, "kafka: %s", hms_strerror(HMS_ENOMEM));
	}
	for (int i = 0; i < HMS_LANE_COUNT; i++) {
		if (!p->probed || lane_open(&p->lanes[i], err)) {
			hms_producer_free(&p, 0);
			return NULL;
		}
	}
	return p;
}

int hms_producer_send(struct hms_producer *p, enum hms_lane lane, const struct hms_record *record, hms_delivery_cb *cb, void *arg)
{
	int code = lane_send(&p->lanes[lane], record, cb, arg);

	if (code) {
		hms_counter_inc(&bus_metrics.refused);
	}
	return code;
}

bool hms_producer_healthy(const struct hms_producer *p) { return !p->unhealthy; }

size_t hms_producer_pending(const struct hms_producer *p)
{
	return p->lanes[HMS_LANE_URGENT].pending_count + p->lanes[HMS_LANE_QUIET].pending_count;
}

void hms_producer_free(struct hms_producer **p, int timeout_ms)
{
	enum { TURN_MS = 10 };
	struct hms_producer *producer = *p;
	uint64_t end_ms = hms_mono_ms() + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0);

	*p = NULL;
	if (!producer) {
		return;
	}
	while (hms_producer_pending(producer) && hms_mono_ms() < end_ms) {
		for (int i = 0; i < HMS_LANE_COUNT; i++) {
			lane_serve_one(&producer->lanes[i], producer->lanes[i].pending_count ? TURN_MS : 0);
		}
	}
	producer_end_probe(producer);
	if (producer->probed) {
		hms_wake_close(&producer->probed);
	}
	hms_timer_stop(&producer->timer);
	hms_defer_cancel(&producer->repair);
	for (int i = 0; i < HMS_LANE_COUNT; i++) {
		lane_close(&producer->lanes[i], HMS_ECANCELED);
	}
	hms_timer_stop(&producer->timer);
	producer_destroy(producer);
}
