/* Tries after faults: which, how often, and when. */
#include "retry.h"

#include "hms/base/clock.h"
#include "hms/base/map.h"
#include "transfer.h"

enum { KIND_SAFE = 1, KIND_UNSAFE = 2, KIND_TRANSFER = 4, KIND_PROCEDURE = 8 };
enum action { ACTION_FINAL, ACTION_BACKOFF, ACTION_REDISCOVER };

static unsigned kind_of(const struct prov_command *c)
{
	if (prov_command_is_procedure(c))
		return KIND_PROCEDURE;
	if (prov_command_is_transfer(c))
		return KIND_TRANSFER;
	if (prov_command_is_safe(c))
		return KIND_SAFE;
	return hms_cwmp_method_info(c->method)->safety == HMS_CWMP_UNSAFE ? KIND_UNSAFE : 0;
}

static enum action action_of(const struct prov_command *c, int32_t fault)
{
	static const struct {
		int32_t fault;
		unsigned kind;
		enum action action;
	} rows[] = {
#define CWMP_RETRY(fault, kind, action, why) { fault, KIND_##kind, ACTION_##action },
#include "hms/cwmp/retries.def"
#undef CWMP_RETRY
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].fault == fault && rows[i].kind == kind_of(c))
			return rows[i].action;
	return ACTION_FINAL;
}

/* Doubles with each try up to the cap; of that, half to all, so that devices that failed together do not come together. */
static int64_t wait_of(const struct prov_context *ctx, const struct prov_command *c)
{
	int shift = c->retries < 20 ? c->retries : 20;
	int64_t wait_us = ctx->fault_retry_min_us << shift;
	const int64_t seed[2] = { c->id, c->retries };

	if (wait_us > ctx->fault_retry_max_us)
		wait_us = ctx->fault_retry_max_us;
	return wait_us / 2 + (int64_t)(hms_hash_stable(HMS_HASH_STABLE_SEED, seed, sizeof(seed)) % (uint64_t)(wait_us / 2 + 1));
}

bool prov_retry(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	int64_t at_us = d->now_us + wait_of(ctx, c);
	char time[40], *note;

	if (action_of(c, c->fault) != ACTION_BACKOFF || c->cancel || c->retries >= ctx->fault_tries_max || at_us >= c->deadline)
		return false;
	note = hms_arena_printf(ctx->arena, "retry %d of %d after fault %d, not before %s", c->retries + 1, ctx->fault_tries_max, c->fault,
				hms_time_iso(at_us, time, sizeof(time)));
	if (!note) {
		d->failed = true;
		return true;
	}
	c->note = hms_str(note);
	c->retries++;
	c->ended_try = c->tries;
	c->not_before = at_us;
	c->fault = 0;
	c->result = (struct hms_str){ NULL, 0 };
	prov_command_requeue(d, c);
	return true;
}

bool prov_retry_rediscovers(const struct prov_command *c, const Hms__RpcResult *result)
{
	const Hms__Fault *fault = result ? result->fault : NULL;

	for (size_t i = 0; fault && i < fault->n_params; i++)
		if (action_of(c, (int32_t)fault->params[i]->code) == ACTION_REDISCOVER)
			return true;
	return action_of(c, c->fault) == ACTION_REDISCOVER;
}

const char *prov_retry_why_not(struct prov_context *ctx, const struct prov_command *c)
{
	if (action_of(c, c->fault) != ACTION_BACKOFF || c->cancel || !ctx->fault_tries_max)
		return NULL;
	if (c->retries >= ctx->fault_tries_max)
		return hms_arena_printf(ctx->arena, "given up after %d retries", c->retries);
	return "its deadline leaves no time for another try";
}

bool prov_retry_is_of_ended(const struct prov_command *c, uint32_t try_no) { return try_no <= (uint32_t)c->ended_try; }
