/** How far provisioning is behind, by partition, and what that means for an Inform (contracts 4). */
#ifndef FE_LAG_H
#define FE_LAG_H

#include "fe.h"

enum fe_admission {
	FE_ADMIT_HOLD,	  /* its session may wait */
	FE_ADMIT_NO_HOLD, /* it is kept, but its session does not wait */
	FE_ADMIT_REFUSE,  /* 503 before it is accepted: event and back-off stay on the device */
};
/** @param lag_ms  -1: not reported. Pure. */
enum fe_admission fe_admit(const struct fe_conf *conf, uint32_t classes, int64_t lag_ms);

struct fe_lag;
/** Reads all partitions each second; until the first answer none reports. NULL when out of memory. */
struct fe_lag *fe_lag_new(struct fe *fe);
/** After the connection to Redis is gone. */
void fe_lag_free(struct fe_lag **lag);
/** -1: not reported. */
int64_t fe_lag_ms(const struct fe_lag *lag, unsigned partition);

#endif
