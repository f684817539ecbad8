/** What is set up on a registered cell beside its configuration: notifications (FM-03, IPC-02), its alarm list, PM uploads (PM-01, PM-02). Steps of step.c.
 *  A refusal does not stop the cell: it is noted, and told by an alarm. */
#ifndef PROV_SETUP_H
#define PROV_SETUP_H

#include "procedure.h"

/** A BOOTSTRAP: what was set up may be gone. */
void prov_setup_forget(struct prov_device *d);

/** A registered cell was here: whether its PM uploads are still as profile and site want them. */
void prov_setup_look(struct prov_context *ctx, struct prov_device *d);

/** A duty could not be done: it is given up, until the next registration. */
void prov_setup_failed(struct prov_context *ctx, struct prov_device *d, const char *purpose, unsigned duty, const char *reason);

/* Payloads; payload->p NULL: there is nothing to be done. */
int prov_setup_attributes(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			  struct hms_str *payload, struct hms_err *err);
int prov_setup_alarms(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
		      struct hms_str *payload, struct hms_err *err);
int prov_setup_pm_table(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			struct hms_str *payload, struct hms_err *err);
int prov_setup_pm_object(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			 struct hms_str *payload, struct hms_err *err);
int prov_setup_pm(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
		  struct hms_str *payload, struct hms_err *err);

/** The row of PM uploads is not known yet; there is none. */
bool prov_setup_asks_pm_find(struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice);
bool prov_setup_asks_pm_add(struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice);

/* Ends. */
void prov_setup_done(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_setup_configured(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_setup_faulted(struct prov_context *ctx, struct prov_device *d, struct prov_command *c);
void prov_setup_by_values(struct prov_context *ctx, struct prov_device *d,
			  struct prov_command *c); /* no file: the same values by SetParameterValues */
void prov_setup_denied(struct prov_context *ctx, struct prov_device *d, struct prov_command *c); /* as may be: 9005, 9009 */
void prov_setup_pm_found(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_setup_pm_none(struct prov_context *ctx, struct prov_device *d, struct prov_command *c);
void prov_setup_pm_added(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_setup_pm_set(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);

#endif
