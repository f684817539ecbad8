/* What producer, consumer and start-up share: settings, errors, logs and ends of librdkafka's clients. */
#ifndef HMS_LIB_BUS_KAFKA_H
#define HMS_LIB_BUS_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "hms/bus/bus.h"
#include "hms/log/log.h"

struct hms_bus_metrics {
#include "hms/metrics/fields.inc"
#include "hms/bus/metrics.def"
#include "hms/metrics/end.inc"
};
extern struct hms_bus_metrics bus_metrics;
/* Row of hms_bus_records_total. */
#define BUS_METRIC_RECORDS 0

struct bus_setting {
	const char *name;
	const char *text; /* or a number: */
	int64_t number;
};

/* [kafka] and `settings` (ended by name NULL) as librdkafka has them; `extra` of the configuration last. NULL with err. */
rd_kafka_conf_t *bus_conf_new(const struct hms_kafka_conf *conf, const char *client_id, const struct bus_setting *settings,
			      struct hms_err *err);
/* Takes kconf. NULL with err. */
rd_kafka_t *bus_client_new(rd_kafka_type_t type, rd_kafka_conf_t *kconf, struct hms_err *err);
/* A copy of what outlives the caller's configuration. Returns 0 or HMS_ENOMEM. */
int bus_conf_copy(const struct hms_kafka_conf *from, struct hms_kafka_conf *to);
void bus_conf_fini(struct hms_kafka_conf *conf);

/* The HMS_E* code of an error of librdkafka or of a broker. */
int bus_error_code(rd_kafka_resp_err_t err);

/* Ends a client on a thread of its own: rd_kafka_destroy() waits for threads. Its queues are gone already. */
void bus_reap(rd_kafka_t *rk);

/* The eventfd that librdkafka's threads write to, on the loop. */
struct bus_bell;
struct bus_bell *bus_bell_new(struct hms_loop *loop, void (*cb)(void *arg), void *arg);
/* Rings when the queue gets its first element. */
void bus_bell_attach(struct bus_bell *bell, rd_kafka_queue_t *queue);
void bus_bell_detach(rd_kafka_queue_t *queue);
/* cb runs once more, on the loop's next turn. */
void bus_bell_ring(struct bus_bell *bell);
void bus_bell_close(struct bus_bell **bell);

#endif
