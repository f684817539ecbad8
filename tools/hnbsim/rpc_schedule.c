/* ScheduleInform, SetVouchers, GetOptions (TR-069 A.4.1), and a vendor's method that says again what it was told. */
#include "rpc.h"

#include <stdio.h>

#define ECHO_MAX 64

uint32_t rpc_schedule_inform(struct rpc_call *call)
{
	uint64_t delay_s;

	if (hms_str_u64(hms_str_trim(hms_cwmp_field(call->msg, "DelaySeconds")), &delay_s) != 0 || delay_s == 0 || delay_s > UINT32_MAX ||
	    call->command_key.len > 32)
		return 9003;
	call->inform_in_ms = delay_s * 1000;
	rpc_respond(call, "ScheduleInformResponse", NULL, 0);
	return 0;
}

/* Nothing is sold here: a voucher is taken and changes nothing. */
uint32_t rpc_set_vouchers(struct rpc_call *call)
{
	if (!hms_cwmp_field(call->msg, "VoucherList.base64").p)
		return 9003;
	rpc_respond(call, "SetVouchersResponse", NULL, 0);
	return 0;
}

uint32_t rpc_get_options(struct rpc_call *call)
{
	rpc_respond(call, "GetOptionsResponse",
		    &(struct hms_cwmp_arg){ .name = HMS_STR("OptionList"), .kind = HMS_ARG_ARRAY, .item = "cwmp:OptionStruct" }, 1);
	return 0;
}

/* Elements without elements in them. */
uint32_t rpc_echo(struct rpc_call *call)
{
	struct hms_cwmp_arg said[ECHO_MAX];
	size_t count = 0;
	char response[80];

	for (size_t i = 0; i < call->msg->field_count && count < ECHO_MAX; i++)
		if (call->msg->fields[i].row == 0)
			said[count++] = (struct hms_cwmp_arg){ .name = call->msg->fields[i].code,
							       .kind = HMS_ARG_TEXT,
							       .value = call->msg->fields[i].command_key };
	snprintf(response, sizeof(response), "%.*sResponse", HMS_STR_FMT(call->msg->name));
	rpc_respond(call, response, said, count);
	return 0;
}
