/* Whether a call would bring something, and where it would go. */
#include "call_want.h"

#include "diagnostics.h"
#include "group.h"
#include "quirk.h"

/* ---------------------------------------------------------------- addresses */

int prov_call_host(struct hms_str url, struct hms_addr *out)
{
	static const struct hms_str scheme = { "http://", 7 };
	struct hms_str host;
	size_t len = 0;

	if (url.len < scheme.len || !hms_str_caseeq(hms_strn(url.p, scheme.len), scheme))
		return HMS_ESYNTAX;
	host = hms_strn(url.p + scheme.len, url.len - scheme.len);
	if (host.len && host.p[0] == '[')
		while (len < host.len && host.p[len - (len > 0)] != ']')
			len++;
	else
		while (len < host.len && !strchr("/:?#", host.p[len]))
			len++;
	return hms_addr_of_host(hms_strn(host.p, len), 0, out);
}

bool prov_call_is_nat(struct hms_str url, struct hms_str peer_text)
{
	struct hms_addr host, peer;

	return prov_call_host(url, &host) == 0 && hms_addr_of_host(peer_text, 0, &peer) == 0 &&
	       hms_addr_scope(&host) == HMS_SCOPE_PRIVATE && hms_addr_scope(&peer) == HMS_SCOPE_GLOBAL;
}

/* ---------------------------------------------------------------- commands */

static bool of_session(const struct prov_device *d, const struct prov_command *c)
{
	return c->state == PROV_COMMAND_GRANTED && c->g_sid == d->hot.sid && d->hot.hold_until;
}

/* Its session goes on: an RPC may be with it. */
static bool busy(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (of_session(d, d->commands[i]))
			return true;
	return false;
}

static bool unsafe_open(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++) {
		const struct prov_command *c = d->commands[i];

		if (!prov_command_is_safe(c) && (c->state == PROV_COMMAND_GRANTED || c->state == PROV_COMMAND_DOUBT))
			return true;
	}
	return false;
}

static bool could_be_granted(struct prov_context *ctx, const struct prov_device *d, const struct prov_command *c)
{
	return c->state == PROV_COMMAND_QUEUED && c->noticed && !c->cancel && c->deadline > d->now_us && !prov_group_waits(d, c) &&
	       !prov_diagnostics_waits(d, c) && !prov_quirk_holds_back(ctx, d, c) && (prov_command_is_safe(c) || !unsafe_open(d));
}

/* What procedures have granted is begun anew by the device itself, which tries a broken session again (TR-069 3.2.1.1). */
static int64_t wanted_by(struct prov_context *ctx, const struct prov_device *d, const struct prov_command *c, bool session)
{
	int64_t ends_us = session ? d->hot.recv_us + ctx->session_live_us : d->hot.hold_until;

	if (of_session(d, c))
		return prov_command_is_procedure(c) ? PROV_CALL_NEVER : ends_us;
	if (c->state == PROV_COMMAND_GRANTED)
		return d->now_us; /* its session has ended: an Inform resolves it (I6) */
	if (!could_be_granted(ctx, d, c))
		return PROV_CALL_NEVER;
	if (c->not_before > d->now_us && c->not_before > ends_us)
		return c->not_before;
	return ends_us > d->now_us ? ends_us : d->now_us;
}

int64_t prov_call_wanted(struct prov_context *ctx, const struct prov_device *d, enum prov_call_state *state)
{
	bool session = busy(d), held = d->cold.state == PROV_STATE_HELD || d->cold.state == PROV_STATE_NONE;
	int64_t best = PROV_CALL_NEVER;

	for (size_t i = 0; i < d->command_count && !held; i++) {
		int64_t at_us = wanted_by(ctx, d, d->commands[i], session);

		best = at_us < best ? at_us : best;
	}
	*state = session || d->hot.hold_until >= best ? PROV_CALL_IS_SESSION : PROV_CALL_IS_LATER;
	return best;
}
