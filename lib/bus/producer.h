/* A producer: two lanes, each one client of librdkafka. */
#ifndef HMS_LIB_BUS_PRODUCER_H
#define HMS_LIB_BUS_PRODUCER_H

#include <pthread.h>

#include "hms/base/list.h"
#include "kafka.h"

struct lane {
	struct hms_producer *producer;
	int64_t linger_ms;
	struct hms_histogram *latency;
	rd_kafka_t *rk; /* NULL after a fatal error, until it could be made anew */
	rd_kafka_queue_t *queue;
	struct bus_bell *bell;
	struct hms_list pending; /* struct delivery, in the order sent */
	size_t pending_count;
	bool broken; /* a fatal error was seen: to be made anew */
};

struct hms_producer {
	struct hms_loop *loop;
	struct hms_kafka_conf conf;
	char *client_id;
	struct lane lanes[HMS_LANE_COUNT];
	struct hms_timer timer;	 /* while unhealthy or a lane is missing */
	struct hms_defer repair; /* lanes that are broken */
	bool unhealthy;
	struct hms_wake *probed;
	pthread_t probe;
	bool probing;	     /* the thread has not been joined */
	bool probe_answered; /* its result */
};

/* lane.c */
int lane_open(struct lane *lane, struct hms_err *err);
int lane_send(struct lane *lane, const struct hms_record *record, hms_delivery_cb *cb, void *arg);
/* Takes what librdkafka has for us, waiting up to timeout_ms for the first event; false when there was nothing. */
bool lane_serve_one(struct lane *lane, int timeout_ms);
/* Ends the client on a thread of its own; what is pending fails with code. */
void lane_close(struct lane *lane, int code);

/* health.c */
void producer_note_delivery(struct hms_producer *p, int code);
void producer_on_timer(struct hms_timer *timer, void *arg);
/* The probe's thread has its result. */
void producer_on_probed(void *arg);
/* Waits for the probe's thread. */
void producer_end_probe(struct hms_producer *p);

#endif
