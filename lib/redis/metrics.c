/* Counters of all Redis clients of the process, and the section [redis] of the configuration. */
#include "redis_internal.h"

const struct hms_metric_def hms_redis_metric_defs[] = {
#define METRIC_OWNER struct redis_metrics
#include "hms/metrics/rows.inc"
#include "hms/redis/metrics.def"
#include "hms/metrics/end.inc"
};
const size_t hms_redis_metric_count = sizeof(hms_redis_metric_defs) / sizeof(hms_redis_metric_defs[0]);

struct redis_metrics redis_metrics;

static const struct hms_conf_key redis_keys[] = {
#define CONF_OWNER struct hms_redis_conf
#include "hms/conf/rows.inc"
#include "hms/redis/config.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section hms_redis_conf_section =
	HMS_CONF_SECTION("redis", redis_keys, struct hms_redis_conf, "Redis: caches and mailboxes.");

int hms_redis_metrics_register(struct hms_metrics *metrics)
{
	return hms_metrics_add(metrics, hms_redis_metric_defs, hms_redis_metric_count, &redis_metrics);
}

void redis_metrics_command(enum redis_result result)
{
	static const char *const names[REDIS_RESULT_COUNT] = {
		[REDIS_RESULT_OK] = "ok",
		[REDIS_RESULT_ERROR] = "error",
		[REDIS_RESULT_TIMEOUT] = "timeout",
		[REDIS_RESULT_UNAVAILABLE] = "unavailable",
	};
	static struct hms_counter *counters[REDIS_RESULT_COUNT];

	/* the row of the label is the first of the table */
	_Static_assert(offsetof(struct redis_metrics, commands) == 0, "commands is the first row");
	if (!counters[result])
		counters[result] = hms_vec_at(&redis_metrics.commands, &hms_redis_metric_defs[0], names[result]);
	hms_counter_inc(counters[result]);
}
