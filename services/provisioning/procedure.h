/** Discovery and registration (TS 32.583 5.1, 5.2.1; TS 32.593 5.1) as a function of a device's stored state: level-triggered, so a session
 *  that carries no event goes on where the last one stopped. */
#ifndef PROV_PROCEDURE_H
#define PROV_PROCEDURE_H

#include "command.h"
#include "files.h"
#include "hms/device/quirks.h"
#include "hms/desired/model.h"
#include "site.h"

struct prov_call_rules;
struct prov_cm_table;
struct hms_pg_dict;

/** What procedures need from the service. */
struct prov_context {
	const struct hms_models *models;
	const struct prov_catalog *catalog; /* may be NULL: not read yet */
	struct hms_command_ids *ids;
	struct hms_arena *arena;
	const struct prov_cm_table *cm;		 /* may be NULL */
	struct hms_sealer *sealer;		 /* of credentials; may be NULL: no secret file */
	struct hms_str realm;			 /* of their HA1s */
	const struct prov_files *files;		 /* may be NULL: no file server */
	const struct hms_quirk_registry *quirks; /* may be NULL: empty */
	const struct hms_pg_dict *dict;		 /* of parameter paths; may be NULL: documents are not read */
	uint8_t digest_key[16];			 /* of digests of secrets */
	unsigned quirks_fired[HMS_QUIRK_COUNT];	 /* counted after the commit */
	int unknown_devices;			 /* enum prov_unknown */
	int tries_max;				 /* grants of a safe command without an answer */
	int64_t command_life_us;		 /* deadline of procedures' commands */
	int64_t retry_min_us, retry_max_us;
	int fault_tries_max; /* tries after faults of the device */
	int64_t fault_retry_min_us, fault_retry_max_us;
	int64_t transfer_ask_after_us;
	int64_t op_state_wait_us;
	int64_t session_live_us;	     /* a session may go on for so long after its last record */
	uint64_t xid;			     /* of the transaction; for traces */
	const struct prov_call_rules *calls; /* may be NULL: devices are not called */
};

enum prov_unknown { PROV_UNKNOWN_REFUSE, PROV_UNKNOWN_HOLD, PROV_UNKNOWN_ACCEPT };

/** A newer Inform of a known device moved it: events, role of the listener, reported parameters. */
void prov_procedure_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev);

/** A procedure's command ended done, or faulted. result may be NULL (evidence instead of an answer). */
void prov_procedure_result(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);

/** A timer of the device is due. */
void prov_procedure_timer(struct prov_context *ctx, struct prov_device *d, const char *name);

/** Adds the next step's command, if the state asks for one at the listener of this session. */
void prov_procedure_next(struct prov_context *ctx, struct prov_device *d);

#endif
