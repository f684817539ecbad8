/** Flight recorder: what is said in sessions that an operator wants recorded, without secrets, into PostgreSQL. Where nothing is recorded it costs a branch a message:
 *  fe->trace_on. Sessions never wait for it: what does not fit into its queue is counted and left out. */
#ifndef FE_TRACE_H
#define FE_TRACE_H

#include "post.h"

struct fe_trace;

/** A bit of fe_session.quirks: the session is recorded from its Inform on, by whatever front end. There, since front ends of the release before carry it on. */
enum { FE_SESSION_TRACED = 0x80 };

struct fe_trace *fe_trace_new(struct fe *fe);
/** Before the connection to PostgreSQL goes; what is under way ends by itself. */
void fe_trace_free(struct fe_trace **trace);
/** Reads what is to be recorded; called when the connection is there (again). */
void fe_trace_refresh(struct fe_trace *trace);

/* ---- of one POST; all but the first and fe_trace_begin() only where p->trace is set ---- */

/** More of the body, unpacked; only where fe->trace_on. */
void fe_trace_read(struct fe_post *p, const char *data, size_t len);
/** The message is whole, or there is none; only where fe->trace_on. */
void fe_trace_begin(struct fe_post *p);
/** A part of a record was sent. */
void fe_trace_record(struct fe_post *p, enum fe_record_kind kind, uint32_t seq);
/** It was kept. */
void fe_trace_kept(struct fe_post *p, int64_t offset);
/** The grant that is about to be written: before what is sealed in it is opened. */
void fe_trace_grant(struct fe_post *p);
/** The answer is about to leave, and its cookie is not made yet. */
void fe_trace_decide(struct fe_post *p);
/** It left. */
void fe_trace_answer(struct fe_post *p, unsigned status, struct hms_str body);
/** The request is gone, answered or not. */
void fe_trace_end(struct fe_post *p);

#endif
