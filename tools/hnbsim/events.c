/* Events of a cell that wait to be reported (TR-069 3.7.1.5, table 8). */
#include "events.h"

#include <stdlib.h>

/* Not cleared by the InformResponse but by the response to a request of the cell's own. */
#define CLEARED_BY_REQUEST                                                                                                      \
	(HMS_EVENT_KICKED | HMS_EVENT_TRANSFER_COMPLETE | HMS_EVENT_REQUEST_DOWNLOAD | HMS_EVENT_AUTONOMOUS_TRANSFER_COMPLETE | \
	 HMS_EVENT_DU_STATE_CHANGE_COMPLETE | HMS_EVENT_AUTONOMOUS_DU_STATE_CHANGE_COMPLETE | HMS_EVENT_M_DOWNLOAD |            \
	 HMS_EVENT_M_SCHEDULE_DOWNLOAD | HMS_EVENT_M_UPLOAD | HMS_EVENT_M_CHANGE_DU_STATE)
#define NOT_RETRIED HMS_EVENT_CONNECTION_REQUEST
#define UNTIL_REBOOT                                                                                                                  \
	(HMS_EVENT_BOOT | HMS_EVENT_VALUE_CHANGE | HMS_EVENT_CONNECTION_REQUEST | HMS_EVENT_DIAGNOSTICS_COMPLETE | HMS_EVENT_WAKEUP | \
	 HMS_EVENT_HEARTBEAT)

void events_fini(struct events *events)
{
	free(events->m);
	*events = (struct events){ 0 };
}

static void drop_m(struct events *events, uint16_t at)
{
	events->m_count--;
	memmove(&events->m[at], &events->m[at + 1], (size_t)(events->m_count - at) * sizeof(*events->m));
}

static unsigned waiting(const struct events *events) { return (unsigned)__builtin_popcount(events->single) + events->m_count; }

void events_add(struct events *events, uint32_t bit)
{
	if (bit == HMS_EVENT_BOOTSTRAP) {
		events->single = 0;
		events->m_count = 0;
	}
	events->single |= bit;
	if (waiting(events) > EVENTS_MAX && events->m_count > 0)
		drop_m(events, 0);
}

int events_add_m(struct events *events, uint32_t bit, struct hms_str command_key)
{
	struct event_m *grown = realloc(events->m, ((size_t)events->m_count + 1) * sizeof(*grown)), *m;

	if (!grown)
		return HMS_ENOMEM;
	events->m = grown;
	m = &grown[events->m_count++];
	*m = (struct event_m){ .bit = bit, .number = ++events->last };
	if (command_key.len > EVENT_KEY_SIZE - 1)
		command_key.len = EVENT_KEY_SIZE - 1;
	if (command_key.len > 0)
		memcpy(m->key, command_key.p, command_key.len);
	if (waiting(events) > EVENTS_MAX)
		drop_m(events, 0);
	return 0;
}

size_t events_list(const struct events *events, struct hms_cwmp_event out[EVENTS_MAX])
{
	size_t n = 0;

	for (uint32_t rest = events->single; rest != 0 && n < EVENTS_MAX; rest &= rest - 1)
		out[n++] = (struct hms_cwmp_event){ hms_str(hms_cwmp_event_code(rest & -rest)), HMS_STR("") };
	for (uint16_t i = 0; i < events->m_count && n < EVENTS_MAX; i++)
		out[n++] = (struct hms_cwmp_event){ hms_str(hms_cwmp_event_code(events->m[i].bit)), hms_str(events->m[i].key) };
	return n;
}

struct events_sent events_mark(const struct events *events) { return (struct events_sent){ events->single, events->last }; }

void events_inform_answered(struct events *events, struct events_sent sent)
{
	events->single &= ~(sent.single & ~CLEARED_BY_REQUEST);
	for (uint16_t i = events->m_count; i-- > 0;)
		if (events->m[i].number <= sent.last && !(events->m[i].bit & CLEARED_BY_REQUEST))
			drop_m(events, i);
}

/* M events that travel with a single one. */
static uint32_t companions(uint32_t single)
{
	if (single == HMS_EVENT_TRANSFER_COMPLETE)
		return HMS_EVENT_M_DOWNLOAD | HMS_EVENT_M_UPLOAD | HMS_EVENT_M_SCHEDULE_DOWNLOAD;
	return single == HMS_EVENT_DU_STATE_CHANGE_COMPLETE ? HMS_EVENT_M_CHANGE_DU_STATE : 0;
}

void events_request_answered(struct events *events, uint32_t single, uint32_t m_bit, struct hms_str command_key)
{
	bool left = false;

	for (uint16_t i = 0; i < events->m_count; i++) {
		if (events->m[i].bit == m_bit && hms_str_eqz(command_key, events->m[i].key)) {
			drop_m(events, i);
			break;
		}
	}
	for (uint16_t i = 0; i < events->m_count; i++)
		left |= (events->m[i].bit & companions(single)) != 0;
	if (!left)
		events->single &= ~single;
}

void events_inform_failed(struct events *events, struct events_sent sent) { events->single &= ~(sent.single & NOT_RETRIED); }

void events_rebooted(struct events *events) { events->single &= ~UNTIL_REBOOT; }
