/* One lane: a client of librdkafka, its delivery reports, and a new one after a fatal error. */
#include <stdlib.h>

#include "hms/base/clock.h"
#include "producer.h"

enum { EVENTS_PER_TURN = 64, VALUES_MAX = 8 };

struct delivery {
	struct hms_list node; /* of lane.pending */
	struct lane *lane;
	hms_delivery_cb *cb;
	void *arg;
	uint64_t sent_us;
};

static void delivery_count(int code)
{
	static const struct {
		int code;
		const char *name;
	} results[] = {
		{ HMS_OK, "acknowledged" },
		{ HMS_ETIMEOUT, "timeout" },
		{ HMS_ETOOBIG, "too_big" },
		{ HMS_ECANCELED, "canceled" },
	};
	enum { COUNT = sizeof(results) / sizeof(results[0]) };
	static struct hms_counter *counters[COUNT + 1];
	size_t i = 0;

	while (i < COUNT && results[i].code != code) {
		i++;
	}
	if (!counters[i]) {
		counters[i] =
			hms_vec_at(&bus_metrics.records, &hms_bus_metric_defs[BUS_METRIC_RECORDS], i < COUNT ? results[i].name : "failed");
	}
	hms_counter_inc(counters[i]);
}

static void delivery_end(struct delivery *d, int code, int64_t offset)
{
	struct lane *lane = d->lane;

	hms_list_remove(&d->node);
	lane->pending_count--;
	hms_gauge_add(&bus_metrics.pending, -1);
	delivery_count(code);
	if (!code) {
		hms_histogram_observe_us(lane->latency, hms_mono_us() - d->sent_us);
	}
	producer_note_delivery(lane->producer, code);
	d->cb(code, offset, d->arg);
	free(d);
}

static void lane_note_fatal(struct lane *lane)
{
	char text[256];
	rd_kafka_resp_err_t err = rd_kafka_fatal_error(lane->rk, text, sizeof(text));

	if (lane->broken) {
		return;
	}
	log_error("kafka producer has failed, making it anew", KV_Z("client", rd_kafka_name(lane->rk)),
		  KV_Z("error", rd_kafka_err2name(err)), KV_Z("text", text));
	lane->broken = true;
	hms_defer_schedule(lane->producer->loop, &lane->producer->repair);
}

static void lane_on_reports(rd_kafka_event_t *event)
{
	const rd_kafka_message_t *message;

	while ((message = rd_kafka_event_message_next(event))) {
		delivery_end(message->_private, bus_error_code(message->err), message->offset);
	}
}

bool lane_serve_one(struct lane *lane, int timeout_ms)
{
	rd_kafka_event_t *event = lane->queue ? rd_kafka_queue_poll(lane->queue, timeout_ms) : NULL;

	switch (rd_kafka_event_type(event)) {
	case RD_KAFKA_EVENT_NONE:
		return false;
	case RD_KAFKA_EVENT_DR:
		lane_on_reports(event);
		break;
	case RD_KAFKA_EVENT_ERROR:
		if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__FATAL) {
			lane_note_fatal(lane);
		}
		break;
	default:
		break;
	}
	rd_kafka_event_destroy(event);
	return true;
}

static void lane_on_bell(void *arg)
{
	struct lane *lane = arg;

	for (int i = 0; i < EVENTS_PER_TURN; i++) {
		if (!lane_serve_one(lane, 0)) {
			return;
		}
	}
	bus_bell_ring(lane->bell);
}

