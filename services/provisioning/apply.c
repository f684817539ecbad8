/* Events of one device, applied in log order. */
#include "apply.h"

#include "alarm_row.h"
#include "asking.h"
#include "block.h"
#include "call.h"
#include "capability.h"
#include "credential.h"
#include "desired.h"
#include "diagnostics.h"
#include "evidence.h"
#include "grant.h"
#include "group.h"
#include "names.h"
#include "quirk.h"
#include "result.h"
#include "steps.h"
#include "walk.h"

static bool has_text(const char *s) { return s && *s; }

bool prov_apply_unknown(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	/* The body is a union, and who has forgotten the device may meet any of its events: only an Inform says who it is. */
	const Hms__DeviceId *id = ev->body_case == HMS__DEVICE_EVENT__BODY_INFORM ? ev->inform->device : NULL;

	if (!id || ctx->unknown_devices == PROV_UNKNOWN_REFUSE)
		return false;
	d->exists = true;
	d->hot.device_id = d->cold.device_id = d->id;
	d->hot.g_next = 1;
	d->hot.q_ver = 1;
	d->hot.have_key = HMS_STR("");
	d->cold.tenant = hms_str(ev->tenant);
	d->cold.oui = hms_str(id->oui);
	d->cold.product_class = hms_str(id->product_class);
	d->cold.serial = hms_str(id->serial);
	d->cold.fap = 1;
	d->cold.manufacturer = d->cold.model = d->cold.state_reason = d->cold.assigned_url = d->cold.site = d->cold.listener_url =
		d->cold.rpc_methods = d->cold.rpc_version = d->cold.rpc_named = d->cold.rpc_refused = d->cold.rpc_registry =
			d->cold.software_version = d->cold.hardware_version = d->cold.peer_addr = d->cold.connection_request_url =
				d->cold.group_name = d->cold.objects = d->cold.objects_version = HMS_STR("");
	prov_device_set_state(d, ctx->arena, ctx->unknown_devices == PROV_UNKNOWN_HOLD ? PROV_STATE_HELD : PROV_STATE_ALLOWED,
			      "first seen");
	return true;
}

void prov_report_add(struct prov_context *ctx, struct prov_device *d, Hms__Param **params, size_t count, int64_t at_us, char source)
{
	struct prov_report *r;

	/* A held one is nobody yet: what it says takes no room in documents and in the dictionary that all devices share. */
	if (!count || d->cold.state == PROV_STATE_HELD)
		return;
	r = hms_arena_alloc(ctx->arena, sizeof(*r));
	if (!r) {
		d->failed = true;
		return;
	}
	*r = (struct prov_report){ .params = params, .count = count, .at_us = at_us, .source = source };
	if (!d->reports_tail)
		d->reports_tail = &d->reports;
	*d->reports_tail = r;
	d->reports_tail = &r->next;
}

/* Once it is known of which software version that is. */
static void seen(struct prov_context *ctx, struct prov_device *d, Hms__Param **params, size_t count)
{
	if (d->cold.state != PROV_STATE_HELD)
		prov_names_seen(prov_catalog_names(ctx->catalog), d, ctx->arena, params, count);
}

/* The session, the address and the key of the newest Inform. */
static void open_session(struct prov_device *d, const Hms__DeviceEvent *ev)
{
	d->hot.sid = (int64_t)ev->sid;
	d->hot.seq = (int32_t)ev->seq;
	d->hot.hold_until = ev->hold_until_us;
	d->hot.g_next = 1;
	d->hot.q_ver++;
	d->hot.last_inform = d->hot.recv_us = ev->recv_us;
	if (ev->inform->has_parameter_key)
		d->hot.have_key = hms_str(ev->inform->parameter_key);
	d->hot_dirty = d->entry_dirty = d->post = true;
	d->cold.listener_role = (int16_t)ev->listener_role;
	d->cold.listener_url = hms_str(ev->listener_url);
	d->cold.cwmp = (int16_t)ev->inform->cwmp;
	d->cold.peer_addr = hms_str(ev->peer_addr);
	if (!d->cold.first_seen)
		d->cold.first_seen = ev->recv_us;
	d->cold_dirty = true;
}

/* Parts after the first carry more parameters of the same Inform. */
static void more_parameters(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	prov_report_add(ctx, d, ev->inform->params, ev->inform->n_params, ev->recv_us, 'I');
	seen(ctx, d, ev->inform->params, ev->inform->n_params);
	if (d->hot.sid == (int64_t)ev->sid)
		prov_step_read(ctx, d, ev->inform->params, ev->inform->n_params);
}

static void apply_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	bool late = d->hot.recv_us && ev->recv_us < d->hot.recv_us - PROV_LATE_US;

	if (ev->part > 0) {
		more_parameters(ctx, d, ev);
		return;
	}
	/* A repeat supersedes nothing (I2). The sid of one that does not wait may be there by the quiet update. */
	if ((uint64_t)d->hot.sid == ev->sid && ev->hold_until_us)
		return;
	prov_evidence_inform(ctx, d, ev);
	if (late) {
		d->late++;
		return;
	}
	prov_asking_inform(d, ev);
	prov_diagnostics_inform(d, ev);
	prov_commands_supersede(d, ctx->tries_max);
	open_session(d, ev);
	prov_call_inform(d);
	if (d->cold.state != PROV_STATE_HELD && (uint64_t)d->hot.param_hash != ev->param_hash) {
		d->hot.param_hash = (int64_t)ev->param_hash;
		prov_report_add(ctx, d, ev->inform->params, ev->inform->n_params, ev->recv_us, 'I');
	}
	prov_credential_inform(ctx, d, ev);
	prov_capability_inform(d, ctx->arena, ev->inform);
	prov_procedure_inform(ctx, d, ev);
	seen(ctx, d, ev->inform->params, ev->inform->n_params);
	if (ev->last)
		prov_alarm_rows(ctx, d, ev->inform);
}

