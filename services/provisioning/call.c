/* Connection requests: when a device is called, how often, and until when. */
#include "call.h"

#include "call_want.h"
#include "hms/base/map.h"

const char *const prov_call_state_names[] = {
#define PROV_CALL(name, text) text,
#include "call_states.def"
#undef PROV_CALL
	NULL
};

enum { NETWORK_AGAIN_US = 1000000 };

/* ---------------------------------------------------------------- the row */

static struct prov_call *row(struct prov_context *ctx, struct prov_device *d)
{
	if (d->call)
		return d->call;
	d->call = hms_arena_alloc(ctx->arena, sizeof(*d->call));
	if (!d->call) {
		d->failed = true;
		return NULL;
	}
	d->call->device_id = d->id;
	d->call->outcome = d->call->reason = HMS_STR("");
	return d->call;
}

static void set(struct prov_call *c, enum prov_call_state state, int64_t due_us)
{
	if (c->state == (int)state && c->due == due_us)
		return;
	c->state = state;
	c->due = due_us;
	c->dirty = true;
}

static void forget(struct prov_device *d)
{
	struct prov_call *c = d->call;

	if (!c)
		return;
	set(c, PROV_CALL_IS_NONE, 0);
	c->tries = 0;
	c->attempt = 0;
	c->called = 0;
	c->outcome = c->reason = HMS_STR("");
}

void prov_call_inform(struct prov_device *d) { forget(d); }

/* ---------------------------------------------------------------- outcomes */

static int64_t back_off(const struct prov_call_rules *rules, int32_t tries)
{
	int64_t wait = rules->retry_min_us;

	while (--tries > 0 && wait < rules->retry_max_us)
		wait *= 2;
	return wait < rules->retry_max_us ? wait : rules->retry_max_us;
}

static void give_up(struct prov_context *ctx, struct prov_device *d, struct prov_call *c)
{
	set(c, PROV_CALL_IS_GIVEN_UP, 0);
	prov_device_note(d, ctx->arena, "call_given_up", "",
			 hms_arena_printf(ctx->arena, "{\"outcome\": \"%.*s\", \"tries\": %d}", HMS_STR_FMT(c->outcome), (int)c->tries));
}

static void ended(struct prov_context *ctx, struct prov_device *d, enum hms_reach_outcome outcome)
{
	const struct hms_reach_info *info = hms_reach_info((int)outcome);
	const struct prov_call_rules *rules = ctx->calls;
	struct prov_call *c = d->call;

	c->outcome = hms_str(info->label);
	c->reason = hms_str(info->text);
	c->ended = info->label;
	c->dirty = true;
	if (info->verdict == HMS_REACH_IS_ACCEPTED)
		set(c, PROV_CALL_IS_ACCEPTED, d->now_us + rules->inform_wait_us);
	else if (info->verdict == HMS_REACH_IS_GIVE_UP || c->tries >= rules->tries_max)
		give_up(ctx, d, c);
	else
		set(c, PROV_CALL_IS_WAITING,
		    d->now_us + (info->verdict == HMS_REACH_IS_BUSY ? rules->busy_wait_us : back_off(rules, c->tries)));
}

void prov_call_result(struct prov_context *ctx, struct prov_device *d, const Hms__ReachResult *result)
{
	/* One of a call that is not waited for any more: the device has come meanwhile, or it was too late. */
	if (ctx->calls && d->call && d->call->state == PROV_CALL_IS_CALLING && (uint64_t)d->call->attempt == result->attempt)
		ended(ctx, d, (enum hms_reach_outcome)result->outcome);
}

/* ---------------------------------------------------------------- limits */

static uint64_t key_of(const void *data, size_t len)
{
	uint64_t key = hms_hash(data, len);

	return key ? key : 1;
}