int lane_open(struct lane *lane, struct hms_err *err)
{
	const struct hms_producer *p = lane->producer;
	const struct bus_setting settings[] = {
		{ "acks", "all", 0 },
		{ "enable.idempotence", "true", 0 },
		{ "linger.ms", NULL, lane->linger_ms },
		{ "message.timeout.ms", NULL, p->conf.message_timeout },
		{ "queue.buffering.max.messages", NULL, p->conf.queue_max },
		{ "queue.buffering.max.kbytes", NULL, p->conf.queue_max_bytes / 1024 },
		{ NULL, NULL, 0 },
	};
	rd_kafka_conf_t *kconf = bus_conf_new(&p->conf, p->client_id, settings, err);

	if (kconf) {
		rd_kafka_conf_set_events(kconf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
	}
	lane->rk = bus_client_new(RD_KAFKA_PRODUCER, kconf, err);
	if (!lane->rk) {
		return HMS_EINVAL;
	}
	lane->queue = rd_kafka_queue_get_main(lane->rk);
	lane->bell = bus_bell_new(p->loop, lane_on_bell, lane);
	if (!lane->bell) {
		lane_close(lane, HMS_ENOMEM);
		return hms_err_set(err, HMS_ENOMEM, "kafka: %s", hms_strerror(HMS_ENOMEM));
	}
	bus_bell_attach(lane->bell, lane->queue);
	lane->broken = false;
	return 0;
}

void lane_close(struct lane *lane, int code)
{
	rd_kafka_t *rk = lane->rk;
	struct hms_list pending;

	lane->rk = NULL;
	if (lane->queue) {
		bus_bell_detach(lane->queue);
		rd_kafka_queue_destroy(lane->queue);
		lane->queue = NULL;
	}
	bus_bell_close(&lane->bell);
	bus_reap(rk);
	/* Callbacks may send into the lane again: those records belong to the next client. */
	hms_list_init(&pending);
	while (!hms_list_empty(&lane->pending)) {
		struct hms_list *node = lane->pending.next;

		hms_list_remove(node);
		hms_list_push_back(&pending, node);
	}
	while (!hms_list_empty(&pending)) {
		delivery_end(hms_container_of(pending.next, struct delivery, node), code, -1);
	}
}

static void value_bytes(rd_kafka_vu_t *vu, rd_kafka_vtype_t type, struct hms_str s)
{
	vu->vtype = type;
	vu->u.mem.ptr = (void *)s.p;
	vu->u.mem.size = s.len;
}

static size_t value_header(rd_kafka_vu_t *vu, const char *name, struct hms_str s)
{
	if (!s.p) {
		return 0;
	}
	vu->vtype = RD_KAFKA_VTYPE_HEADER;
	vu->u.header.name = name;
	vu->u.header.val = s.p;
	vu->u.header.size = (ssize_t)s.len;
	return 1;
}

static size_t record_values(const struct hms_record *record, struct delivery *d, rd_kafka_vu_t vus[VALUES_MAX])
{
	size_t n = 0;

	vus[n].vtype = RD_KAFKA_VTYPE_TOPIC;
	vus[n++].u.cstr = record->topic;
	vus[n].vtype = RD_KAFKA_VTYPE_PARTITION;
	vus[n++].u.i32 = record->partition;
	value_bytes(&vus[n++], RD_KAFKA_VTYPE_KEY, record->key);
	value_bytes(&vus[n++], RD_KAFKA_VTYPE_VALUE, record->value);
	vus[n].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
	vus[n++].u.i = RD_KAFKA_MSG_F_COPY;
	vus[n].vtype = RD_KAFKA_VTYPE_OPAQUE;
	vus[n++].u.ptr = d;
	n += value_header(&vus[n], "classes", record->header_classes);
	n += value_header(&vus[n], "purpose", record->header_purpose);
	return n;
}

/* Why librdkafka did not take a record. */
static int lane_refusal(struct lane *lane, rd_kafka_error_t *error)
{
	int code = bus_error_code(rd_kafka_error_code(error));

	if (rd_kafka_error_is_fatal(error)) {
		lane_note_fatal(lane);
	}
	rd_kafka_error_destroy(error);
	return code == HMS_EFULL || code == HMS_ETOOBIG ? code : HMS_EUNAVAIL;
}

int lane_send(struct lane *lane, const struct hms_record *record, hms_delivery_cb *cb, void *arg)
{
	rd_kafka_vu_t vus[VALUES_MAX];
	struct delivery *d;
	rd_kafka_error_t *error;

	if (!lane->rk || lane->broken) {
		return HMS_EUNAVAIL;
	}
	d = malloc(sizeof(*d));
	if (!d) {
		return HMS_EFULL;
	}
	error = rd_kafka_produceva(lane->rk, vus, record_values(record, d, vus));
	if (error) {
		free(d);
		return lane_refusal(lane, error);
	}
	d->lane = lane;
	d->cb = cb;
	d->arg = arg;
	d->sent_us = hms_mono_us();
	hms_list_push_back(&lane->pending, &d->node);
	lane->pending_count++;
	hms_gauge_add(&bus_metrics.pending, 1);
	return 0;
}
