/* The mode `reach`: from a record of hms.reach to a ReachResult in hms.device-events. A record's offset is told to Kafka when its result is there: what was under way when a
 * process dies is called again, which is harmless. */
#include "reach.h"

#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/device/event.h"

#define GROUP "hms-reach"
#define KAFKA_WAIT_MS 10000
#define FLUSH_MS 5000
#define FETCH_WAIT_MS 5
#define FETCH_MIN_BYTES 65536
#define TAKEN_AT_ONCE 128
#define RECORD_MAX 65536

const struct hms_metric_def fe_reach_metric_defs[] = {
#define METRIC_OWNER struct fe_reach_metrics
#include "hms/metrics/rows.inc"
#include "reach_metrics.def"
#include "hms/metrics/end.inc"
};
const size_t fe_reach_metric_count = sizeof(fe_reach_metric_defs) / sizeof(fe_reach_metric_defs[0]);

static const char *const topics[] = { HMS_TOPIC_REACH, NULL };

static struct fe_reach the_reach;

/* ---------------------------------------------------------------- offsets */

static void commit(struct fe_reach *r, unsigned part)
{
	const struct fe_reach_part *p = &r->parts[part];
	const struct fe_call *oldest = hms_list_empty(&p->calls) ? NULL : hms_container_of(p->calls.next, struct fe_call, in_part);

	if (p->mine && r->consumer)
		hms_consumer_commit(r->consumer, topics[0], (int32_t)part, oldest ? oldest->offset : p->next);
}

static void on_assigned(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct fe_reach *r = arg;

	for (size_t i = 0; i < count; i++) {
		if ((unsigned)partitions[i] >= r->partitions)
			continue;
		r->parts[partitions[i]].mine = true;
		hms_consumer_start(c, topic, partitions[i], HMS_CONSUMER_COMMITTED);
	}
}

/* What is under way ends, and is told; its offsets are another's now. */
static void on_revoked(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct fe_reach *r = arg;
	struct hms_list *it, *next;

	(void)c;
	(void)topic;
	for (size_t i = 0; i < count; i++) {
		if ((unsigned)partitions[i] >= r->partitions)
			continue;
		r->parts[partitions[i]].mine = false;
		hms_list_foreach(it, next, &r->parts[partitions[i]].calls)
			hms_list_remove(it);
	}
}

/* Nothing was committed yet, or what was is gone: old records are dropped by their deadline. */
static void on_failed(struct hms_consumer *c, const char *topic, int32_t partition, int code, const char *text, void *arg)
{
	struct fe_reach *r = arg;

	if (hms_log_allow(&r->log, 1, hms_loop_now_ms(r->loop)))
		log_info("hms.reach is read from its beginning", KV_I("partition", partition), KV_Z("reason", text), KV_I("code", code));
	hms_consumer_start(c, topic, partition, HMS_CONSUMER_OLDEST);
}

/* ---------------------------------------------------------------- results */

static void release(struct fe_call *call)
{
	struct fe_reach *r = call->reach;
	unsigned part = call->part;

	fe_call_free(call);
	hms_gauge_set(&r->m.in_flight, (int64_t)--r->in_flight);
	commit(r, part);
	if (!r->consumer)
		return; /* at the end of the process */
	if (r->draining && r->in_flight == 0)
		hms_app_drained(r->app);
	else
		hms_defer_schedule(r->loop, &r->more);
}

static void on_told(int code, int64_t offset, void *arg)
{
	struct fe_call *call = arg;

	(void)offset;
	if (code)
		hms_counter_inc(&call->reach->m.results_lost);
	if (code != HMS_ECANCELED)
		release(call);
}

static int pack(struct fe_call *call, enum hms_reach_outcome outcome, unsigned status, const char *detail)
{
	Hms__DeviceEvent event = HMS__DEVICE_EVENT__INIT;
	Hms__ReachResult result = HMS__REACH_RESULT__INIT;

	result.outcome = (Hms__ReachResult__Outcome)outcome;
	result.detail = (char *)detail;
	result.attempt = call->attempt;
	result.status = status;
	result.took_ms = (uint32_t)((hms_mono_us() - call->began_us) / 1000);
	event.device_id = (ProtobufCBinaryData){ sizeof(call->device.b), call->device.b };
	event.recv_us = hms_wall_us();
	event.fe = (char *)hms_app_instance(call->reach->app);
	event.tenant = call->tenant;
	event.last = true;
	event.body_case = HMS__DEVICE_EVENT__BODY_REACH_RESULT;
	event.reach_result = &result;
	hms_buf_reset(&call->reach->packed);
	return hms_event_pack(&event, &call->reach->packed);
}

