/* The mode `sessions`: what it is made of, how it starts, drains and ends. */
#include <string.h>

#include "budget.h"
#include "conn.h"
#include "cookie.h"
#include "directory.h"
#include "fe.h"
#include "group.h"
#include "guess.h"
#include "hms/redis/mailbox.h"
#include "hold.h"
#include "lag.h"
#include "listener.h"
#include "mode.h"
#include "post.h"
#include "shed.h"
#include "trace.h"

#define SCHEMA_LOW 17
#define KAFKA_WAIT_MS 10000
#define FLUSH_MS 5000
#define POSTS_KEPT 1024
#define SCRATCH_MAX 4096

static struct fe the_fe; /* connections and requests outlive fini for a moment and give their memory back to it */

/* ---- the schema of PostgreSQL ---- */

static void on_schema(const struct hms_err *err, void *arg)
{
	struct fe *fe = arg;

	if (err->code == HMS_EVERSION)
		hms_app_fail(fe->app, err->text);
}

static void on_pg_up(struct hms_pg *pg, void *arg)
{
	struct fe *fe = arg;

	hms_pg_schema_ask(pg, SCHEMA_LOW, HMS_SCHEMA_HIGH, on_schema, arg);
	fe_groups_read(fe->groups);
	fe_trace_refresh(fe->trace);
}

/* ---- Redis ---- */
static void on_redis_up(struct hms_redis *redis, void *arg)
{
	struct fe *fe = arg;

	(void)redis;
	fe_hold_ask_all(fe->waiters);
}

static void on_wake(struct hms_str payload, void *arg)
{
	struct fe *fe = arg;
	struct hms_device_id device;
	uint64_t sid;

	if (hms_wake_parse(payload, &device, &sid) == 0)
		fe_hold_wake(fe->waiters, device, sid);
}

/* ---- start ---- */
static int no_memory(struct hms_err *err) { return hms_err_set(err, HMS_ENOMEM, "out of memory"); }

static int open_secret(struct fe *fe, struct hms_err *err)
{
	const struct hms_service_conf *conf = hms_conf_get(hms_app_conf(fe->app), &hms_service_conf_section);
	int rc = hms_secret_load(conf->secret_file, &fe->secret, err);

	if (rc)
		return hms_err_prefix(err, "[service] secret_file");
	fe->cookie_sealer = hms_sealer_new(fe->secret, "cookie", FE_COOKIE_PERIOD_S);
	fe->credential_sealer = hms_sealer_new(fe->secret, HMS_CREDENTIAL_PURPOSE, 0);
	hms_secret_key(fe->secret, "nonce", fe->nonce_key.key);
	return fe->cookie_sealer && fe->credential_sealer ? 0 : no_memory(err);
}

static int open_kafka(struct fe *fe, struct hms_err *err)
{
	const struct hms_kafka_conf *conf = hms_conf_get(hms_app_conf(fe->app), &hms_kafka_conf_section);
	int partitions = (int)conf->partitions;

	if (partitions == 0)
		partitions = hms_topic_partitions(conf, HMS_TOPIC_DEVICE_EVENTS, KAFKA_WAIT_MS, err);
	if (partitions < 0)
		return partitions;
	fe->partitions = (unsigned)partitions;
	fe->producer = hms_producer_new(fe->loop, conf, fe->instance, err);
	return fe->producer ? 0 : HMS_EINVAL;
}

static int open_redis(struct fe *fe, struct hms_err *err)
{
	static const struct hms_redis_state_cb callbacks = { .up = on_redis_up };
	char channel[192];

	fe->redis = hms_redis_new(fe->loop, hms_conf_get(hms_app_conf(fe->app), &hms_redis_conf_section), &callbacks, fe, err);
	if (!fe->redis)
		return HMS_EINVAL;
	hms_fe_channel(fe->instance, channel, sizeof(channel));
	return hms_redis_subscribe(fe->redis, channel, on_wake, fe) ? no_memory(err) : 0;
}

