/* One CWMP session of a cell: what follows each response (TR-069 3.7.1.3, cwmp.md 5). */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"

#define BODY_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define EVENTS_JSON_MAX 16384
#define RETRY_8005_MAX 3 /* TR-069 Amendment 6: then the session has failed */

const char *session_end_text(enum session_end end)
{
	static const char *const texts[] = {
#define SESSION_END(id, text) text,
#include "session_ends.def"
#undef SESSION_END
	};

	return texts[end];
}

static void on_next(struct hms_defer *defer, void *arg);

/* The cell has thought over its answer. */
static void on_thought(struct hms_timer *timer, void *arg)
{
	(void)timer;
	session_http_post(arg);
}

static struct session *session_alloc(struct sim *sim)
{
	struct session *s;

	if (!hms_list_empty(&sim->free_sessions)) {
		s = hms_container_of(sim->free_sessions.next, struct session, node);
		hms_list_remove(&s->node);
		return s;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	hms_buf_init(&s->body, BODY_MAX_BYTES);
	hms_buf_init(&s->events_json, EVENTS_JSON_MAX);
	hms_timer_init(&s->think, sim->loop, on_thought, s);
	hms_defer_init(&s->next, on_next, s);
	return s;
}

/* Everything but what a session keeps for its next use. */
static void session_clear(struct session *s)
{
	s->cookies.len = 0;
	s->auth = (struct auth){ 0 };
	s->target = NULL;
	s->redirect = NULL;
	s->phase = PHASE_INFORM;
	s->ending = s->answered = false;
	s->status = s->redirects = s->retries_8005 = s->rpcs = s->requests = 0;
	s->request = NULL;
	s->asking = s->asked = 0;
	s->rpc_id[0] = '\0';
	s->inform_us = s->answered_us = s->first_rpc_us = 0;
	hms_buf_reset(&s->body);
	hms_buf_reset(&s->events_json);
}

void sessions_free(struct sim *sim)
{
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &sim->free_sessions) {
		struct session *s = hms_container_of(it, struct session, node);

		hms_buf_fini(&s->body);
		hms_buf_fini(&s->events_json);
		free(s);
	}
	hms_list_init(&sim->free_sessions);
}

void session_start(struct cell *cell, uint64_t intended_us)
{
	struct sim *sim = cell->sim;
	struct session *s = session_alloc(sim);

	if (!s) {
		sim->counts.ends[SESSION_MEMORY]++;
		cell_session_ended(cell, false);
		return;
	}
	session_clear(s);
	s->cell = cell;
	cell->session = s;
	s->group = cell->group;
	s->turn = s->group ? s->group->turn++ : 0;
	s->start_us = intended_us > 0 ? intended_us : hms_mono_us();
	s->client = cell->kept;
	s->target = cell->kept_target;
	cell->kept = NULL;
	hms_list_push_back(&sim->live_sessions, &s->node);
	sim->live++;
	sim->counts.sessions++;
	sim->counts.informs++;
	if (session_write_inform(s) != 0)
		session_finish(s, SESSION_MEMORY);
	else if (!s->group)
		session_finish(s, SESSION_URL);
	else
		session_http_post(s);
}

void session_post(struct session *s) { hms_defer_schedule(s->cell->sim->loop, &s->next); }

void session_finish(struct session *s, enum session_end end)
{
	s->ending = true;
	s->end = end;
	hms_defer_schedule(s->cell->sim->loop, &s->next);
}

static void session_ended(struct session *s)
{
	struct cell *cell = s->cell;
	struct sim *sim = cell->sim;

	sim->counts.ends[s->end]++;
	session_record_rpc_answered(s, s->end);
	if (!s->answered)
		session_record_inform(s);
	session_record_end(s, s->end);
	session_http_close(s);
	if (!s->answered)
		events_inform_failed(&cell->events, s->sent);
	hms_list_remove(&s->node);
	sim->live--;
	cell->session = NULL;
	cell_session_ended(cell, s->end == SESSION_DONE);
	if (sim->watch && sim->watch->ended)
		sim->watch->ended(cell, s, s->end);
	hms_list_push_front(&sim->free_sessions, &s->node);
}

