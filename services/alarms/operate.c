/* What operators ask for: acknowledgement, manual clear, comment. */
#include "history.h"
#include "list.h"

static struct alm_alarm *alarm_of(const struct alm_device *d, int64_t id)
{
	for (size_t i = 0; i < d->alarms_count; i++)
		if (d->alarms[i]->id == id && !d->alarms[i]->removed)
			return d->alarms[i];
	return NULL;
}

static void set_acked(struct alm_alarm *a, const struct alm_request *r, int64_t at_us)
{
	a->acked = at_us;
	a->ack_user = at_us ? r->user_name : HMS_STR("");
	a->ack_system = at_us ? r->system : HMS_STR("");
}

static void set_comment(struct alm_alarm *a, const struct alm_request *r, int64_t at_us)
{
	a->comment = r->note;
	a->comment_user = r->user_name;
	a->commented = at_us;
}

static const struct {
	const char *op;
	enum alm_what what;
} ops[] = {
	{ "ack", ALM_ACK },
	{ "unack", ALM_UNACK },
	{ "comment", ALM_COMMENT },
};

static void operate(struct alm_context *ctx, struct alm_device *d, struct alm_alarm *a, const struct alm_request *r, enum alm_what what)
{
	struct alm_rule rule = alm_rule((enum alm_state)a->state, what);
	struct alm_history *h;

	if (rule.action == ALM_DO_REFUSE)
		return;
	if (what == ALM_COMMENT)
		set_comment(a, r, ctx->now_us);
	else
		set_acked(a, r, what == ALM_ACK ? ctx->now_us : 0);
	alm_set_state(ctx, a, rule.next);
	h = alm_note(ctx, d, what == ALM_COMMENT ? ALM_T_COMMENT : ALM_T_ACK_STATE, a, NULL, "");
	if (h) {
		h->user_name = r->user_name;
		h->system = r->system;
		h->reason = what == ALM_COMMENT ? r->note : h->reason;
	}
}

void alm_operate(struct alm_context *ctx, struct alm_device *d, const struct alm_request *r)
{
	struct alm_alarm *a = alarm_of(d, r->alarm_id);

	if (!a)
		return;
	if (hms_str_eqz(r->op, "clear"))
		alm_end(ctx, d, a, "manager", r->user_name, r->system);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (hms_str_eqz(r->op, ops[i].op))
			operate(ctx, d, a, r, ops[i].what);
}
