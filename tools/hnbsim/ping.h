/** IPPingDiagnostics of a cell (TR-181 Device.IP.Diagnostics.IPPing): runs when the session that asked for it is over. */
#ifndef HNBSIM_PING_H
#define HNBSIM_PING_H

#include <stdint.h>

struct cell;

void ping_init(struct cell *cell);
/** Parameters of these roles were set. */
void ping_changed(struct cell *cell, uint32_t roles);
/** No session is under way. */
void ping_next(struct cell *cell);
/** A restart, or the end: what runs is lost. */
void ping_stop(struct cell *cell);

#endif
