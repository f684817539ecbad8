/* Which RPCs a cell has, and what they share. */
#include "rpc.h"

#define PARAMETER_KEY_MAX 32

static rpc_handler get_rpc_methods, reboot, factory_reset;

/* The methods of a cell; all others are answered with fault 9000. */
static const struct {
	enum hms_cwmp_method method;
	rpc_handler *handler;
} methods[] = {
	{ HMS_CWMP_GET_RPC_METHODS, get_rpc_methods },
	{ HMS_CWMP_SET_PARAMETER_VALUES, rpc_set_parameter_values },
	{ HMS_CWMP_GET_PARAMETER_VALUES, rpc_get_parameter_values },
	{ HMS_CWMP_GET_PARAMETER_NAMES, rpc_get_parameter_names },
	{ HMS_CWMP_SET_PARAMETER_ATTRIBUTES, rpc_set_parameter_attributes },
	{ HMS_CWMP_GET_PARAMETER_ATTRIBUTES, rpc_get_parameter_attributes },
	{ HMS_CWMP_ADD_OBJECT, rpc_add_object },
	{ HMS_CWMP_DELETE_OBJECT, rpc_delete_object },
	{ HMS_CWMP_REBOOT, reboot },
	{ HMS_CWMP_FACTORY_RESET, factory_reset },
	{ HMS_CWMP_DOWNLOAD, rpc_download },
	{ HMS_CWMP_UPLOAD, rpc_upload },
	{ HMS_CWMP_GET_QUEUED_TRANSFERS, rpc_get_queued_transfers },
	{ HMS_CWMP_GET_ALL_QUEUED_TRANSFERS, rpc_get_all_queued_transfers },
	{ HMS_CWMP_SCHEDULE_INFORM, rpc_schedule_inform },
	{ HMS_CWMP_SCHEDULE_DOWNLOAD, rpc_schedule_download },
	{ HMS_CWMP_CANCEL_TRANSFER, rpc_cancel_transfer },
	{ HMS_CWMP_CHANGE_DU_STATE, rpc_change_du_state },
	{ HMS_CWMP_SET_VOUCHERS, rpc_set_vouchers },
	{ HMS_CWMP_GET_OPTIONS, rpc_get_options },
	{ HMS_CWMP_VENDOR, rpc_echo },
};
#define VENDOR_METHOD "X_0200F0_Echo"
#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

/* NULL: the device does not have it, or not in this version of CWMP. */
static rpc_handler *find_handler(const struct model *model, enum hms_cwmp_method method, enum hms_cwmp_ns ns)
{
	for (size_t i = 0; method != HMS_CWMP_NONE && i < METHOD_COUNT; i++)
		if (methods[i].method == method && !(model->lacks & (1u << method)) && hms_cwmp_method_info(method)->since <= ns)
			return methods[i].handler;
	return NULL;
}

static const char *method_name(enum hms_cwmp_method method)
{
	return method == HMS_CWMP_VENDOR ? VENDOR_METHOD : hms_cwmp_method_info(method)->name;
}

void rpc_respond(struct rpc_call *call, const char *response, const struct hms_cwmp_arg *args, size_t count)
{
	hms_cwmp_write(call->out, call->msg->ns, call->msg->id, response, args, count);
}

static uint32_t get_rpc_methods(struct rpc_call *call)
{
	struct hms_cwmp_arg names[METHOD_COUNT];
	struct hms_cwmp_arg list = { .name = HMS_STR("MethodList"), .kind = HMS_ARG_ARRAY, .item = "xsd:string", .children = names };

	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (find_handler(call->tree->model, methods[i].method, call->msg->ns))
			names[list.child_count++] =
				(struct hms_cwmp_arg){ .kind = HMS_ARG_TEXT, .value = hms_str(method_name(methods[i].method)) };
	rpc_respond(call, "GetRPCMethodsResponse", &list, 1);
	return 0;
}

static uint32_t reboot(struct rpc_call *call)
{
	call->reboot = true;
	rpc_respond(call, "RebootResponse", NULL, 0);
	return 0;
}

static uint32_t factory_reset(struct rpc_call *call)
{
	call->factory_reset = true;
	rpc_respond(call, "FactoryResetResponse", NULL, 0);
	return 0;
}

uint32_t rpc_check_parameter_key(const struct rpc_call *call) { return call->parameter_key.len > PARAMETER_KEY_MAX ? 9003 : 0; }

uint32_t rpc_store_parameter_key(struct rpc_call *call)
{
	struct hms_str key = call->parameter_key.p ? call->parameter_key : HMS_STR("");

	call->roles |= ROLE_BIT(ROLE_PARAMETER_KEY);
	return tree_set(call->tree, tree_role(call->tree, ROLE_PARAMETER_KEY), key, false) == 0 ? 0 : 9002;
}

void rpc_note_keys(struct rpc_call *call)
{
	call->command_key = hms_cwmp_field(call->msg, "CommandKey");
	call->parameter_key = hms_cwmp_field(call->msg, "ParameterKey");
}

void rpc_execute(struct rpc_call *call)
{
	enum hms_cwmp_method method = hms_str_eqz(call->msg->name, VENDOR_METHOD) ? HMS_CWMP_VENDOR : call->msg->method;
	rpc_handler *handler = find_handler(call->tree->model, method, call->msg->ns);

	rpc_note_keys(call);
	call->fault_code = handler ? handler(call) : 9000;
	if (call->fault_code != 0) {
		struct hms_cwmp_fault fault = {
			.code = call->fault_code,
			.text = hms_str(hms_cwmp_fault_text(call->fault_code)),
			.params = call->param_faults,
			.param_count = call->param_fault_count,
		};

		hms_cwmp_write_fault(call->out, call->msg->ns, call->msg->id, &fault);
	}
}
