/* Requests of the cell's own in a session, after the InformResponse and before the first empty POST (TR-069 3.7.1.3): TransferComplete,
 * DUStateChangeComplete, Kicked, RequestDownload. */
#include <stdio.h>

#include "hms/cwmp/writer.h"
#include "session.h"
#include "value.h"

#define RETRY_8005_MAX 3

/* Those that this session's Inform has announced, and that have not been sent in it. */
static struct transfer *find_unsent(const struct session *s)
{
	const struct transfers *transfers = &s->cell->transfers;

	for (uint16_t i = 0; i < transfers->count; i++)
		if (transfers->list[i]->state == TRANSFER_DONE && !transfers->list[i]->sent && (s->event_bits & transfers->list[i]->event))
			return transfers->list[i];
	return NULL;
}

/* What the operator of --control had the cell ask for. */
static const struct request {
	uint32_t event;
	enum hms_cwmp_acs_method method;
	struct hms_cwmp_arg args[4];
	size_t count;
} requests[] = {
	{ HMS_EVENT_KICKED,
	  HMS_ACS_KICKED,
	  { { .name = HMS_STR("Command"), .value = HMS_STR("status") },
	    { .name = HMS_STR("Referer"), .value = HMS_STR("hnbsim") },
	    { .name = HMS_STR("Arg"), .value = HMS_STR("") },
	    { .name = HMS_STR("Next"), .value = HMS_STR("http://portal.example/") } },
	  4 },
	{ HMS_EVENT_REQUEST_DOWNLOAD,
	  HMS_ACS_REQUEST_DOWNLOAD,
	  { { .name = HMS_STR("FileType"), .value = HMS_STR("1 Firmware Upgrade Image") },
	    { .name = HMS_STR("FileTypeArg"), .kind = HMS_ARG_ARRAY, .item = "cwmp:ArgStruct" } },
	  2 },
};

static const struct request *find_unasked(const struct session *s)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (s->event_bits & ~s->asked & requests[i].event)
			return &requests[i];
	return NULL;
}

static struct hms_str time_text(int64_t wall_us, char out[VALUE_TIME_SIZE])
{
	return wall_us > 0 ? hms_str(value_time_text(wall_us / 1000000, out)) : HMS_STR(VALUE_TIME_UNKNOWN);
}

static void write_method(struct session *s, enum hms_cwmp_acs_method method, const struct hms_cwmp_arg *args, size_t count)
{
	snprintf(s->request_id, sizeof(s->request_id), "%.100s-t%u", s->marker, ++s->requests);
	hms_cwmp_write(&s->body, (enum hms_cwmp_ns)s->cell->sim->opt->cwmp, hms_str(s->request_id), hms_cwmp_acs_method_info(method)->name,
		       args, count);
}

static void write_transfer_complete(struct session *s, const struct transfer *t)
{
	char code[16], start[VALUE_TIME_SIZE], complete[VALUE_TIME_SIZE];
	struct hms_cwmp_arg fault[2], args[4];

	snprintf(code, sizeof(code), "%u", t->fault);
	fault[0] = rpc_text("FaultCode", hms_str(code));
	fault[1] = rpc_text("FaultString", hms_str(t->fault_text));
	args[0] = rpc_text("CommandKey", hms_str(t->key));
	args[1] = (struct hms_cwmp_arg){ .name = HMS_STR("FaultStruct"), .kind = HMS_ARG_STRUCT, .children = fault, .child_count = 2 };
	args[2] = rpc_text("StartTime", time_text(t->start_us, start));
	args[3] = rpc_text("CompleteTime", time_text(t->complete_us, complete));
	write_method(s, HMS_ACS_TRANSFER_COMPLETE, args, 4);
}

#define DU_RESULT_ARGS 9
#define NIL_UUID "00000000-0000-0000-0000-000000000000"

/* Rows of the arena: they live until the message is written. */
static struct hms_cwmp_arg du_result(struct session *s, const struct transfer *t, const struct du_op *op)
{
	struct hms_arena *arena = s->cell->sim->arena;
	struct hms_cwmp_arg *rows = hms_arena_alloc(arena, DU_RESULT_ARGS * sizeof(*rows)),
			    *fault = hms_arena_alloc(arena, 2 * sizeof(*fault));
	char *ref = hms_arena_printf(arena, "Device.SoftwareModules.DeploymentUnit.%u", op->unit),
	     *code = hms_arena_printf(arena, "%u", op->fault);
	char *start = hms_arena_alloc(arena, VALUE_TIME_SIZE);

