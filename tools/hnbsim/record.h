/** The record of a run: a JSON object a line, each written at once, so that it is complete whatever happens to the
 *  process. What it says of an Inform or an RPC is exact: "answered" means that the whole response was received.
 *
 *  Lines: {"t": microseconds, "cell": serial, "ev": kind, ...}
 *      boot         cause power-up|reboot|factory-reset|resume|load, keys (CommandKeys of the Reboots)
 *      inform       marker (its cwmp:ID), events ([code, CommandKey] each), url, retry, parameter_key,
 *                   status (of HTTP, or in words why there was none), answered (bool)
 *      rpc          method, id, marker, command_key, parameter_key, result ("ok", a fault code, or "not executed"),
 *                   answer (sent|abandoned|empty)
 *      rpc_answered id, status (of the HTTP response to that answer)
 *      session_end  marker, reason, status, ok (bool), rpcs
 *      state        name (op_state|acs_url|pm), value
 *      alarm        id (AlarmIdentifier), type (NewAlarm|ChangedAlarm|ClearedAlarm), time (EventTime), severity, mechanism
 *                   (expedited|queued|logged|disabled); lost_id, lost_time: the event whose row this one was written over before it
 *                   was reported
 *      alarm_reported  id, type, time, marker (of the Inform that was answered), partial (bool). Events that are in no such line
 *                   when the cell boots will never be reported.
 *      pm           period_end, interval, period (from 1), result ("ok", "refused", "skipped", "dropped", or in words), status, size,
 *                   sha256, sum (of all values). A file that was refused or not answered is sent again.
 *      transfer     kind (download|upload), command_key, file_type, size, sha256, fault (0: done and applied), text
 *      transfer_complete  id (cwmp:ID), marker, command_key, answered (bool), fault
 *      transfer_dropped   command_key, done (bool): a 0 BOOTSTRAP came before it was reported, or a factory reset before it ran
 *
 *  A Reboot or FactoryReset is executed when `boot` says so; `rpc` says that it was accepted. */
#ifndef HNBSIM_RECORD_H
#define HNBSIM_RECORD_H

#include "hms/base/buf.h"
#include "hms/base/err.h"

struct record;

/** Appends to path. Errors: HMS_EIO with text. */
int record_open(const char *path, struct record **out, struct hms_err *err);
/** Returns 0, or HMS_EIO if any line could not be written: then the record must not be trusted. */
int record_close(struct record **record);

/** Begins a line. False: no record is kept (record NULL), nothing else need be called. */
bool record_begin(struct record *record, const char *serial, const char *event);
void record_text(struct record *record, const char *name, struct hms_str value);
void record_int(struct record *record, const char *name, int64_t value);
void record_bool(struct record *record, const char *name, bool value);
/** JSON that is there already. */
void record_json(struct record *record, const char *name, struct hms_str json);
void record_end(struct record *record);

/** Appends text as a JSON string. */
void record_quote(struct hms_buf *out, struct hms_str text);

#endif
