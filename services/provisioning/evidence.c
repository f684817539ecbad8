/* Evidence of what a device executed. */
#include "evidence.h"

#include "desired.h"
#include "diagnostics.h"
#include "hms/device/event.h"
#include "retry.h"
#include "slice.h"
#include "transfer.h"

static void settle(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const char *how)
{
	if (!c || c->state == PROV_COMMAND_DONE)
		return;
	prov_command_end(d, c, PROV_COMMAND_DONE, how);
	prov_procedure_result(ctx, d, c, NULL);
}

/* Events that name a command: it is done, or, where the device reports how it ended, it was taken and its end follows. */
static const struct keyed_event {
	uint32_t event;
	enum hms_cwmp_method method;
	const char *how;
} keyed_events[] = {
	{ HMS_EVENT_M_REBOOT, HMS_CWMP_REBOOT, "evidence: CommandKey in M Reboot" },
	{ HMS_EVENT_M_SCHEDULE_INFORM, HMS_CWMP_SCHEDULE_INFORM, "evidence: CommandKey in M ScheduleInform" },
	{ HMS_EVENT_M_DOWNLOAD, HMS_CWMP_DOWNLOAD, NULL },
	{ HMS_EVENT_M_UPLOAD, HMS_CWMP_UPLOAD, NULL },
	{ HMS_EVENT_M_SCHEDULE_DOWNLOAD, HMS_CWMP_SCHEDULE_DOWNLOAD, NULL },
	{ HMS_EVENT_M_CHANGE_DU_STATE, HMS_CWMP_CHANGE_DU_STATE, NULL },
};

static const struct keyed_event *find_keyed(const char *code)
{
	uint32_t bit = hms_cwmp_event_bit(hms_str(code));

	for (size_t i = 0; i < sizeof(keyed_events) / sizeof(keyed_events[0]); i++)
		if (keyed_events[i].event == bit)
			return &keyed_events[i];
	return NULL;
}

static void settle_event(struct prov_context *ctx, struct prov_device *d, const Hms__Event *event)
{
	const struct keyed_event *keyed = find_keyed(event->code);
	struct prov_command *c;
	uint64_t id;
	uint32_t try_no;

	if (!keyed || hms_key_parse('H', hms_str(event->command_key), &id, &try_no))
		return;
	c = prov_command_find(d, id);
	if (!c || c->method != keyed->method || prov_retry_is_of_ended(c, try_no))
		return;
	if (keyed->how)
		settle(ctx, d, c, keyed->how);
	else if (c->state == PROV_COMMAND_QUEUED || c->state == PROV_COMMAND_GRANTED || c->state == PROV_COMMAND_DOUBT)
		prov_command_run(d, c);
}

static void settle_events(struct prov_context *ctx, struct prov_device *d, const Hms__Inform *inform)
{
	for (size_t i = 0; i < inform->n_events; i++)
		settle_event(ctx, d, inform->events[i]);
}

static void settle_key(struct prov_context *ctx, struct prov_device *d, const Hms__Inform *inform)
{
	struct prov_command *c;
	uint64_t id;
	uint32_t try_no;

	if (inform->has_parameter_key)
		settle(ctx, d, prov_desired_of_key(d, hms_str(inform->parameter_key)), "evidence: ParameterKey");
	if (!inform->has_parameter_key || hms_key_parse('~', hms_str(inform->parameter_key), &id, &try_no))
		return;
	c = prov_command_find(d, id);
	if (c && prov_command_is_diagnostics(c)) {
		if (c->stage == PROV_DIAGNOSTICS_SET && prov_command_is_open(c))
			prov_diagnostics_begun(d, c);
		return;
	}
	if (!c || !c->slice_rows)
		settle(ctx, d, c, "evidence: ParameterKey");
	else if ((uint32_t)c->tries != try_no)
		return; /* of an earlier part */
	else if (!prov_slice_is_partial(c))
		settle(ctx, d, c, "evidence: ParameterKey");
	else if (c->state == PROV_COMMAND_GRANTED)
		prov_slice_next(ctx, d, c);
}

static void settle_reset(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	if (!(ev->classes & HMS_EVENT_BOOTSTRAP) || !ev->inform->has_parameter_key ||
	    hms_str_eqz(d->hot.have_key, ev->inform->parameter_key))
		return;
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (c->method == HMS_CWMP_FACTORY_RESET && (c->state == PROV_COMMAND_DOUBT || c->dispatched))
			settle(ctx, d, c, "evidence: 0 BOOTSTRAP with another ParameterKey");
	}
}

void prov_evidence_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	settle_events(ctx, d, ev->inform);
	settle_key(ctx, d, ev->inform);
	settle_reset(ctx, d, ev);
}

void prov_evidence_request(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	prov_transfer_request(ctx, d, ev->cpe_request);
}

static size_t add_key(char prefix, const char *key, uint64_t *ids, size_t n, size_t max)
{
	uint32_t try_no;

	return n < max && key && hms_key_parse(prefix, hms_str(key), &ids[n], &try_no) == 0 ? n + 1 : n;
}

size_t prov_evidence_ids(const Hms__DeviceEvent *ev, uint64_t *ids, size_t max)
{
	size_t n = 0;

	if (ev->body_case == HMS__DEVICE_EVENT__BODY_RPC_RESULT)
		ids[n++] = ev->rpc_result->command_id;
	else if (ev->body_case == HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED)
		ids[n++] = ev->rpc_dispatched->command_id;
	else if (ev->body_case == HMS__DEVICE_EVENT__BODY_CPE_REQUEST)
		n = add_key('H', prov_request_field(ev->cpe_request, "CommandKey"), ids, n, max);
	if (ev->body_case != HMS__DEVICE_EVENT__BODY_INFORM)
		return n;
	n = add_key('~', ev->inform->parameter_key, ids, n, max);
	for (size_t i = 0; i < ev->inform->n_events; i++)
		n = add_key('H', ev->inform->events[i]->command_key, ids, n, max);
	return n;
}
