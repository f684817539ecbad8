/* Grants: numbered within the session, in the transaction that consumed what it said. */
#include "grant.h"

#include "asking.h"
#include "diagnostics.h"
#include "desired.h"
#include "group.h"
#include "quirk.h"
#include "rpc_build.h"
#include "slice.h"

bool prov_session_waits(const struct prov_device *d) { return d->hot.sid && d->now_us < d->hot.hold_until - PROV_GRANT_MARGIN_US; }

static bool open_grant(const struct prov_device *d, const struct prov_command *c)
{
	return c->state == PROV_COMMAND_GRANTED && c->g_sid == d->hot.sid;
}

/* At most one unresolved unsafe command a device. */
static bool unsafe_open(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++) {
		const struct prov_command *c = d->commands[i];

		if (!prov_command_is_safe(c) && (c->state == PROV_COMMAND_GRANTED || c->state == PROV_COMMAND_DOUBT))
			return true;
	}
	return false;
}

/* Something that ends the session is on its way: nothing more is granted to it. */
static bool ending(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (open_grant(d, d->commands[i]) && prov_command_ends_session(d->commands[i]))
			return true;
	return false;
}

static size_t grants_open(const struct prov_device *d, size_t *bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < d->command_count; i++)
		if (open_grant(d, d->commands[i])) {
			n++;
			*bytes += d->commands[i]->payload.len;
		}
	return n;
}

/* Its answer comes in this session. */
static bool unsafe_granted(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (open_grant(d, d->commands[i]) && !prov_command_is_safe(d->commands[i]))
			return true;
	return false;
}

/* Lower priority number first, then by id. An unsafe one that waits for the answer to another one keeps its place; one that waits for evidence, which may take long,
 * lets others pass. */
static struct prov_command *next_queued(struct prov_context *ctx, const struct prov_device *d)
{
	bool unsafe_allowed = !unsafe_open(d), may_wait = unsafe_granted(d);
	struct prov_command *best = NULL;

	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (c->state != PROV_COMMAND_QUEUED || !c->noticed || c->cancel || c->not_before > d->now_us || c->deadline <= d->now_us)
			continue;
		if (prov_group_waits(d, c) || prov_diagnostics_waits(d, c))
			continue;
		if ((!unsafe_allowed && !may_wait && !prov_command_is_safe(c)) || prov_quirk_holds_back(ctx, d, c))
			continue;
		if (!best || c->prio < best->prio || (c->prio == best->prio && c->id < best->id))
			best = c;
	}
	return best && !unsafe_allowed && !prov_command_is_safe(best) ? NULL : best;
}

static void grant_one(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	prov_slice_begin(ctx, d, c);
	c->state = PROV_COMMAND_GRANTED;
	c->granted_now = true;
	c->g_sid = d->hot.sid;
	c->g_n = d->hot.g_next++;
	c->dispatched = false;
	c->ask_at = 0;
	c->gone = false;
	c->tries++;
	d->granted++;
	c->dirty = true;
	d->hot_dirty = d->grants_changed = d->post = true;
}

void prov_grant(struct prov_context *ctx, struct prov_device *d)
{
	size_t bytes = 0, open;

	if (!prov_session_waits(d) || d->cold.state == PROV_STATE_HELD)
		return;
	prov_procedure_next(ctx, d);
	prov_desired_next(ctx, d);
	prov_asking_next(ctx, d);
	open = grants_open(d, &bytes);
	while (open < PROV_GRANTS_MAX && d->hot.g_next < INT16_MAX && !ending(d)) {
		struct prov_command *c = next_queued(ctx, d);

		if (!c || (open && bytes + c->payload.len > PROV_GRANT_BYTES_MAX))
			break;
		grant_one(ctx, d, c);
		bytes += c->payload.len;
		open++;
	}
}

static int by_number(const void *a, const void *b)
{
	const struct hms_mail_item *x = a, *y = b;

	return x->n < y->n ? -1 : x->n > y->n;
}

int prov_grant_items(struct prov_context *ctx, const struct prov_device *d, struct hms_mail_item items[PROV_GRANTS_MAX])
{
	int n = 0;

	for (size_t i = 0; i < d->command_count && n < PROV_GRANTS_MAX; i++) {
		const struct prov_command *c = d->commands[i];
		struct hms_err err = { 0 };
		int rc;

		if (!open_grant(d, c))
			continue;
		rc = prov_rpc_pack_for(ctx, d, c, &items[n].grant, &err);
		if (rc == HMS_ENOMEM)
			return rc;
		if (rc)
			continue; /* its payload was checked when it was noticed */
		items[n++].n = (uint32_t)c->g_n;
	}
	qsort(items, (size_t)n, sizeof(items[0]), by_number);
	return n;
}
