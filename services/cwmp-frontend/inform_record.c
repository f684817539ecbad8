/* The record of an Inform: identity and events in each part, parameters split (contracts 5). */
#include "inform_record.h"

#include "fields.h"
#include "parameter_key.h"

static Hms__DeviceId *device(struct hms_arena *arena, const struct hms_cwmp_device_id *id)
{
	Hms__DeviceId *out = hms_arena_alloc(arena, sizeof(*out));

	if (!out)
		return NULL;
	hms__device_id__init(out);
	if (!fe_text(arena, id->manufacturer, &out->manufacturer) || !fe_text(arena, id->oui, &out->oui) ||
	    !fe_text(arena, id->product_class, &out->product_class) || !fe_text(arena, id->serial, &out->serial))
		return NULL;
	return out;
}

static Hms__Event **events(struct hms_arena *arena, const struct hms_cwmp_event *in, size_t count)
{
	Hms__Event **out = hms_arena_alloc(arena, count * sizeof(*out));
	Hms__Event *rows = hms_arena_alloc(arena, count * sizeof(*rows));

	for (size_t i = 0; out && rows && i < count; i++) {
		hms__event__init(&rows[i]);
		if (!fe_text(arena, in[i].code, &rows[i].code) || !fe_text(arena, in[i].command_key, &rows[i].command_key))
			return NULL;
		out[i] = &rows[i];
	}
	return rows ? out : NULL;
}

/* Returns whether memory sufficed. */
static bool fill(Hms__Inform *inform, struct hms_arena *arena, const struct hms_cwmp_msg *m, uint8_t credential)
{
	struct hms_str key = { NULL, 0 };

	inform->device = device(arena, &m->device);
	inform->events = events(arena, m->events, m->event_count);
	inform->n_events = m->event_count;
	inform->retry_count = m->retry_count;
	inform->cwmp = m->ns;
	inform->credential = (Hms__Inform__Credential)credential;
	inform->has_parameter_key = fe_parameter_key(m, &key);
	return inform->device && inform->events && fe_text(arena, m->current_time, &inform->current_time) &&
	       fe_text(arena, key, &inform->parameter_key) && fe_text(arena, m->id, &inform->cwmp_id);
}

static uint32_t flags(const struct fe_post *p)
{
	const struct hms_cwmp_msg *m = p->msg;
	uint32_t set = 0;

	set |= p->lookup.miss ? HMS__DEVICE_EVENT__FLAG__MISS : 0;
	set |= m->retry_count > 0 ? HMS__DEVICE_EVENT__FLAG__RETRY : 0;
	set |= m->truncated ? HMS__DEVICE_EVENT__FLAG__TRUNCATED : 0;
	set |= !p->lookup.known ? HMS__DEVICE_EVENT__FLAG__UNKNOWN : 0;
	return set;
}

void fe_inform_record(struct fe_post *p, fe_record_then *then)
{
	const struct hms_cwmp_msg *m = p->msg;
	struct fe_record *r = fe_record_new(p, FE_RECORD_INFORM, p->s.seq);
	int rc = 0;

	if (!r || !fill(&r->inform, p->work->arena, m, p->credential)) {
		then(p, HMS_ENOMEM);
		return;
	}
	r->lane = p->s.stay == FE_STAY_QUIET ? HMS_LANE_QUIET : HMS_LANE_URGENT;
	r->streams = true;
	r->event.flags = flags(p);
	r->event.param_hash = hms_param_hash(m->params, m->param_count);
	r->event.param_hash_rule = HMS_PARAM_HASH_RULE;
	for (size_t i = 0; i < m->param_count && rc == 0; i++)
		rc = fe_record_param(r, &m->params[i]);
	if (rc)
		p->acks.code = rc;
	fe_record_send(r, then);
}
