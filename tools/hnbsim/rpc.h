/** Executes the RPCs of TR-069 A.3 on a cell's parameters and writes the answer. No I/O. */
#ifndef HNBSIM_RPC_H
#define HNBSIM_RPC_H

#include "hms/cwmp/writer.h"
#include "transfers.h"
#include "tree.h"

struct rpc_call {
	struct tree *tree;
	struct transfers *transfers; /* where Download and Upload go; NULL: they are refused */
	const struct tree_env *env;
	struct hms_arena *arena; /* scratch for one message */
	const struct hms_cwmp_msg *msg;
	struct hms_buf *out; /* the answer's envelope is appended */

	/* Results. The rest is the caller's to do: */
	uint32_t fault_code;			   /* 0: executed */
	uint32_t roles;				   /* ROLE_BIT() of every role whose value was set */
	size_t written;				   /* how many parameters were set */
	bool reboot, factory_reset;		   /* to be done after the session */
	bool rows;				   /* a row was added or deleted */
	uint64_t inform_in_ms;			   /* ScheduleInform: a session is to begin so much later, with command_key; 0: none */
	struct hms_str command_key, parameter_key; /* of the RPC; {NULL,0} if it has none */

	/* For handlers: rows of a SetParameterValues fault. */
	struct hms_cwmp_param_fault *param_faults;
	size_t param_fault_count;
};

/** Notes the keys of call->msg, which is of kind HMS_CWMP_RPC. */
void rpc_note_keys(struct rpc_call *call);
/** Notes the keys and executes it. */
void rpc_execute(struct rpc_call *call);

/** A handler writes its response and returns 0, or returns a fault code and has changed nothing. */
typedef uint32_t rpc_handler(struct rpc_call *call);
rpc_handler rpc_get_parameter_values, rpc_get_parameter_names, rpc_get_parameter_attributes;
rpc_handler rpc_set_parameter_values, rpc_set_parameter_attributes;
rpc_handler rpc_add_object, rpc_delete_object;
rpc_handler rpc_download, rpc_upload, rpc_get_queued_transfers, rpc_get_all_queued_transfers;
rpc_handler rpc_schedule_download, rpc_change_du_state, rpc_cancel_transfer;
rpc_handler rpc_schedule_inform, rpc_set_vouchers, rpc_get_options, rpc_echo;

/* ---- shared by handlers ---- */
/** Writes <cwmp:METHODResponse> with these arguments. */
void rpc_respond(struct rpc_call *call, const char *response, const struct hms_cwmp_arg *args, size_t count);
static inline struct hms_cwmp_arg rpc_text(const char *name, struct hms_str value)
{
	return (struct hms_cwmp_arg){ .name = hms_str(name), .kind = HMS_ARG_TEXT, .value = value };
}
/** Whether the ParameterKey is one: 0 or 9003. */
uint32_t rpc_check_parameter_key(const struct rpc_call *call);
/** Writes that key into the tree, after success. Returns 0 or 9002. */
uint32_t rpc_store_parameter_key(struct rpc_call *call);
/** Whether a path that ends with '.' (or "") names an object of the cell. */
bool rpc_is_object(const struct tree *tree, struct hms_str path);

/** Parameters that a list of names and partial paths stands for. */
struct rpc_selection {
	struct hms_str *names;
	struct tree_ref *refs;
	size_t count, size;
};
/** Of all fields of that path. Returns 0, 9002, 9003 or 9005. */
uint32_t rpc_select(struct rpc_call *call, const char *field, struct rpc_selection *out);
/** Adds those of one name or partial path. */
uint32_t rpc_select_path(struct rpc_call *call, struct hms_str path, struct rpc_selection *out);

#endif