	if (!rows || !fault || !ref || !code || !start)
		return rpc_text("Results", HMS_STR(""));
	fault[0] = rpc_text("FaultCode", hms_str(code));
	fault[1] = rpc_text("FaultString", hms_str(op->fault ? hms_cwmp_fault_text(op->fault) : ""));
	rows[0] = rpc_text("UUID", op->uuid[0] ? hms_str(op->uuid) : HMS_STR(NIL_UUID));
	rows[1] = rpc_text("DeploymentUnitRef", op->unit ? hms_str(ref) : HMS_STR(""));
	rows[2] = rpc_text("Version", hms_str(op->version));
	rows[3] = rpc_text("CurrentState", op->fault			? HMS_STR("Failed")
					   : op->action == DU_UNINSTALL ? HMS_STR("Uninstalled")
									: HMS_STR("Installed"));
	rows[4] = rpc_text("Resolved", op->fault ? HMS_STR("0") : HMS_STR("1"));
	rows[5] = rpc_text("ExecutionUnitRefList", HMS_STR(""));
	rows[6] = rpc_text("StartTime", time_text(t->start_us, start));
	rows[7] = rpc_text("CompleteTime", op->fault ? HMS_STR(VALUE_TIME_UNKNOWN) : hms_str(start));
	rows[8] = (struct hms_cwmp_arg){ .name = HMS_STR("Fault"), .kind = HMS_ARG_STRUCT, .children = fault, .child_count = 2 };
	return (struct hms_cwmp_arg){ .name = HMS_STR("Results"), .kind = HMS_ARG_STRUCT, .children = rows, .child_count = DU_RESULT_ARGS };
}

static void write_du_complete(struct session *s, const struct transfer *t)
{
	struct hms_cwmp_arg *args = hms_arena_alloc(s->cell->sim->arena, (t->op_count + 1) * sizeof(*args));

	if (!args)
		return;
	for (size_t i = 0; i < t->op_count; i++)
		args[i] = du_result(s, t, &t->ops[i]);
	args[t->op_count] = rpc_text("CommandKey", hms_str(t->key));
	write_method(s, HMS_ACS_DU_STATE_CHANGE_COMPLETE, args, t->op_count + 1);
}

bool session_write_request(struct session *s)
{
	struct transfer *t = find_unsent(s);
	const struct request *request = t ? NULL : find_unasked(s);

	hms_buf_reset(&s->body);
	if (!t && !request)
		return false;
	s->request = t;
	s->asking = request ? request->event : 0;
	s->asked |= s->asking;
	s->retries_8005 = 0;
	if (request) {
		write_method(s, request->method, request->args, request->count);
		return true;
	}
	t->sent = true;
	if (t->ops)
		write_du_complete(s, t);
	else
		write_transfer_complete(s, t);
	return true;
}

/* The method that is under way. */
static enum hms_cwmp_acs_method method_of(const struct session *s)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].event == s->asking)
			return requests[i].method;
	return s->request->ops ? HMS_ACS_DU_STATE_CHANGE_COMPLETE : HMS_ACS_TRANSFER_COMPLETE;
}

static void record_answer(const struct session *s, bool taken, uint32_t fault)
{
	static const char *const names[HMS_ACS_METHOD_COUNT] = { [HMS_ACS_TRANSFER_COMPLETE] = "transfer_complete",
								 [HMS_ACS_DU_STATE_CHANGE_COMPLETE] = "du_state_change_complete",
								 [HMS_ACS_KICKED] = "kicked",
								 [HMS_ACS_REQUEST_DOWNLOAD] = "request_download" };
	struct record *record = s->cell->sim->record;
	char serial[CELL_SERIAL_SIZE];

	if (!record_begin(record, cell_serial(s->cell, serial), names[method_of(s)]))
		return;
	record_text(record, "id", hms_str(s->request_id));
	record_text(record, "marker", hms_str(s->marker));
	if (s->request)
		record_text(record, "command_key", hms_str(s->request->key));
	record_bool(record, "answered", taken);
	if (fault > 0)
		record_int(record, "fault", fault);
	record_end(record);
}

/* A fault keeps it, and its event, for a later session. */
static void forget_request(struct session *s)
{
	struct cell *cell = s->cell;
	struct transfer *t = s->request;

	if (!t) {
		events_request_answered(&cell->events, s->asking, 0, HMS_STR(""));
		return;
	}
	events_request_answered(&cell->events, t->event, t->m_event, hms_str(t->key));
	cell->transfers_reported += !t->ops;
	transfers_remove(&cell->transfers, t);
}

void session_request_answered(struct session *s, const struct hms_cwmp_msg *msg)
{
	bool ours = !msg->id.p || hms_str_eqz(msg->id, s->request_id);
	bool taken = ours && msg->kind == HMS_CWMP_ACS_RESPONSE && msg->acs_method == method_of(s);

	if (msg->kind == HMS_CWMP_FAULT && msg->fault.code == 8005 && s->retries_8005++ < RETRY_8005_MAX) {
		session_post(s); /* the identical request, in the same session */
		return;
	}
	if (!taken && msg->kind != HMS_CWMP_FAULT) {
		session_finish(s, SESSION_PROTOCOL);
		return;
	}
	record_answer(s, taken, msg->fault.code);
	if (taken)
		forget_request(s);
	s->request = NULL;
	s->asking = 0;
	if (!session_write_request(s))
		s->phase = PHASE_RPCS;
	session_post(s);
}