static int open_postgres(struct fe *fe, struct hms_err *err)
{
	static const struct hms_pg_cb callbacks = { .up = on_pg_up };

	fe->pg = hms_pg_new(fe->loop, hms_conf_get(hms_app_conf(fe->app), &hms_pg_conf_section), fe->instance, &callbacks, fe);
	return fe->pg ? 0 : no_memory(err);
}

static int open_parts(struct fe *fe, struct hms_err *err)
{
	fe->unknown_rate = hms_rate_new();
	fe->miss_rate = hms_rate_new();
	fe->auth_rate = hms_rate_new();
	fe->guesses = fe_guesses_new();
	fe->budget = fe_budget_new();
	fe->waiters = fe_waiters_new(fe);
	fe->directory = fe_directory_new(fe);
	fe->groups = fe_groups_new(fe);
	fe->trace = fe_trace_new(fe);
	return fe->unknown_rate && fe->miss_rate && fe->auth_rate && fe->guesses && fe->budget && fe->waiters && fe->directory &&
			       fe->groups && fe->trace
		       ? 0
		       : no_memory(err);
}

static int open_quirks(struct fe *fe, struct hms_err *err)
{
	int rc = hms_quirks_load(fe->conf->quirks_dir, &fe->quirks, err);

	return rc ? hms_err_prefix(err, "[cwmp-frontend] quirks_dir") : 0;
}

static int open_lag(struct fe *fe, struct hms_err *err)
{
	fe->lag = fe_lag_new(fe);
	fe->shed = fe_shed_new(fe);
	return fe->lag && fe->shed ? 0 : no_memory(err);
}

static int open_metrics(struct fe *fe, struct hms_err *err)
{
	struct hms_metrics *metrics = hms_app_metrics(fe->app);
	int rc = hms_metrics_add(metrics, fe_metric_defs, fe_metric_count, &fe->m);

	if (rc == 0)
		rc = hms_bus_metrics_register(metrics);
	if (rc == 0)
		rc = hms_redis_metrics_register(metrics);
	if (rc == 0)
		rc = hms_pg_metrics_register(metrics);
	return rc ? hms_err_set(err, rc, "metrics: %s", hms_strerror(rc)) : 0;
}

static void open_pools(struct fe *fe, int64_t record_max_bytes)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;

	limits.value_bytes = fe_conf_value_max(fe->conf, record_max_bytes);
	limits.body_bytes = (size_t)fe->conf->answer_max_bytes;
	fe_works_init(&fe->inside, &limits, (size_t)fe->conf->part_bytes);
	limits.body_bytes = (size_t)fe->conf->inform_max_bytes;
	limits.params = (unsigned)fe->conf->inform_params_max;
	fe_works_init(&fe->outside, &limits, (size_t)fe->conf->part_bytes);
	fe_pool_init(&fe->posts, sizeof(struct fe_post), POSTS_KEPT);
	fe_pool_init(&fe->conns, sizeof(struct fe_conn), POSTS_KEPT);
	hms_buf_init(&fe->packed, (size_t)record_max_bytes);
	hms_buf_init(&fe->scratch, SCRATCH_MAX);
}

static void fini(struct hms_app *app, void *state);

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	static int (*const steps[])(struct fe * fe, struct hms_err * err) = {
		open_secret, open_quirks, open_kafka, open_parts, open_redis, open_postgres, open_lag, open_metrics, fe_listeners_open,
	};
	const struct hms_kafka_conf *kafka = hms_conf_get(hms_app_conf(app), &hms_kafka_conf_section);
	struct fe *fe = &the_fe;
	int rc;

	*fe = (struct fe){ .app = app, .loop = hms_app_loop(app), .instance = hms_app_instance(app) };
	fe->conf = hms_conf_get(hms_app_conf(app), &fe_conf_section);
	*state = fe;
	open_pools(fe, kafka->record_max_bytes);
	rc = fe_conf_check(fe->conf, kafka->record_max_bytes, err);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == 0; i++)
		rc = steps[i](fe, err);
	if (rc)
		fini(app, fe);
	return rc;
}

