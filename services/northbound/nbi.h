/** The northbound service: what its parts share. */
#ifndef NBI_H
#define NBI_H

#include "hms/app/app.h"
#include "hms/net/rate.h"
#include "hms/pg/pg.h"
#include "hms/redis/redis.h"

#define NBI_SERVICE "northbound"

struct nbi_conf {
#include "hms/conf/fields.inc"
#include "config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section nbi_conf_section;

struct nbi_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern const struct hms_metric_def nbi_metric_defs[];
extern const size_t nbi_metric_count;

/* Place of each metric in the table. */
enum nbi_metric {
#define METRIC_COUNTER(field, ...) NBI_M_##field,
#define METRIC_GAUGE(field, ...) NBI_M_##field,
#define METRIC_HISTOGRAM(field, ...) NBI_M_##field,
#define METRIC_VEC(field, ...) NBI_M_##field,
#include "metrics.def"
#include "hms/metrics/end.inc"
};
/** Counts one of a labelled counter: NBI_COUNT(nbi, requests, "devices_list"). */
#define NBI_COUNT(nbi, field, label) hms_counter_inc(hms_vec_at(&(nbi)->m.field, &nbi_metric_defs[NBI_M_##field], label))

struct nbi_doorbell;
struct nbi_events;
struct nbi_paths;
struct nbi_plan;
struct nbi_plan_parts;
struct nbi_pool;
struct nbi_services;
struct nbi_tokens;

struct nbi {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct nbi_conf *conf;
	struct nbi_metrics m;
	struct hms_http_server *http;
	struct nbi_pool *pool;
	struct hms_redis *redis;
	struct nbi_tokens *tokens;
	struct nbi_events *events;
	struct nbi_doorbell *doorbell;
	struct nbi_paths *paths;
	struct nbi_services *services;
	struct nbi_plan_parts *plan_parts;
	struct hms_pg *plan_pg; /* of plans over all devices: one transaction each */
	struct nbi_plan *plan;	/* the one that is being made; NULL: none */
	struct hms_rate *token_rate, *failure_rate;
	struct hms_list requests; /* struct nbi_req */
	size_t request_count;
	struct hms_timer tidy; /* forgets old Idempotency-Keys */
	bool schema_ok, draining;
	struct hms_log_limit sql_log;
};

#endif