static void on_next(struct hms_defer *defer, void *arg)
{
	struct session *s = arg;

	(void)defer;
	if (s->ending)
		session_ended(s);
	else
		session_http_post(s);
}

void session_stop(struct session *s)
{
	hms_timer_stop(&s->think);
	hms_defer_cancel(&s->next);
	s->ending = true;
	s->end = SESSION_STOPPED;
	session_ended(s);
}

/* ---- the answer to the Inform ---- */
static void inform_answered(struct session *s)
{
	struct cell *cell = s->cell;
	struct sim *sim = cell->sim;

	s->answered = true;
	s->answered_us = hms_mono_us();
	sim->counts.informs_answered++;
	events_inform_answered(&cell->events, s->sent);
	alarm_answered(cell, s);
	tree_clear_changes(&cell->tree, s->changes_sent);
	session_record_inform(s);
	if (sim->watch && sim->watch->informed)
		sim->watch->informed(cell, s);
	s->phase = session_write_request(s) ? PHASE_REQUESTS : PHASE_RPCS;
	session_post(s);
}

/* Whether a body is, beyond doubt, the InformResponse to this Inform: without parsing, since that is most of what a
 * load rig would do. What is not as plain as that goes to the parser. */
static bool is_plain_inform_response(const struct session *s, struct hms_str body)
{
	static const char open[] = "InformResponse>", end[] = "Envelope>";
	const char *ns = hms_cwmp_ns_uri((enum hms_cwmp_ns)s->cell->sim->opt->cwmp);
	size_t marker_len = strlen(s->marker);

	while (body.len > 0 && (body.p[body.len - 1] == '\n' || body.p[body.len - 1] == '\r'))
		body.len--;
	return hms_str_ends(body, HMS_STR(end)) && memmem(body.p, body.len, open, sizeof(open) - 1) &&
	       memmem(body.p, body.len, s->marker, marker_len) && memmem(body.p, body.len, ns, strlen(ns));
}

static void inform_response_read(struct session *s, const struct hms_cwmp_msg *msg)
{
	bool ours = !msg->id.p || hms_str_eqz(msg->id, s->marker);

	if (msg->kind == HMS_CWMP_ACS_RESPONSE && msg->acs_method == HMS_ACS_INFORM && ours)
		inform_answered(s);
	else if (msg->kind == HMS_CWMP_FAULT && msg->fault.code == 8005 && s->retries_8005++ < RETRY_8005_MAX)
		session_post(s); /* the identical request, in the same session */
	else
		session_finish(s, msg->kind == HMS_CWMP_FAULT ? SESSION_FAULT : SESSION_PROTOCOL);
}

/* The answer to a request of the cell's own: the Inform, or what comes behind it. */
static void acs_response(struct session *s, const struct hms_http_response *res)
{
	struct sim *sim = s->cell->sim;
	struct hms_cwmp_msg *msg;

	if (s->phase == PHASE_INFORM && is_plain_inform_response(s, res->body)) {
		inform_answered(s);
		return;
	}
	hms_arena_reset(sim->arena);
	hms_cwmp_reader_reset(sim->reader);
	if (hms_cwmp_reader_feed(sim->reader, res->body.p, res->body.len) != 0 || hms_cwmp_reader_end(sim->reader, &msg, NULL) != 0)
		session_finish(s, SESSION_PROTOCOL);
	else if (s->phase == PHASE_INFORM)
		inform_response_read(s, msg);
	else
		session_request_answered(s, msg);
}

void session_response(struct session *s, const struct hms_http_response *res)
{
	session_record_rpc_answered(s, SESSION_STATUS);
	if (res->status != 200 && res->status != 204)
		session_finish(s, SESSION_STATUS);
	else if (s->phase != PHASE_RPCS && res->body.len > 0)
		acs_response(s, res);
	else if (s->phase != PHASE_RPCS)
		session_finish(s, SESSION_PROTOCOL); /* each request has a response */
	else if (res->body.len == 0)
		session_finish(s, SESSION_DONE);
	else
		session_rpc(s, res->body);
}