void fe_reach_ended(struct fe_call *call, enum hms_reach_outcome outcome, unsigned status, const char *detail)
{
	struct fe_reach *r = call->reach;
	struct hms_record record = {
		.topic = HMS_TOPIC_DEVICE_EVENTS,
		.partition = (int32_t)hms_device_partition(call->device, r->partitions),
		.key = hms_strn((const char *)call->device.b, sizeof(call->device.b)),
		.header_purpose = HMS_STR("reach"),
	};
	int rc = pack(call, outcome, status, detail);

	hms_counter_inc(hms_vec_find(&r->m.outcomes, fe_reach_metric_defs, fe_reach_metric_count, &r->m, hms_reach_info(outcome)->label));
	hms_histogram_observe_us(&r->m.call_seconds, hms_mono_us() - call->began_us);
	record.value = hms_buf_view(&r->packed);
	if (rc == 0)
		rc = hms_producer_send(r->producer, HMS_LANE_URGENT, &record, on_told, call);
	if (rc == 0)
		return;
	hms_counter_inc(&r->m.results_lost);
	release(call);
}

/* ---------------------------------------------------------------- records */

static void read_credentials(struct fe_call *call, const Hms__ReachRequest *request)
{
	struct fe_reach *r = call->reach;

	for (size_t i = 0; i < request->n_credentials && call->credential_count < FE_REACH_CREDENTIALS_MAX; i++) {
		struct hms_str sealed = hms_strn((const char *)request->credentials[i].data, request->credentials[i].len);

		if (hms_credential_unseal(r->sealer, call->device, sealed, &call->credentials[call->credential_count]) == 0)
			call->credential_count++;
		else if (hms_log_allow(&r->log, 1, hms_loop_now_ms(r->loop)))
			log_error("credentials of a connection request cannot be opened",
				  KV_B("device", call->device.b, sizeof(call->device.b)));
	}
}

static void call_device(struct fe_reach *r, const struct hms_message *msg, const Hms__ReachRequest *request)
{
	struct fe_call *call = calloc(1, sizeof(*call));
	enum hms_reach_outcome why;

	if (!call) {
		hms_counter_inc(&r->m.results_lost);
		return;
	}
	call->reach = r;
	call->part = (unsigned)msg->partition;
	call->offset = msg->offset;
	memcpy(call->device.b, request->device_id.data, sizeof(call->device.b));
	call->attempt = request->attempt;
	call->deadline_us = request->deadline_us;
	snprintf(call->tenant, sizeof(call->tenant), "%s", request->tenant);
	hms_list_push_back(&r->calls, &call->node);
	hms_list_push_back(&r->parts[call->part].calls, &call->in_part);
	hms_gauge_set(&r->m.in_flight, (int64_t)++r->in_flight);
	hms_histogram_observe_us(&r->m.wait_seconds, (uint64_t)(hms_wall_us() > request->at_us ? hms_wall_us() - request->at_us : 0));
	read_credentials(call, request);
	why = fe_target_read(&r->rules, request->url, &call->url);
	call->began_us = hms_mono_us();
	if (why)
		fe_reach_ended(call, why, 0, "");
	else
		fe_call_begin(call);
}

static void take(struct fe_reach *r, const struct hms_message *msg)
{
	Hms__ReachRequest *request;

	hms_arena_reset(r->arena);
	r->parts[msg->partition].next = msg->offset + 1;
	if (hms_reach_unpack(r->arena, msg->value.p, msg->value.len, &request))
		hms_counter_inc(&r->m.rejected); /* one of a newer release is called again by provisioning, when that release runs here */
	else if (request->kind != HMS__REACH_REQUEST__KIND__HTTP)
		hms_counter_inc(&r->m.elsewhere);
	else if (request->deadline_us <= hms_wall_us())
		hms_counter_inc(&r->m.late);
	else
		call_device(r, msg, request);
	commit(r, (unsigned)msg->partition);
}

static void take_more(struct fe_reach *r)
{
	struct hms_message messages[TAKEN_AT_ONCE];
	size_t most = (size_t)r->conf->in_flight_max, room = r->in_flight < most ? most - r->in_flight : 0, count;

	if (r->draining || room == 0)
		return; /* release() looks again */
	count = hms_consumer_poll(r->consumer, messages, room < TAKEN_AT_ONCE ? room : TAKEN_AT_ONCE);
	for (size_t i = 0; i < count; i++)
		if ((unsigned)messages[i].partition < r->partitions)
			take(r, &messages[i]);
	hms_consumer_release(r->consumer, messages, count);
	if (count)
		hms_defer_schedule(r->loop, &r->more);
}

static void on_more(struct hms_defer *defer, void *arg)
{
	(void)defer;
	take_more(arg);
}

static void on_readable(struct hms_consumer *c, void *arg)
{
	(void)c;
	take_more(arg);
}

/* ---------------------------------------------------------------- life */

static int no_memory(struct hms_err *err) { return hms_err_set(err, HMS_ENOMEM, "out of memory"); }

static int open_secret(struct fe_reach *r, struct hms_err *err)
{
	const struct hms_service_conf *conf = hms_conf_get(hms_app_conf(r->app), &hms_service_conf_section);
	struct hms_secret *secret;
	int rc = hms_secret_load(conf->secret_file, &secret, err);

	if (rc)
		return hms_err_prefix(err, "[service] secret_file");
	r->sealer = hms_sealer_new(secret, HMS_CREDENTIAL_PURPOSE, 0);
	hms_secret_free(&secret);
	return r->sealer ? 0 : no_memory(err);
}