/* 0: it may be called now; else when to ask again. Who has to wait for the owner's limit keeps its place in the queue that the sweep takes from. */
static int64_t held_until(const struct prov_call_rules *rules, const struct prov_device *d)
{
	uint64_t now_ms = (uint64_t)(d->now_us / 1000), slow_ms = (uint64_t)(d->now_us / rules->device_interval_us * 1000);
	struct hms_addr addr;
	uint8_t network[16];

	if (rules->devices && !hms_rate_take_key(rules->devices, key_of(d->id.b, sizeof(d->id.b)), 1, slow_ms))
		return d->now_us + rules->device_interval_us;
	if (rules->networks && rules->network_rate && prov_call_host(d->cold.connection_request_url, &addr) == 0 &&
	    !hms_rate_take_key(rules->networks, key_of(network, hms_addr_network(&addr, network)), rules->network_rate, now_ms))
		return d->now_us + NETWORK_AGAIN_US;
	if (rules->all && rules->rate && !hms_rate_take_total(rules->all, rules->rate, now_ms))
		return d->now_us;
	return 0;
}

/* ---------------------------------------------------------------- deciding */

static void call(struct prov_context *ctx, struct prov_device *d, struct prov_call *c)
{
	const struct prov_call_rules *rules = ctx->calls;
	int64_t wait_us;

	if (!d->cold.connection_request_url.len)
		ended(ctx, d, HMS_REACH_NO_URL);
	else if (prov_call_is_nat(d->cold.connection_request_url, d->cold.peer_addr))
		ended(ctx, d, HMS_REACH_NAT);
	else if ((wait_us = held_until(rules, d)) != 0)
		set(c, PROV_CALL_IS_WAITING, wait_us);
	else {
		c->attempt = (int64_t)hms_command_id_next(ctx->ids, d->now_us);
		c->tries++;
		c->tries_max = rules->tries_max;
		c->called = d->now_us;
		c->deadline = d->now_us + rules->deadline_us;
		c->send = true;
		set(c, PROV_CALL_IS_CALLING, c->deadline + rules->retry_min_us);
	}
}

/* Returns whether the row says that nothing is to be decided now. */
static bool under_way(struct prov_context *ctx, struct prov_device *d)
{
	const struct prov_call *c = d->call;

	if (!c || c->state == PROV_CALL_IS_NONE || c->state == PROV_CALL_IS_SESSION || c->state == PROV_CALL_IS_LATER)
		return false;
	if (c->state == PROV_CALL_IS_GIVEN_UP || c->due > d->now_us)
		return true;
	if (c->state == PROV_CALL_IS_WAITING)
		return false;
	ended(ctx, d, c->state == PROV_CALL_IS_CALLING ? HMS_REACH_NO_RESULT : HMS_REACH_NO_INFORM);
	return true;
}

void prov_call_look(struct prov_context *ctx, struct prov_device *d)
{
	enum prov_call_state waits = PROV_CALL_IS_NONE;
	int64_t at_us = ctx->calls && ctx->calls->on ? prov_call_wanted(ctx, d, &waits) : PROV_CALL_NEVER;
	struct prov_call *c;

	if (at_us == PROV_CALL_NEVER) {
		forget(d);
		return;
	}
	if (under_way(ctx, d))
		return;
	c = row(ctx, d);
	if (c && at_us > d->now_us)
		set(c, waits, at_us);
	else if (c)
		call(ctx, d, c);
}

/* ---------------------------------------------------------------- the record */

int prov_call_pack(const struct prov_device *d, struct hms_buf *out)
{
	static const enum hms_credential_kind shown[] = { HMS_CREDENTIAL_CONNECTION, HMS_CREDENTIAL_CONNECTION_PENDING };
	Hms__ReachRequest request = HMS__REACH_REQUEST__INIT;
	ProtobufCBinaryData credentials[sizeof(shown) / sizeof(shown[0])];
	char url[2048], tenant[256];

	snprintf(url, sizeof(url), "%.*s", HMS_STR_FMT(d->cold.connection_request_url));
	snprintf(tenant, sizeof(tenant), "%.*s", HMS_STR_FMT(d->cold.tenant));
	request.device_id = (ProtobufCBinaryData){ sizeof(d->id.b), (uint8_t *)d->id.b };
	request.tenant = tenant;
	request.attempt = (uint64_t)d->call->attempt;
	request.kind = HMS__REACH_REQUEST__KIND__HTTP;
	request.url = url;
	request.at_us = d->call->called;
	request.deadline_us = d->call->deadline;
	request.credentials = credentials;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (d->sealed[shown[i]].p)
			credentials[request.n_credentials++] =
				(ProtobufCBinaryData){ d->sealed[shown[i]].len, (uint8_t *)d->sealed[shown[i]].p };
	return hms_reach_pack(&request, out);
}
