/** Runs the Downloads and Uploads of a cell, one at a time, once the session that asked for them is over. */
#ifndef HNBSIM_TRANSFER_H
#define HNBSIM_TRANSFER_H

#include "transfers.h"

struct cell;
struct hms_cwmp_msg;
struct session;

void transfer_init(struct cell *cell);
/** No session is under way: applies what was fetched, starts what waits. */
void transfer_next(struct cell *cell);
/** Cuts what runs: the cell goes down. */
void transfer_stop(struct cell *cell);
/** After a restart: firmware that was fetched is the one that runs now. */
void transfer_booted(struct cell *cell);
/** 0 BOOTSTRAP drops what is done and not reported yet (TR-069 3.7.1.5); a factory reset (all) what waits, too. */
void transfer_drop(struct cell *cell, bool all);

/** A request that this session has to send, into its body: TransferComplete, DUStateChangeComplete, Kicked, RequestDownload; false: none is left
 *  (session_request.c). */
bool session_write_request(struct session *session);
/** What the HMS answered to it. */
void session_request_answered(struct session *session, const struct hms_cwmp_msg *msg);

#endif