static void cover(struct prov_device *d, const Hms__DeviceEvent *ev)
{
	if ((uint64_t)d->hot.sid != ev->sid)
		return;
	d->post = true;
	if ((int)ev->seq > d->hot.seq) {
		d->hot.seq = (int32_t)ev->seq;
		d->hot_dirty = true;
	}
}

/* Names carry no values: they must not take the place of values in the document. */
static bool has_values(const Hms__RpcResult *r) { return hms_str_starts(hms_str(r->method), HMS_STR("GetParameterValues")); }

static void apply_result(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	const Hms__RpcResult *r = ev->rpc_result;
	struct prov_command *c = prov_command_find(d, r->command_id);

	if (has_values(r)) {
		prov_report_add(ctx, d, r->params, r->n_params, ev->recv_us, 'R');
		seen(ctx, d, r->params, r->n_params);
	}
	if (c && !ev->last)
		prov_result_part(ctx, d, c, ev);
	if (!ev->last)
		return;
	if (c)
		prov_result_apply(ctx, d, c, ev);
	cover(d, ev);
}

static void apply_dispatched(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	struct prov_command *c = prov_command_find(d, ev->rpc_dispatched->command_id);

	if (!c)
		return;
	prov_command_dispatched(d, c, ev->sid, ev->rpc_dispatched->n);
	if (c->method == HMS_CWMP_FACTORY_RESET)
		prov_credential_reset(ctx, d);
}

static void apply_work(struct prov_context *ctx, struct prov_device *d, const struct prov_event *e)
{
	if (e->work & PROV_WORK_REVOKED) {
		struct prov_command *c = prov_command_find(d, e->command);

		if (c)
			prov_command_revoked(d, c, e->sid, e->n, e->revoked);
	}
	if ((e->work & PROV_WORK_ENDED) && (uint64_t)d->hot.sid == e->sid && d->hot.hold_until) {
		d->hot.hold_until = 0; /* the sid gets no further grant (contracts 3) */
		d->hot_dirty = true;
	}
	if (e->timer) {
		prov_device_timer(d, ctx->arena, e->timer, 0);
		prov_procedure_timer(ctx, d, e->timer);
	}
	if (e->work & PROV_WORK_LOOK)
		d->entry_dirty = true;
	if (e->work & (PROV_WORK_LOOK | PROV_WORK_REPOST))
		d->post = true;
}

void prov_decide(struct prov_context *ctx, struct prov_device *d)
{
	bool live = d->hot.recv_us + ctx->session_live_us > d->now_us;
	int pending = 0, flags;

	prov_block_commands(d);
	prov_quirks_methods(ctx, d);
	prov_quirks_refuse(ctx, d);
	prov_diagnostics_look(ctx, d);
	prov_groups_look(ctx, d);
	prov_commands_look(d, ctx->arena, ctx->files, live);
	prov_groups_look(ctx, d);
	prov_desired_look(ctx, d);
	prov_grant(ctx, d);
	prov_call_look(ctx, d);
	for (size_t i = 0; i < d->command_count; i++)
		pending += prov_command_is_open(d->commands[i]);
	if (d->hot.pending != pending) {
		d->hot.pending = pending;
		d->hot_dirty = d->entry_dirty = true;
	}
	flags = (prov_device_settled(d) && !prov_desired_works(d) && !prov_capability_asks(d) && !prov_walk_asks(ctx, d)
			 ? 0
			 : PROV_FLAG_UNSETTLED) |
		(d->cold.state == PROV_STATE_BLOCKED ? PROV_FLAG_BLOCKED : 0);
	if (d->hot.flags != flags) {
		d->hot.flags = flags;
		d->entry_dirty = true;
	}
	if (d->grants_changed || d->entry_dirty) { /* q_ver moves with every change of grants or flags */
		d->hot.q_ver++;
		d->hot_dirty = true;
	}
	if (d->cold_dirty)
		d->cold.updated = d->now_us;
}

int prov_apply(struct prov_context *ctx, struct prov_device *d, const struct prov_event *e, struct hms_err *err)
{
	const Hms__DeviceEvent *ev = e->msg;

	if (!ev) {
		if (d->exists)
			apply_work(ctx, d, e);
		return 0;
	}
	if (!d->exists && !prov_apply_unknown(ctx, d, ev))
		return 0;
	switch (ev->body_case) {
	case HMS__DEVICE_EVENT__BODY_INFORM:
		if (!ev->inform->device || !has_text(ev->inform->device->serial))
			return hms_err_set(err, HMS_EINVAL, "Inform without identity");
		apply_inform(ctx, d, ev);
		return 0;
	case HMS__DEVICE_EVENT__BODY_CPE_REQUEST:
		prov_evidence_request(ctx, d, ev);
		cover(d, ev);
		return 0;
	case HMS__DEVICE_EVENT__BODY_RPC_RESULT:
		apply_result(ctx, d, ev);
		return 0;
	case HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED:
		apply_dispatched(ctx, d, ev);
		return 0;
	case HMS__DEVICE_EVENT__BODY_REACH_RESULT:
		prov_call_result(ctx, d, ev->reach_result);
		return 0;
	default:
		return 0; /* for other consumers */
	}
}
