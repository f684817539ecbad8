/** One CWMP session of a cell, seen from the CPE (TR-069 3.7.1): Inform, empty POST, RPCs, 204. */
#ifndef HNBSIM_SESSION_H
#define HNBSIM_SESSION_H

#include "auth.h"
#include "cell.h"
#include "cookie.h"

enum session_phase { PHASE_INFORM, PHASE_REQUESTS, PHASE_RPCS };
#define MARKER_SIZE 128

struct session {
	struct hms_list node; /* in sim->live_sessions or free_sessions */
	struct cell *cell;
	struct hms_http_client *client;
	const struct target *target; /* the client's */
	struct target_group *group;
	struct target *redirect; /* instead of the group, for the rest of the session */
	unsigned turn;		 /* in the group */
	enum session_phase phase;
	struct hms_buf body; /* of the POST under way; empty: an empty POST */
	struct cookies cookies;
	struct auth auth;
	struct hms_timer think; /* --answer-delay */
	struct hms_defer next;	/* the next POST, or the end: never inside the client's callback */
	bool ending;
	enum session_end end;
	unsigned status; /* of the last response, 0: none */
	unsigned redirects, retries_8005, rpcs;
	char marker[MARKER_SIZE]; /* cwmp:ID of the Inform */
	struct events_sent sent;
	struct transfer *request; /* whose TransferComplete or DUStateChangeComplete is under way, or NULL */
	uint32_t asking;	  /* event of the Kicked or RequestDownload that is under way, or 0 */
	uint32_t asked;		  /* events of those that were sent in this session */
	unsigned requests;
	char request_id[MARKER_SIZE];
	bool partial; /* rows of alarms were sent in part (--partial-alarms) */
	uint32_t changes_sent, retry_count;
	uint32_t event_bits;	    /* all events of the Inform */
	struct hms_buf events_json; /* for the record */
	bool answered;		    /* the InformResponse is here */
	char rpc_id[MARKER_SIZE];   /* of the RPC whose answer is under way; "": none */
	/* monotonic; 0: not yet */
	uint64_t start_us, posted_us, inform_us, answered_us, first_rpc_us;
};

/** Begins a session; the cell has none. intended_us: when it should have begun (monotonic), 0 = now. */
void session_start(struct cell *cell, uint64_t intended_us);
/** Cuts it at once. */
void session_stop(struct session *session);
/** A connection of the cell to a target, from its source address. @param memory  of its TLS sessions, or NULL. NULL when out of memory. */
struct hms_http_client *session_client_new(const struct cell *cell, const struct target *target, size_t body_max_bytes,
					   struct hms_tls_memory *memory);
/** Frees those kept for use again. */
void sessions_free(struct sim *sim);

/* ---- between the parts of a session ---- */
/** Ends it, later on the loop. */
void session_finish(struct session *session, enum session_end end);
/** Sends the body (again), later on the loop. */
void session_post(struct session *session);
/** session_http.c: does what session_post() and session_finish() asked for. */
void session_http_post(struct session *session);
void session_http_close(struct session *session);
/** session.c: a response that is neither a challenge nor a redirect. */
void session_response(struct session *session, const struct hms_http_response *res);
/** session_rpc.c: executes the RPC in a response. */
void session_rpc(struct session *session, struct hms_str body);
/** inform.c: the Inform into session->body. Returns 0 or HMS_ENOMEM. */
int session_write_inform(struct session *session);
/** session_record.c */
void session_record_inform(const struct session *session);
void session_record_rpc(const struct session *session, const struct rpc_call *call, const char *answer, bool executed);
void session_record_rpc_answered(struct session *session, enum session_end end);
void session_record_end(const struct session *session, enum session_end end);

#endif
