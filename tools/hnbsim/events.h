/** Events of a cell that wait to be reported (TR-069 3.7.1.5): what is cumulative, what clears them, what drops
 *  them. No I/O. */
#ifndef HNBSIM_EVENTS_H
#define HNBSIM_EVENTS_H

#include "hms/cwmp/cwmp.h"

#define EVENTS_MAX 64
#define EVENT_KEY_SIZE 33 /* CommandKey: 32 characters */

/** One occurrence of an "M ..." event. */
struct event_m {
	uint32_t bit, number;
	char key[EVENT_KEY_SIZE];
};

struct events {
	uint32_t single; /* enum hms_cwmp_event_bit: waiting, once each */
	uint32_t last;	 /* number of the newest M event */
	struct event_m *m;
	uint16_t m_count;
};

/** What one Inform reported. */
struct events_sent {
	uint32_t single, last;
};

void events_fini(struct events *events);

/** Adds a single event; no effect when it waits already. 0 BOOTSTRAP drops all others. */
void events_add(struct events *events, uint32_t bit);
/** Adds an occurrence of an M event; over EVENTS_MAX in all the oldest M event is dropped. Returns 0 or HMS_ENOMEM. */
int events_add_m(struct events *events, uint32_t bit, struct hms_str command_key);

static inline bool events_none(const struct events *events) { return events->single == 0 && events->m_count == 0; }

/** The list for an Inform; strings borrow until the next change. Returns how many. */
size_t events_list(const struct events *events, struct hms_cwmp_event out[EVENTS_MAX]);
struct events_sent events_mark(const struct events *events);

/** The InformResponse to what was sent has arrived. Those that need a response of their own (TransferComplete etc.)
 *  stay. */
void events_inform_answered(struct events *events, struct events_sent sent);
/** The session failed before: some are not retried. */
void events_inform_failed(struct events *events, struct events_sent sent);
/** The response to a request of the cell's own has arrived (TransferComplete): the oldest M event of that kind and key
 *  goes, and the single one when no M event is left that it travels with. */
void events_request_answered(struct events *events, uint32_t single, uint32_t m_bit, struct hms_str command_key);
/** The cell restarts: those that live until a reboot only are dropped. */
void events_rebooted(struct events *events);

#endif