/* ---- life ---- */
static void reload_quirks(struct fe *fe)
{
	struct hms_quirk_registry *now;
	struct hms_err err;

	if (hms_quirks_load(fe->conf->quirks_dir, &now, &err)) {
		log_error("the front end keeps its registry of quirks", KV_Z("error", err.text));
		return;
	}
	hms_quirks_free(&fe->quirks);
	fe->quirks = now;
	log_info("registry of quirks read", KV_U("entries", hms_quirks_count(now)));
}

static void reload(struct hms_app *app, void *state)
{
	struct fe *fe = state;
	const struct hms_kafka_conf *kafka = hms_conf_get(hms_app_conf(app), &hms_kafka_conf_section);
	const struct fe_conf *conf = hms_conf_get(hms_app_conf(app), &fe_conf_section);
	struct hms_err err;

	if (fe_conf_check(conf, kafka->record_max_bytes, &err))
		log_error("the front end keeps its settings", KV_Z("error", err.text));
	else
		fe->conf = conf;
	reload_quirks(fe);
	fe_listeners_reload(fe);
}

static void drained(struct fe *fe) { hms_app_drained(fe->app); }

static void drain(struct hms_app *app, void *state)
{
	struct fe *fe = state;

	(void)app;
	fe->draining = true;
	fe_hold_ask_all(fe->waiters);
	fe_listeners_drain(fe, drained);
}

static void fini(struct hms_app *app, void *state)
{
	struct fe *fe = state;

	(void)app;
	fe->closing = true;
	fe_waiters_free(&fe->waiters);
	fe_listeners_close(fe);
	hms_producer_free(&fe->producer, FLUSH_MS);
	hms_redis_free(&fe->redis);
	hms_pg_free(&fe->pg);
	fe_directory_free(&fe->directory);
	fe_groups_free(&fe->groups);
	fe_trace_free(&fe->trace);
	fe_lag_free(&fe->lag);
	fe_shed_free(&fe->shed);
	hms_rate_free(&fe->unknown_rate);
	hms_rate_free(&fe->miss_rate);
	hms_rate_free(&fe->auth_rate);
	fe_guesses_free(&fe->guesses);
	fe_budget_free(&fe->budget);
	hms_quirks_free(&fe->quirks);
	hms_sealer_free(&fe->cookie_sealer);
	hms_sealer_free(&fe->credential_sealer);
	hms_secret_free(&fe->secret);
	explicit_bzero(&fe->nonce_key, sizeof(fe->nonce_key));
	fe_works_fini(&fe->outside);
	fe_works_fini(&fe->inside);
	fe_pool_fini(&fe->posts);
	fe_pool_fini(&fe->conns);
	hms_buf_fini(&fe->packed);
	hms_buf_fini(&fe->scratch);
}

/* Partitions whose lag nobody reports: their owner is away, or still behind after a start. */
static unsigned unreported(const struct fe *fe)
{
	unsigned n = 0;

	for (unsigned p = 0; p < fe->partitions; p++)
		n += fe_lag_ms(fe->lag, p) < 0;
	return n;
}

/* Without Redis or PostgreSQL devices are served less well, but served: a front end that said "not ready" would leave
 * its balancer with none. */
static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	struct fe *fe = state;
	bool kafka = hms_producer_healthy(fe->producer);
	unsigned silent = unreported(fe);

	(void)app;
	if (!kafka)
		hms_buf_strz(why, "not ready: records are not acknowledged by Kafka\n");
	if (!hms_redis_is_up(fe->redis))
		hms_buf_strz(why, "degraded: redis is away: no session waits, BOOTSTRAP and BOOT are refused\n");
	if (!hms_pg_is_up(fe->pg))
		hms_buf_strz(why, "degraded: postgres is away: devices without a cache entry are refused\n");
	if (silent)
		hms_buf_printf(why, "degraded: nobody consumes %u of %u partitions: BOOTSTRAP and BOOT are refused there\n", silent,
			       fe->partitions);
	return kafka;
}

const struct fe_mode fe_mode_sessions = { .init = init, .reload = reload, .drain = drain, .fini = fini, .ready = ready };
