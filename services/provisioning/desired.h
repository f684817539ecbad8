/** Desired configuration of a device (architecture.md): looked at whenever it is decided on, level-triggered as procedures are. What is desired, and the smallest change that
 *  leads there, is lib/desired's to say; here it becomes commands, and their ends become notes. */
#ifndef PROV_DESIRED_H
#define PROV_DESIRED_H

#include "hms/desired/plan.h"
#include "procedure.h"

#define PROV_PURPOSE_DESIRED "desired"

enum prov_desired_state {
#define DESIRED_STATE(id, name) PROV_DESIRED_##id,
#include "hms/desired/states.def"
#undef DESIRED_STATE
};
extern const char *const prov_desired_state_names[];

/** A row of device_desired, and what a batch adds to it. */
struct prov_desired {
#define COL PROV_FIELD
#define COL_ENUM PROV_FIELD_ENUM
#include "desired.def"
#undef COL
#undef COL_ENUM
	bool exists; /* has a row */
	bool dirty;
	bool looked;	  /* in this transaction */
	bool pools_asked; /* for values that it has not been allotted */
	bool release;	  /* its ids go back to their pools */
	struct hms_str region;
	struct hms_str *tags;
	size_t tag_count;
	struct hms_str leases; /* {pool: value} */
	struct hms_desired *merged;
	struct hms_plan_step *step; /* what comes next; NULL: nothing */

	/* for metrics, which count after the commit */
	bool entered;		   /* its state is another one */
	enum hms_cwmp_method sent; /* the step that became a command; 0: none */
	unsigned drift;		   /* parameters that somebody else has changed */
	bool repaired, audit;
	uint64_t planned_us; /* what the look took; 0: there was none */
};

/** 0 BOOTSTRAP: it may have been reset, and nothing that was known of it holds any more. */
void prov_desired_forget(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev);
/** Everything that is managed is to be read again. */
void prov_desired_audit(struct prov_context *ctx, struct prov_device *d);

/** Looks at it: what is desired now, what differs, and what comes next. */
void prov_desired_look(struct prov_context *ctx, struct prov_device *d);
/** Whether something is still to be sent to it, so that its next Inform shall wait. */
bool prov_desired_works(const struct prov_device *d);
/** Adds the next step's command to a session that waits, unless something else of procedures is open. */
void prov_desired_next(struct prov_context *ctx, struct prov_device *d);

/** A command has ended: what it wrote is cached, and noted where it is managed or an operator's; steps of a plan lead to the next one. result may be NULL. */
void prov_desired_ended(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);

/** ParameterKey of a write (contracts 7): '~<id>.<try>', the configuration's hash on the last of a plan. */
void prov_desired_parameter_key(const struct prov_command *c, char out[33]);
/** A ParameterKey that says which configuration a device has: evidence of the write that brought it. */
struct prov_command *prov_desired_of_key(const struct prov_device *d, struct hms_str key);

/** What is known of a device: this batch's reports over its document. notes are the caller's. Returns 0 or HMS_ENOMEM. */
struct prov_known;
int prov_known_make(struct prov_context *ctx, struct prov_device *d, json_t *notes, struct hms_known *out);

/** A parameter that changed; p NULL: not known. source: P profile, O operator, D the device. Secrets are the caller's to hide. */
struct prov_change {
	struct hms_str path, old, new;
	char source;
	struct hms_str by;
	int64_t command_id;
};
void prov_change_add(struct prov_context *ctx, struct prov_device *d, const struct prov_change *change);

#endif
