/** The provisioning service: one consumer, one transaction at a time over all its partitions, the only decider (contracts 6, 7: I1, I4). */
#ifndef PROV_PROV_H
#define PROV_PROV_H

#include "hms/app/app.h"
#include "hms/bus/bus.h"
#include "hms/bus/outbox.h"
#include "hms/pg/pg.h"
#include "hms/redis/mailbox.h"
#include "partition.h"
#include "procedure.h"

#define PROV_SERVICE "provisioning"

struct prov_conf {
#include "hms/conf/fields.inc"
#include "config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section prov_conf_section;

struct prov_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern struct prov_metrics prov_metrics;
extern const struct hms_metric_def prov_metric_defs[];
extern const size_t prov_metric_count;
/** The counter of a label value of one of prov_metrics' vectors. */
struct hms_counter *prov_count(struct hms_vec *vec, const char *value);

struct prov_batch;
struct prov_dict;
struct prov_inbox;
struct prov_sweep;

struct prov {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct prov_conf *conf;
	struct hms_pg *pg;  /* transactions */
	struct hms_pg *aux; /* sweeps, dictionary, ownership */
	struct hms_redis *redis;
	struct hms_producer *producer;
	struct hms_outbox *outbox;
	struct hms_consumer *consumer;
	struct prov_models *models;
	struct prov_catalog *catalog;	   /* batches have pointers into it */
	struct prov_catalog *catalog_next; /* takes its place between two batches */
	struct prov_parts parts;
	struct prov_dict *dict;
	struct prov_inbox *inbox;
	struct prov_batch *batch;
	struct prov_sweep *sweep;
	struct hms_command_ids ids;
	int64_t held; /* held devices, as last counted */
	bool schema_ok, draining;
};

#endif
