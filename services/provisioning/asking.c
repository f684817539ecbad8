/* Asking after transfers. */
#include "asking.h"

#include <jansson.h>

#include "capability.h"
#include "grant.h"
#include "transfer.h"

/* With the device, as far as is known. */
static bool is_out(const struct prov_command *c)
{
	return prov_command_is_transfer(c) && (c->state == PROV_COMMAND_RUNNING || c->state == PROV_COMMAND_DOUBT);
}

/* How much later than now it is to begin, at most: DelaySeconds, or the end of the last window. */
static int64_t delay_us(const struct prov_command *c)
{
	json_t *payload = c->payload.p ? json_loadb(c->payload.p, c->payload.len, 0, NULL) : NULL;
	const json_t *windows = json_object_get(payload, "TimeWindowList");
	json_int_t seconds = json_integer_value(json_object_get(payload, "DelaySeconds"));

	if (json_array_size(windows))
		seconds = json_integer_value(json_object_get(json_array_get(windows, json_array_size(windows) - 1), "WindowEnd"));
	json_decref(payload);
	return seconds > 0 && seconds <= UINT32_MAX ? seconds * 1000000 : 0;
}

/* What is in doubt is asked after at once. */
static bool is_due(const struct prov_context *ctx, const struct prov_device *d, struct prov_command *c)
{
	if (!c->ask_at) {
		c->ask_at = c->state == PROV_COMMAND_DOUBT ? d->now_us : d->now_us + delay_us(c) + ctx->transfer_ask_after_us;
		c->dirty = true;
	}
	return c->ask_at <= d->now_us;
}

static bool is_asked(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (prov_command_is_open(d->commands[i]) && hms_str_eqz(d->commands[i]->purpose, PROV_PURPOSE_TRANSFERS))
			return true;
	return false;
}

static enum hms_cwmp_method question(const struct prov_device *d)
{
	static const enum hms_cwmp_method methods[] = { HMS_CWMP_GET_ALL_QUEUED_TRANSFERS, HMS_CWMP_GET_QUEUED_TRANSFERS };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!prov_capability_lacks(d, methods[i]))
			return methods[i];
	return HMS_CWMP_NONE;
}

/* Not before that time again. */
static void put_off(struct prov_device *d, int64_t until_us)
{
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (!is_out(c) || !c->ask_at || c->ask_at > d->now_us)
			continue;
		c->ask_at = until_us;
		c->dirty = true;
	}
}

void prov_asking_next(struct prov_context *ctx, struct prov_device *d)
{
	bool due = false;
	enum hms_cwmp_method method;

	for (size_t i = 0; i < d->command_count; i++)
		due |= is_out(d->commands[i]) && !d->commands[i]->gone && is_due(ctx, d, d->commands[i]);
	if (!due || !prov_session_waits(d) || d->cold.state == PROV_STATE_BLOCKED || d->cold.state == PROV_STATE_HELD || is_asked(d))
		return;
	method = question(d);
	if (method == HMS_CWMP_NONE)
		put_off(d, d->now_us + ctx->transfer_ask_after_us);
	else
		prov_command_new(d, ctx->arena, hms_command_id_next(ctx->ids, d->now_us), method, PROV_PURPOSE_TRANSFERS, HMS_STR("{}"),
				 d->now_us + ctx->command_life_us);
}

/* A device that leaves CommandKeys empty (seen) may mean any of its transfers. */
static bool names(const Hms__RpcResult *result, const struct prov_command *c)
{
	for (size_t i = 0; i < result->n_fields; i++) {
		struct hms_str value = hms_str_trim(hms_str(result->fields[i]->value));
		uint64_t id;
		uint32_t try_no;

		if (!hms_str_ends(hms_str(result->fields[i]->path), HMS_STR(".CommandKey")))
			continue;
		if (!value.len || (!hms_key_parse('H', value, &id, &try_no) && id == (uint64_t)c->id && try_no == (uint32_t)c->tries))
			return true;
	}
	return false;
}

static void told(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	c->dirty = true;
	c->gone = !names(result, c);
	if (c->gone)
		return;
	c->ask_at = d->now_us + ctx->transfer_ask_after_us;
	if (c->state == PROV_COMMAND_DOUBT)
		prov_command_run(d, c);
}

void prov_asking_result(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, const Hms__RpcResult *result)
{
	/* Of an answer in several parts only the last one is here. */
	if (c->state != PROV_COMMAND_DONE || !result || c->pre.p) {
		put_off(d, d->now_us + ctx->transfer_ask_after_us);
		return;
	}
	for (size_t i = 0; i < d->command_count; i++)
		if (is_out(d->commands[i]) && d->commands[i]->ask_at && d->commands[i]->created <= c->created)
			told(ctx, d, d->commands[i], result);
}

void prov_asking_inform(struct prov_device *d, const Hms__DeviceEvent *ev)
{
	if (ev->classes & HMS_EVENT_TRANSFER_COMPLETE)
		return; /* its TransferComplete may follow */
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (is_out(c) && c->gone)
			prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "the device has it no more, and has not said how it ended");
	}
}
