/** Plans of profiles, as people read them. */
#ifndef CTL_PLAN_H
#define CTL_PLAN_H

#include "ctl.h"

/** Of one device, or of all. */
void ctl_plan_print(const struct ctl *ctl, json_t *plan);

#endif
