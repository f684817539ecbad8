/** What the binary is: a process that serves devices, or one that calls them. */
#ifndef FE_MODE_H
#define FE_MODE_H

#include "hms/app/app.h"

/** As in struct hms_service. */
struct fe_mode {
	int (*init)(struct hms_app *app, void **state, struct hms_err *err);
	void (*reload)(struct hms_app *app, void *state);
	void (*drain)(struct hms_app *app, void *state);
	void (*fini)(struct hms_app *app, void *state);
	bool (*ready)(struct hms_app *app, void *state, struct hms_buf *why);
};

extern const struct fe_mode fe_mode_sessions, fe_mode_reach;

#endif
