/* Lines of the record about a session. */
#include <stdio.h>

#include "session.h"

static struct record *record_of(const struct session *s) { return s->cell->sim->record; }

static bool begin(const struct session *s, const char *event)
{
	char serial[CELL_SERIAL_SIZE];

	return record_of(s) && record_begin(record_of(s), cell_serial(s->cell, serial), event);
}

/* An HTTP status, or in words why there was none. */
static void add_status(struct record *record, unsigned status, enum session_end end)
{
	if (status > 0)
		record_int(record, "status", status);
	else
		record_text(record, "status", hms_str(session_end_text(end)));
}

void session_record_inform(const struct session *s)
{
	struct record *record = record_of(s);
	char key[TREE_SCRATCH];

	if (!begin(s, "inform"))
		return;
	record_text(record, "marker", hms_str(s->marker));
	record_json(record, "events", hms_buf_view(&s->events_json));
	record_text(record, "url", s->group ? hms_str(s->group->url) : HMS_STR(""));
	record_int(record, "retry", s->retry_count);
	record_text(record, "parameter_key", cell_role_text(s->cell, ROLE_PARAMETER_KEY, key));
	add_status(record, s->status, s->end);
	record_bool(record, "answered", s->answered);
	record_end(record);
}

void session_record_rpc(const struct session *s, const struct rpc_call *call, const char *answer, bool executed)
{
	struct record *record = record_of(s);

	if (!begin(s, "rpc"))
		return;
	record_text(record, "method", call->msg->name);
	record_text(record, "id", call->msg->id);
	record_text(record, "marker", hms_str(s->marker));
	if (call->command_key.p)
		record_text(record, "command_key", call->command_key);
	if (call->parameter_key.p)
		record_text(record, "parameter_key", call->parameter_key);
	if (!executed)
		record_text(record, "result", HMS_STR("not executed"));
	else if (call->fault_code != 0)
		record_int(record, "result", call->fault_code);
	else
		record_text(record, "result", HMS_STR("ok"));
	record_text(record, "answer", hms_str(answer));
	record_end(record);
}

void session_record_rpc_answered(struct session *s, enum session_end end)
{
	struct record *record = record_of(s);

	if (s->rpc_id[0] != '\0' && begin(s, "rpc_answered")) {
		record_text(record, "id", hms_str(s->rpc_id));
		add_status(record, s->status, end);
		record_end(record);
	}
	s->rpc_id[0] = '\0';
}

void session_record_end(const struct session *s, enum session_end end)
{
	struct record *record = record_of(s);

	if (!begin(s, "session_end"))
		return;
	record_text(record, "marker", hms_str(s->marker));
	record_text(record, "reason", hms_str(session_end_text(end)));
	if (end == SESSION_STATUS)
		record_int(record, "status", s->status);
	record_bool(record, "ok", end == SESSION_DONE);
	record_int(record, "rpcs", s->rpcs);
	record_end(record);
}
