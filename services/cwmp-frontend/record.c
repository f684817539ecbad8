/* Records of what a device said: common fields, sending, acknowledgements. */
#include "record.h"

#include "post.h"
#include "shed.h"
#include "trace.h"

static const char *const purposes[] = {
	[FE_RECORD_INFORM] = "inform",
	[FE_RECORD_REQUEST] = "request",
	[FE_RECORD_RESULT] = "result",
	[FE_RECORD_DISPATCHED] = "dispatched",
};

/* ---- acknowledgements ---- */
static void acks_settle(struct fe_post *p)
{
	fe_record_then *then = p->acks.then;

	if (!p->acks.closed || p->acks.pending > 0 || !then)
		return;
	p->acks.then = NULL;
	if (fe_post_is_live(p))
		then(p, p->acks.code);
}

static void acknowledged(int code, int64_t offset, void *arg)
{
	struct fe_post *p = arg;

	p->acks.pending--;
	fe_shed_settled(p->fe->shed);
	if (code) {
		hms_counter_inc(&p->fe->m.record_failures);
		if (!p->acks.code)
			p->acks.code = code;
	} else if (p->trace) {
		fe_trace_kept(p, offset);
	}
	if (p->paused && fe_post_is_live(p))
		fe_post_resume(p);
	acks_settle(p);
	fe_post_unref(p);
}

/* ---- sending ---- */
static int send_part(struct fe_record *r)
{
	struct fe_post *p = r->post;
	struct fe *fe = p->fe;
	uint32_t classes = htonl(r->event.classes);
	struct hms_record record = {
		.topic = HMS_TOPIC_DEVICE_EVENTS,
		.partition = (int32_t)hms_device_partition(p->s.device, fe->partitions),
		.key = hms_strn((const char *)p->s.device.b, sizeof(p->s.device.b)),
		.header_classes = hms_strn((const char *)&classes, sizeof(classes)),
		.header_purpose = hms_str(purposes[r->kind]),
	};
	int rc;

	hms_buf_reset(&fe->packed);
	rc = hms_event_pack(&r->event, &fe->packed);
	if (rc == HMS_EFULL) {
		rc = HMS_ETOOBIG;
	} else if (rc == 0) {
		record.value = hms_buf_view(&fe->packed);
		rc = hms_producer_send(fe->producer, r->lane, &record, acknowledged, p);
	}
	if (rc) {
		hms_counter_inc(&fe->m.record_failures);
		return rc;
	}
	hms_counter_inc(&fe->m.records);
	fe_shed_sent(fe->shed);
	if (p->trace)
		fe_trace_record(p, r->kind, r->event.seq);
	p->acks.pending++;
	fe_post_ref(p);
	return 0;
}

static int emit(struct fe_parts *parts, bool last, void *arg)
{
	struct fe_record *r = arg;
	struct fe_post *p = r->post;

	if (!last && !r->streams)
		return HMS_EPROTO;
	if (r->kind == FE_RECORD_INFORM) {
		r->inform.params = parts->list;
		r->inform.n_params = parts->count;
	} else if (r->kind == FE_RECORD_RESULT) {
		r->result.params = parts->list;
		r->result.n_params = parts->count;
	}
	r->event.part = parts->made;
	r->event.last = last;
	r->event.recv_us = hms_wall_us();
	p->s.hold_until_us = fe_session_promise_us(p->fe->conf, &p->s, r->event.recv_us);
	r->event.hold_until_us = p->s.hold_until_us;
	return send_part(r);
}

static void set_body(struct fe_record *r)
{
	switch (r->kind) {
	case FE_RECORD_INFORM:
		hms__inform__init(&r->inform);
		r->event.body_case = HMS__DEVICE_EVENT__BODY_INFORM;
		break;
	case FE_RECORD_REQUEST:
		hms__cpe_request__init(&r->request);
		r->event.body_case = HMS__DEVICE_EVENT__BODY_CPE_REQUEST;
		break;
	case FE_RECORD_RESULT:
		hms__rpc_result__init(&r->result);
		r->event.body_case = HMS__DEVICE_EVENT__BODY_RPC_RESULT;
		break;
	case FE_RECORD_DISPATCHED:
		hms__rpc_dispatched__init(&r->dispatched);
		r->event.body_case = HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED;
		break;
	}
	r->event.inform = &r->inform; /* all members of either union begin where these do */
}

struct fe_record *fe_record_new(struct fe_post *p, enum fe_record_kind kind, uint32_t seq)
{
	struct fe_record *r = hms_arena_alloc(p->work->arena, sizeof(*r));
	Hms__DeviceEvent *event;

	if (!r)
		return NULL;
	r->post = p;
	r->kind = kind;
	event = &r->event;
	hms__device_event__init(event);
	event->device_id = (ProtobufCBinaryData){ .len = sizeof(p->s.device.b), .data = p->s.device.b };
	event->sid = p->s.sid;
	event->seq = seq;
	event->fe = (char *)p->fe->instance;
	event->classes = p->s.classes;
	event->peer_addr = hms_addr_text(hms_http_req_peer(p->req), false, r->peer, sizeof(r->peer));
	event->listener_role = (Hms__DeviceEvent__Role)(p->s.role + HMS__DEVICE_EVENT__ROLE__INITIAL);
	event->listener_url = (char *)p->listener->conf->public_url;
	event->tenant = (char *)p->listener->conf->tenant;
	set_body(r);
	fe_parts_init(&r->parts, p->work->part_arena, (size_t)p->fe->conf->part_bytes, emit, r);
	p->acks = (struct fe_acks){ 0 };
	return r;
}

int fe_record_param(struct fe_record *r, const struct hms_cwmp_param *param) { return fe_parts_add(&r->parts, param); }

void fe_record_send(struct fe_record *r, fe_record_then *then)
{
	struct fe_post *p = r->post;
	int rc = fe_parts_finish(&r->parts);

	if (rc && !p->acks.code)
		p->acks.code = rc;
	p->acks.closed = true;
	p->acks.then = then;
	acks_settle(p);
}
