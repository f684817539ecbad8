/* Requests of the cell's own in a session: TransferComplete, after the InformResponse and before the first empty POST (TR-069 3.7.1.3). */
#include <stdio.h>

#include "hms/cwmp/writer.h"
#include "session.h"
#include "value.h"

#define RETRY_8005_MAX 3

/* Those that this session's Inform has announced, and that have not been sent in it. */
static struct transfer *find_unsent(const struct session *s)
{
	const struct transfers *transfers = &s->cell->transfers;

	for (uint16_t i = 0; s->event_bits & HMS_EVENT_TRANSFER_COMPLETE && i < transfers->count; i++)
		if (transfers->list[i]->state == TRANSFER_DONE && !transfers->list[i]->sent)
			return transfers->list[i];
	return NULL;
}

static struct hms_str time_text(int64_t wall_us, char out[VALUE_TIME_SIZE])
{
	return wall_us > 0 ? hms_str(value_time_text(wall_us / 1000000, out)) : HMS_STR(VALUE_TIME_UNKNOWN);
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
	snprintf(s->request_id, sizeof(s->request_id), "%.100s-t%u", s->marker, ++s->requests);
	hms_cwmp_write(&s->body, (enum hms_cwmp_ns)s->cell->sim->opt->cwmp, hms_str(s->request_id), "TransferComplete", args, 4);
}

bool session_write_request(struct session *s)
{
	struct transfer *t = find_unsent(s);

	hms_buf_reset(&s->body);
	if (!t)
		return false;
	t->sent = true;
	s->request = t;
	s->retries_8005 = 0;
	write_transfer_complete(s, t);
	return true;
}

static void record_answer(const struct session *s, const struct transfer *t, bool taken, uint32_t fault)
{
	struct record *record = s->cell->sim->record;
	char serial[CELL_SERIAL_SIZE];

	if (!record_begin(record, cell_serial(s->cell, serial), "transfer_complete"))
		return;
	record_text(record, "id", hms_str(s->request_id));
	record_text(record, "marker", hms_str(s->marker));
	record_text(record, "command_key", hms_str(t->key));
	record_bool(record, "answered", taken);
	if (fault > 0)
		record_int(record, "fault", fault);
	record_end(record);
}

void session_request_answered(struct session *s, const struct hms_cwmp_msg *msg)
{
	struct cell *cell = s->cell;
	struct transfer *t = s->request;
	bool ours = !msg->id.p || hms_str_eqz(msg->id, s->request_id);
	bool taken = ours && msg->kind == HMS_CWMP_ACS_RESPONSE && msg->acs_method == HMS_ACS_TRANSFER_COMPLETE;

	if (msg->kind == HMS_CWMP_FAULT && msg->fault.code == 8005 && s->retries_8005++ < RETRY_8005_MAX) {
		session_post(s); /* the identical request, in the same session */
		return;
	}
	if (!taken && msg->kind != HMS_CWMP_FAULT) {
		session_finish(s, SESSION_PROTOCOL);
		return;
	}
	record_answer(s, t, taken, msg->fault.code);
	if (taken) { /* a fault keeps it, and its event, for a later session */
		events_request_answered(&cell->events, HMS_EVENT_TRANSFER_COMPLETE, t->upload ? HMS_EVENT_M_UPLOAD : HMS_EVENT_M_DOWNLOAD,
					hms_str(t->key));
		cell->transfers_reported++;
		transfers_remove(&cell->transfers, t);
	}
	s->request = NULL;
	if (!session_write_request(s))
		s->phase = PHASE_RPCS;
	session_post(s);
}
