/* A device with its alarm list, without stores: inputs, transactions, and what came of them. */
#include "fixture.h"

#include <stdio.h>

#define PARAMS_MAX 256

struct alm_context ctx;
struct alm_device dev;
static struct hms_command_ids ids;

int fixture_setup(void **state)
{
	(void)state;
	ctx = (struct alm_context){ .arena = hms_arena_new(8 << 20),
				    .ids = &ids,
				    .now_us = RECV_US + 1000,
				    .limits = { .alarms_max = 100, .partial_wait_us = 60000000 },
				    .pasts = hms_map_new(1000),
				    .seen = hms_map_new(1000) };
	dev = (struct alm_device){ .id = { { 1 } }, .known = true, .tenant = HMS_STR("default") };
	dev.tail = &dev.inputs;
	return ctx.arena && ctx.pasts && ctx.seen ? 0 : -1;
}

int fixture_teardown(void **state)
{
	(void)state;
	assert_false(ctx.failed);
	hms_arena_free(&ctx.arena);
	hms_map_free(&ctx.pasts);
	hms_map_free(&ctx.seen);
	return 0;
}

static struct alm_input *add(Hms__DeviceEvent *ev)
{
	struct alm_input *in = hms_arena_alloc(ctx.arena, sizeof(*in));

	assert_non_null(in);
	in->ev = ev;
	in->recv_us = ev ? ev->recv_us : ctx.now_us;
	*dev.tail = in;
	dev.tail = &in->next;
	return in;
}

static Hms__DeviceEvent *event_new(Hms__DeviceEvent__BodyCase body)
{
	Hms__DeviceEvent *ev = hms_arena_alloc(ctx.arena, sizeof(*ev));

	hms__device_event__init(ev);
	ev->recv_us = RECV_US;
	ev->sid = 7;
	ev->last = true;
	ev->body_case = body;
	return ev;
}

static Hms__Param **params_of(pair *pairs, size_t count)
{
	Hms__Param **list = hms_arena_alloc(ctx.arena, PARAMS_MAX * sizeof(*list));

	assert_true(count <= PARAMS_MAX);
	for (size_t i = 0; i < count; i++) {
		list[i] = hms_arena_alloc(ctx.arena, sizeof(**list));
		hms__param__init(list[i]);
		list[i]->name = hms_arena_strz(ctx.arena, hms_str(pairs[i][0]));
		list[i]->value = hms_arena_strz(ctx.arena, hms_str(pairs[i][1]));
	}
	return list;
}

struct alm_input *inform(pair *params, size_t count, uint32_t classes)
{
	Hms__DeviceEvent *ev = event_new(HMS__DEVICE_EVENT__BODY_INFORM);
	struct alm_input *in = add(ev);

	ev->classes = classes;
	ev->inform = hms_arena_alloc(ctx.arena, sizeof(*ev->inform));
	hms__inform__init(ev->inform);
	ev->inform->params = params_of(params, count);
	ev->inform->n_params = count;
	assert_int_equal(hms_fault_rows(ctx.arena, ev->inform->params, count, 1000, &in->rows), 0);
	return in;
}

struct alm_input *answer(pair *params, size_t count, uint64_t command, uint64_t sid, uint32_t part, bool last)
{
	Hms__DeviceEvent *ev = event_new(HMS__DEVICE_EVENT__BODY_RPC_RESULT);
	struct alm_input *in = add(ev);

	ev->sid = sid;
	ev->part = part;
	ev->last = last;
	ev->rpc_result = hms_arena_alloc(ctx.arena, sizeof(*ev->rpc_result));
	hms__rpc_result__init(ev->rpc_result);
	ev->rpc_result->command_id = command;
	ev->rpc_result->params = params_of(params, count);
	ev->rpc_result->n_params = count;
	assert_int_equal(hms_fault_rows(ctx.arena, ev->rpc_result->params, count, 1000, &in->rows), 0);
	return in;
}

struct alm_input *internal(const char *key, const char *severity, bool cleared)
{
	Hms__DeviceEvent *ev = event_new(HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM);
	static int64_t later;

