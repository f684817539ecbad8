/* Arguments of ScheduleInform, CancelTransfer, SetVouchers, GetOptions and of vendors' methods (TR-069 A.4.1). */
#include "rpc_arguments.h"

#include "hms/cwmp/writer.h"

#define VOUCHERS_MAX 64
#define OPTION_MAX_BYTES 64
#define FRAGMENT_MAX_BYTES (1024 * 1024)

int rpc_build_schedule_inform(struct rpc_build *b)
{
	const json_t *delay = json_object_get(b->payload, "DelaySeconds");
	json_int_t seconds = json_integer_value(delay);

	if (!json_is_integer(delay) || seconds < 1 || seconds > UINT32_MAX)
		return rpc_invalid(b, "DelaySeconds is not a number from 1 to 4294967295");
	if (rpc_add_number(b, "DelaySeconds", seconds))
		return HMS_ENOMEM;
	return rpc_add_key(b, "CommandKey", hms_command_key_text);
}

/* The transfer was looked up when the command was noticed (transfer.c). */
int rpc_build_cancel_transfer(struct rpc_build *b)
{
	const char *command = json_string_value(json_object_get(b->payload, "Command"));
	json_int_t try_no = json_integer_value(json_object_get(b->payload, "Try"));
	char *key = hms_arena_alloc(b->arena, 33);
	uint64_t id;

	if (!command || hms_str_u64(hms_str(command), &id) || try_no < 1 || try_no > INT32_MAX)
		return rpc_invalid(b, "Command is not the id of a transfer of an operator that the device has begun");
	if (!key)
		return HMS_ENOMEM;
	hms_command_key_text(id, (uint32_t)try_no, key);
	return rpc_add_text(b, "CommandKey", key);
}

int rpc_build_set_vouchers(struct rpc_build *b)
{
	const json_t *list = json_object_get(b->payload, "VoucherList");
	size_t n = json_array_size(list);
	Hms__Arg *arg = rpc_add_arg(b, "VoucherList", HMS__ARG__KIND__ARRAY);

	if (n == 0 || n > VOUCHERS_MAX)
		return rpc_invalid(b, "VoucherList (an array of 1 to 64 vouchers in base64) is missing");
	if (!arg || rpc_make_children(b, arg, n))
		return HMS_ENOMEM;
	arg->item = (char *)"soap-enc:base64";
	for (size_t i = 0; i < n; i++) {
		const char *voucher = json_string_value(json_array_get(list, i));

		if (!voucher || !*voucher)
			return rpc_invalid(b, "VoucherList holds something that is not a text");
		arg->children[i] = rpc_new_arg(b, "", HMS__ARG__KIND__TEXT, voucher);
		if (!arg->children[i])
			return HMS_ENOMEM;
	}
	return 0;
}

int rpc_build_get_options(struct rpc_build *b)
{
	const json_t *option = json_object_get(b->payload, "OptionName");
	const char *name = option ? json_string_value(option) : "";

	if (!name || strlen(name) > OPTION_MAX_BYTES)
		return rpc_invalid(b, "OptionName is not a text of at most 64 characters");
	return rpc_add_text(b, "OptionName", name);
}

int rpc_build_vendor(struct rpc_build *b)
{
	const json_t *given = json_object_get(b->payload, "XML");
	struct hms_buf xml = HMS_BUF_INIT(FRAGMENT_MAX_BYTES);
	const char *why = "not a text";
	Hms__Arg *arg;
	char *text;
	int rc;

	if (!given)
		return 0;
	rc = json_is_string(given) ? hms_cwmp_fragment(&xml, hms_strn(json_string_value(given), json_string_length(given)), &why)
				   : HMS_EINVAL;
	text = rc ? NULL : hms_arena_strz(b->arena, hms_buf_view(&xml));
	hms_buf_fini(&xml);
	if (rc == HMS_EINVAL)
		return rpc_invalid(b, hms_arena_printf(b->arena, "XML: %s", why));
	arg = text ? rpc_add_arg(b, "", HMS__ARG__KIND__XML) : NULL;
	if (!arg)
		return HMS_ENOMEM;
	arg->value = text;
	return 0;
}
