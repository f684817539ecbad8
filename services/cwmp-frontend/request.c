/* Requests of a device other than Inform: kept before they are answered. */
#include "request.h"

#include <stdio.h>

#include "fields.h"
#include "hms/base/failpoint.h"
#include "hms/cwmp/writer.h"
#include "reply.h"

enum { FAULT_NOT_SUPPORTED = 8000, FAULT_RETRY = 8005 };

#define NEXT_URL_MAX 1024

/* Where the user's browser goes: where the device asks for, if a browser can go there (TR-069 A.4.2.1). */
static struct hms_cwmp_arg next_url(const struct hms_cwmp_msg *m)
{
	struct hms_str next = hms_cwmp_field(m, "Next");
	bool usable = next.len <= NEXT_URL_MAX && (hms_str_starts(next, HMS_STR("http://")) || hms_str_starts(next, HMS_STR("https://")));

	return (struct hms_cwmp_arg){ .name = HMS_STR("NextURL"), .kind = HMS_ARG_TEXT, .value = usable ? next : HMS_STR("") };
}

/* The queue to Kafka is full at this moment: the same request is welcome in a moment, in this session (TR-069 3.7.1.4). An Inform gets 503: its
 * device has the back-off. */
static bool ask_again(struct fe_post *p, int code)
{
	if (code != HMS_EFULL || p->s.asked_again == FE_RETRIES_MAX)
		return false;
	p->s.asked_again++;
	fe_reply_fault(p, FAULT_RETRY);
	return true;
}

static void kept(struct fe_post *p, int code)
{
	const struct hms_cwmp_msg *m = p->msg;
	struct hms_cwmp_arg next = next_url(m);
	char response[80];

	if (code) {
		if (!ask_again(p, code))
			fe_post_failed(p, code);
		return;
	}
	p->s.asked_again = 0;
	fe_session_requested(&p->s);
	snprintf(response, sizeof(response), "%sResponse", hms_cwmp_acs_method_info(m->acs_method)->name);
	hms_cwmp_write(&p->work->out, (enum hms_cwmp_ns)p->s.ns, m->id, response, &next, m->acs_method == HMS_ACS_KICKED);
	fe_reply_soap(p);
}

static void keep(struct fe_post *p)
{
	const struct hms_cwmp_msg *m = p->msg;
	struct fe_record *r = fe_record_new(p, FE_RECORD_REQUEST, fe_session_request_seq(&p->s));

	if (!r || !fe_text(p->work->arena, m->id, &r->request.cwmp_id)) {
		fe_post_failed(p, HMS_ENOMEM);
		return;
	}
	r->request.method = (char *)hms_cwmp_acs_method_info(m->acs_method)->name;
	r->request.n_fields = m->field_count;
	r->request.fields = fe_fields(p->work->arena, m);
	r->event.flags = m->truncated ? HMS__DEVICE_EVENT__FLAG__TRUNCATED : 0;
	if (!r->request.fields)
		fe_post_failed(p, HMS_ENOMEM);
	else if (HMS_FAILPOINT("fe.request.full"))
		kept(p, HMS_EFULL);
	else
		fe_record_send(r, kept);
}

void fe_request(struct fe_post *p)
{
	const struct hms_cwmp_msg *m = p->msg;

	FE_COUNT(&p->fe->m, requests, m->acs_method ? hms_cwmp_acs_method_info(m->acs_method)->name : "unknown");
	if (m->acs_method == HMS_ACS_NONE) {
		fe_reply_fault(p, FAULT_NOT_SUPPORTED);
	} else if (m->acs_method == HMS_ACS_GET_RPC_METHODS) {
		/* Says nothing about the device: no record, so no number either. */
		hms_cwmp_write_acs_methods(&p->work->out, (enum hms_cwmp_ns)p->s.ns, m->id);
		fe_reply_soap(p);
	} else {
		keep(p);
	}
}
