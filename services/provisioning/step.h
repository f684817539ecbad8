/** Steps of procedures: which one the stored state asks for, what it sends, and what its end means. Level-triggered: nothing but the state says what comes next. */
#ifndef PROV_STEP_H
#define PROV_STEP_H

#include "procedure.h"

struct prov_step {
	const char *purpose;	/* of the command, and of the history */
	const char *part;	/* of the profile; NULL: it needs none */
	unsigned states, roles; /* states, and listener roles, in which it may run, as bits */
	unsigned duty;		/* that asks for it; 0: the state alone does */
	enum hms_cwmp_method method;
	/* Whether it has to be done; NULL: yes. */
	bool (*asks)(struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice);
	int (*payload)(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
		       struct hms_str *payload, struct hms_err *err);
	void (*done)(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
	void (*faulted)(struct prov_context *ctx, struct prov_device *d, struct prov_command *c); /* NULL: its procedure has failed */
};

/** The duty that asks for the step of this purpose; 0: none. */
unsigned prov_step_duty(struct hms_str purpose);

/* step_ends.c */
/** The procedure has failed: state FAILED, an alarm, and a retry later. */
void prov_end_fail(struct prov_context *ctx, struct prov_device *d, const char *reason);
void prov_end_recovered(struct prov_context *ctx, struct prov_device *d);
void prov_end_located(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_end_assigned(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_end_configured(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_end_unlocked(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_end_enter_service(struct prov_context *ctx, struct prov_device *d);

#endif