	ev->recv_us += ++later;
	ev->internal_alarm = hms_arena_alloc(ctx.arena, sizeof(*ev->internal_alarm));
	hms__internal_alarm__init(ev->internal_alarm);
	ev->internal_alarm->key = (char *)key;
	ev->internal_alarm->severity = (char *)severity;
	ev->internal_alarm->cleared = cleared;
	return add(ev);
}

int64_t at(int seconds) { return INT64_C(1714564800000000) + (int64_t)seconds * 1000000; }

struct alm_input *event(int seconds, const char *identifier, const char *type, const char *severity, const char *text)
{
	const char *time = hms_arena_printf(ctx.arena, "2024-05-01T%02d:%02d:%02dZ", 12 + seconds / 3600, seconds / 60 % 60, seconds % 60);
	pair row[] = { { D2 "ExpeditedEvent.1.EventTime", time },
		       { D2 "ExpeditedEvent.1.AlarmIdentifier", identifier },
		       { D2 "ExpeditedEvent.1.NotificationType", type },
		       { D2 "ExpeditedEvent.1.ManagedObjectInstance", "HeNB=1" },
		       { D2 "ExpeditedEvent.1.EventType", "Communications" },
		       { D2 "ExpeditedEvent.1.ProbableCause", "Link Failure" },
		       { D2 "ExpeditedEvent.1.SpecificProblem", "S1 link down" },
		       { D2 "ExpeditedEvent.1.PerceivedSeverity", severity },
		       { D2 "ExpeditedEvent.1.AdditionalText", text } };

	return INFORM(row);
}

void ask(const char *op, int64_t alarm_id)
{
	struct alm_request *r = hms_arena_alloc(ctx.arena, sizeof(*r));

	*r = (struct alm_request){
		.alarm_id = alarm_id, .op = hms_str(op), .user_name = HMS_STR("ann"), .system = HMS_STR("noc"), .note = HMS_STR("seen")
	};
	alm_push(&ctx, &dev, requests, r);
}

static void give_past(struct alm_notice *n)
{
	struct alm_past *past = hms_map_get(ctx.pasts, &n->natural_key, sizeof(n->natural_key));

	if (!past) {
		past = hms_arena_alloc(ctx.arena, sizeof(*past));
		assert_int_equal(hms_map_put(ctx.pasts, &n->natural_key, sizeof(n->natural_key), past), 0);
	}
	n->past = past;
}

/* What has been removed is not loaded again. ctx.seen lives on: it stands for history. */
static void forget_removed(void)
{
	size_t alarms = 0, parts = 0;

	for (size_t i = 0; i < dev.alarms_count; i++)
		if (!dev.alarms[i]->removed)
			dev.alarms[alarms++] = dev.alarms[i];
	for (size_t i = 0; i < dev.parts_count; i++)
		if (!dev.parts[i]->removed)
			dev.parts[parts++] = dev.parts[i];
	dev.alarms_count = alarms;
	dev.parts_count = parts;
	dev.listing.stored |= dev.listing.dirty;
	dev.requests_count = 0;
	dev.inputs = NULL;
	dev.tail = &dev.inputs;
	dev.overflowed = false;
}

void run(void)
{
	ctx.history = NULL;
	ctx.history_count = ctx.history_room = 0;
	ctx.now_us += 1000;
	if (!dev.inputs)
		(void)add(NULL);
	alm_resolve(&ctx, &dev);
	for (struct alm_input *in = dev.inputs; in; in = in->next)
		for (struct alm_notice *n = in->notices; n; n = n->next)
			give_past(n);
	alm_decide(&ctx, &dev);
	forget_removed();
}

size_t listed(void) { return dev.alarms_count; }

struct alm_alarm *alarm_at(size_t index)
{
	assert_true(index < dev.alarms_count);
	return dev.alarms[index];
}

const char *transitions(void)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ctx.history_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "",
					alm_transition_names[ctx.history[i]->transition]);
	return text;
}
