/* Sends the RPC that was taken; one that must not happen twice is on Kafka before it is written (I7). */
#include "send.h"

#include "hms/base/failpoint.h"
#include "reply.h"
#include "rpc.h"
#include "trace.h"

static void write_rpc(struct fe_post *p)
{
	struct fe *fe = p->fe;
	const char *method = p->s.method ? fe_rpc_method_name(p->s.method) : "vendor";
	int64_t since_us = hms_wall_us() - p->s.inform_us;
	int rc;

	if (p->trace)
		fe_trace_grant(p);
	rc = fe_rpc_unseal(p->work->arena, fe->credential_sealer, p->s.device, p->grant);
	if (rc == 0)
		rc = fe_rpc_write(&p->work->out, p->work->arena, (enum hms_cwmp_ns)p->s.ns, p->grant);
	if (rc == HMS_ECRYPTO || rc == HMS_EVERSION || rc == HMS_ESYNTAX) {
		log_error("a sealed value cannot be opened: is secret_file the same everywhere?",
			  KV_B("device", p->s.device.b, sizeof(p->s.device.b)));
		fe_refuse(p, FE_REASON_MAILBOX);
		return;
	}
	if (rc) {
		fe_post_failed(p, HMS_ENOMEM);
		return;
	}
	if (p->s.seq == p->s.s0 && since_us > 0)
		hms_histogram_observe_us(&fe->m.first_rpc_seconds, (uint64_t)since_us);
	FE_COUNT(&fe->m, rpcs, method);
	p->s.open = true;
	fe_reply_soap(p);
}

static void dispatch_kept(struct fe_post *p, int code)
{
	if (code) {
		fe_post_failed(p, code);
		return;
	}
	(void)HMS_FAILPOINT("fe.dispatch.acked");
	write_rpc(p);
}

static void announce(struct fe_post *p)
{
	struct fe_record *r = fe_record_new(p, FE_RECORD_DISPATCHED, p->s.s0 + p->s.n);

	if (!r) {
		fe_post_failed(p, HMS_ENOMEM);
		return;
	}
	r->dispatched.command_id = p->grant->command_id;
	r->dispatched.n = p->grant->n;
	r->dispatched.try_ = p->grant->try_;
	fe_record_send(r, dispatch_kept);
}

void fe_send_rpc(struct fe_post *p)
{
	if (p->grant->unsafe)
		announce(p);
	else
		write_rpc(p);
}
