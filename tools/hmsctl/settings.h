/** Where the API is and who asks: options, environment, ~/.config/hms/ctl.conf, in this order. */
#ifndef CTL_SETTINGS_H
#define CTL_SETTINGS_H

#include "ctl.h"

struct ctl_settings {
	char url[512], token[512];
};
/** Returns 0, or an error that says what is missing or which line is wrong. */
int ctl_settings_read(const struct ctl *ctl, struct ctl_settings *out, struct hms_err *err);

#endif
