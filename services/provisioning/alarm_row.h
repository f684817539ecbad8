/** Partial rows of FaultMgmt event tables in an Inform: the whole row is read in the same session (contracts 7: I4); the alarms service consumes the answer. */
#ifndef PROV_ALARM_ROW_H
#define PROV_ALARM_ROW_H

#include "procedure.h"

#define PROV_PURPOSE_ALARM_ROW "alarm_row"

/** Adds the command that reads them; nothing if all rows are whole. */
void prov_alarm_rows(struct prov_context *ctx, struct prov_device *d, const Hms__Inform *inform);

#endif