static int open_parts(struct fe_reach *r, struct hms_err *err)
{
	const struct hms_kafka_conf *conf = hms_conf_get(hms_app_conf(r->app), &hms_kafka_conf_section);
	int partitions = conf->partitions ? (int)conf->partitions : hms_topic_partitions(conf, HMS_TOPIC_REACH, KAFKA_WAIT_MS, err);

	if (partitions < 0)
		return partitions;
	r->partitions = (unsigned)partitions;
	r->parts = calloc(r->partitions, sizeof(*r->parts));
	r->arena = hms_arena_new(RECORD_MAX);
	hms_buf_init(&r->packed, RECORD_MAX);
	r->curl = curl_global_init(CURL_GLOBAL_DEFAULT) ? NULL : fe_curl_new(r->loop, fe_call_on_done, &r->m.sockets);
	for (unsigned i = 0; r->parts && i < r->partitions; i++)
		hms_list_init(&r->parts[i].calls);
	return r->parts && r->arena && r->curl ? 0 : no_memory(err);
}

static int open_kafka(struct fe_reach *r, struct hms_err *err)
{
	static const struct hms_consumer_cb callbacks = {
		.assigned = on_assigned, .revoked = on_revoked, .readable = on_readable, .failed = on_failed
	};
	const struct hms_kafka_conf *conf = hms_conf_get(hms_app_conf(r->app), &hms_kafka_conf_section);
	const struct hms_consumer_opts opts = { .group = GROUP,
						.instance = hms_app_instance(r->app),
						.topics = topics,
						.fetch_wait_ms = FETCH_WAIT_MS,
						.fetch_min_bytes = FETCH_MIN_BYTES };

	r->producer = hms_producer_new(r->loop, conf, hms_app_instance(r->app), err);
	r->consumer = r->producer ? hms_consumer_new(r->loop, conf, &opts, &callbacks, r, err) : NULL;
	return r->consumer ? 0 : err->code;
}

static int open_metrics(struct fe_reach *r, struct hms_err *err)
{
	struct hms_metrics *metrics = hms_app_metrics(r->app);

	if (hms_metrics_add(metrics, fe_reach_metric_defs, fe_reach_metric_count, &r->m) || hms_bus_metrics_register(metrics))
		return hms_err_set(err, HMS_ENOMEM, "metrics cannot be registered");
	return 0;
}

static void fini(struct hms_app *app, void *state)
{
	struct fe_reach *r = state;
	struct hms_list *it, *next;

	(void)app;
	r->draining = true;
	hms_consumer_free(&r->consumer);
	hms_producer_free(&r->producer, FLUSH_MS);
	hms_defer_cancel(&r->more);
	hms_list_foreach(it, next, &r->calls)
		fe_call_free(hms_container_of(it, struct fe_call, node));
	fe_curl_free(&r->curl);
	hms_sealer_free(&r->sealer);
	hms_arena_free(&r->arena);
	hms_buf_fini(&r->packed);
	free(r->parts);
	r->parts = NULL;
	curl_global_cleanup();
}

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	static int (*const steps[])(struct fe_reach * r, struct hms_err * err) = { open_metrics, open_secret, open_parts, open_kafka };
	struct fe_reach *r = &the_reach;
	int rc;

	*r = (struct fe_reach){ .app = app, .loop = hms_app_loop(app) };
	r->conf = hms_conf_get(hms_app_conf(app), &fe_reach_section);
	hms_list_init(&r->calls);
	hms_defer_init(&r->more, on_more, r);
	*state = r;
	rc = fe_target_rules_make(r->conf, &r->rules, err);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == 0; i++)
		rc = steps[i](r, err);
	if (rc)
		fini(app, r);
	return rc;
}

static void reload(struct hms_app *app, void *state)
{
	struct fe_reach *r = state;
	const struct fe_reach_conf *conf = hms_conf_get(hms_app_conf(app), &fe_reach_section);
	struct fe_target_rules rules;
	struct hms_err err;

	if (fe_target_rules_make(conf, &rules, &err)) {
		log_error("the front end keeps its settings", KV_Z("error", err.text));
		return;
	}
	r->conf = conf;
	r->rules = rules;
	hms_defer_schedule(r->loop, &r->more);
}

static void drain(struct hms_app *app, void *state)
{
	struct fe_reach *r = state;

	r->draining = true;
	if (r->in_flight == 0)
		hms_app_drained(app);
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	const struct fe_reach *r = state;
	bool healthy = hms_producer_healthy(r->producer);

	(void)app;
	if (!healthy)
		hms_buf_strz(why, "not ready: records are not acknowledged by Kafka\n");
	return healthy;
}

const struct fe_mode fe_mode_reach = { .init = init, .reload = reload, .drain = drain, .fini = fini, .ready = ready };
