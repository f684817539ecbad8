/* Resynchronisation: an answer with CurrentAlarmNumberOfEntries and that many rows of CurrentAlarm is the whole table. Rows without the number, or fewer of them, are
 * taken in, but say nothing about alarms that they leave out. An answer may come in parts, in several transactions. */
#include "resync.h"

#include "history.h"
#include "hms/cwmp/cwmp.h"
#include "list.h"

#define COMPLETE (-1)
#define LATE_US 2000000 /* before the newest: contracts 6 */

/* The same command was asked again, after an answer that has not come to its end: what that one has shown does not count. */
static void unmark(struct alm_device *d, int64_t command)
{
	for (size_t i = 0; i < d->alarms_count; i++)
		if (d->alarms[i]->mark == command) {
			d->alarms[i]->mark = 0;
			d->alarms[i]->dirty = true;
		}
}

/* Whether a part of an answer is the one that comes next, or begins anew; a repeat (I2), or one of an old session, is neither. */
static bool take_part(struct alm_device *d, const Hms__DeviceEvent *ev)
{
	int64_t command = (int64_t)ev->rpc_result->command_id, sid = (int64_t)ev->sid;
	struct alm_listing *l = &d->listing;
	bool same = l->resync_command == command && l->resync_sid == sid;

	if (same ? l->resync_part == COMPLETE || (int32_t)ev->part < l->resync_part : ev->recv_us < l->resync_recv - LATE_US)
		return false;
	l = alm_listing(d);
	if (!same || (int32_t)ev->part != l->resync_part) {
		l->resync_entries = -1;
		l->resync_rows = ev->part ? INT32_MIN : 0; /* its beginning is missing: never enough rows */
		unmark(d, command);
	}
	l->resync_command = command;
	l->resync_sid = sid;
	l->resync_part = (int32_t)ev->part + 1;
	l->resync_recv = ev->recv_us;
	return true;
}

static void clear_unmarked(struct alm_context *ctx, struct alm_device *d, int64_t mark)
{
	size_t count = d->alarms_count;

	for (size_t i = 0; i < count; i++) {
		struct alm_alarm *a = d->alarms[i];

		if (!a->removed && !a->internal && a->mark != mark)
			alm_end(ctx, d, a, "resync", HMS_STR(""), HMS_STR(""));
	}
}

static void rebuilt(struct alm_context *ctx, struct alm_device *d, int64_t mark)
{
	clear_unmarked(ctx, d, mark);
	d->listing.potentially_faulty = 0;
	d->listing.rebuilt = ctx->now_us;
	(void)alm_note(ctx, d, ALM_T_LIST_REBUILT, NULL, NULL, "resync");
}

static void resync(struct alm_context *ctx, struct alm_device *d, const struct alm_input *in)
{
	const Hms__DeviceEvent *ev = in->ev;
	bool ours = ev->body_case == HMS__DEVICE_EVENT__BODY_RPC_RESULT && ev->rpc_result->command_id;
	bool in_parts = ours && (ev->part || !ev->last);
	int64_t mark = ours ? (int64_t)ev->rpc_result->command_id : 0;

	if (!in->current_count && in->rows.current_entries < 0 && !in_parts)
		return;
	if (ours && !take_part(d, ev))
		return;
	for (size_t i = 0; i < in->current_count; i++) {
		struct alm_alarm *a = alm_apply_current(ctx, d, in->current[i]);

		if (a && ours) {
			a->mark = mark;
			a->dirty |= !ev->last || ev->part; /* the rest comes in other transactions */
		}
	}
	if (!ours)
		return;
	d->listing.resync_rows += (int64_t)in->current_count;
	if (in->rows.current_entries >= 0)
		d->listing.resync_entries = in->rows.current_entries;
	if (!ev->last)
		return;
	if (d->listing.resync_entries >= 0 && d->listing.resync_rows >= d->listing.resync_entries)
		rebuilt(ctx, d, mark);
	d->listing.resync_part = COMPLETE;
}

/* CurrentAlarm of a femto is emptied by a restart without clear events (TR-196): the list may be wrong until it has been read. */
static void restarted(struct alm_context *ctx, struct alm_device *d, const Hms__DeviceEvent *ev)
{
	bool femto = d->femto;

	if (ev->body_case != HMS__DEVICE_EVENT__BODY_INFORM || ev->part || !(ev->classes & HMS_EVENT_BOOT) || d->listing.potentially_faulty)
		return;
	for (size_t i = 0; i < ev->inform->n_params && !femto; i++)
		femto = strstr(ev->inform->params[i]->name, ".FAPService.") != NULL;
	if (femto)
		alm_listing(d)->potentially_faulty = ctx->now_us;
}

void alm_decide(struct alm_context *ctx, struct alm_device *d)
{
	for (struct alm_input *in = d->inputs; in; in = in->next) {
		if (in->ev)
			restarted(ctx, d, in->ev);
		for (struct alm_notice *n = in->notices; n; n = n->next)
			alm_apply(ctx, d, n);
		if (in->ev)
			resync(ctx, d, in);
	}
	for (size_t i = 0; i < d->requests_count; i++)
		alm_operate(ctx, d, d->requests[i]);
	alm_watch_limit(ctx, d);
}
