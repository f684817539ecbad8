/* What can be said only when the whole message is there: the method's kind, identity, warnings; and the arrays move
 * into the arena. */
#include "build.h"
#include "tables.h"

#define RESPONSE "Response"

static void note_cpe_method(struct hms_cwmp_msg *msg, struct hms_str base, bool is_response)
{
	if (is_response) {
		msg->kind = HMS_CWMP_ACS_RESPONSE;
		msg->acs_method = hms_cwmp_acs_method_find(base);
	} else {
		msg->kind = HMS_CWMP_RPC;
		msg->method = hms_cwmp_method_find(base);
	}
}

static void note_acs_method(struct hms_cwmp_msg *msg, struct hms_str base, bool is_response)
{
	if (is_response) {
		msg->kind = HMS_CWMP_RESPONSE;
		msg->method = hms_cwmp_method_find(base);
	} else {
		msg->acs_method = hms_cwmp_acs_method_find(base);
		msg->kind = msg->acs_method == HMS_ACS_INFORM ? HMS_CWMP_INFORM : HMS_CWMP_REQUEST;
	}
}

void hms_cwmp_build_method(struct hms_cwmp_build *b, struct hms_str name)
{
	struct hms_str base = name;
	bool is_response = hms_str_ends(name, HMS_STR(RESPONSE)) && name.len > sizeof(RESPONSE) - 1;

	b->has_method = true;
	b->msg.name = hms_cwmp_build_keep(b, name);
	if (is_response)
		base.len -= sizeof(RESPONSE) - 1;
	if (hms_str_eq(name, HMS_STR("Fault")))
		b->msg.kind = HMS_CWMP_FAULT;
	else if (b->limits.side == HMS_CWMP_READ_CPE)
		note_cpe_method(&b->msg, base, is_response);
	else
		note_acs_method(&b->msg, base, is_response);
}

/* Forced parameters of the data models (TR-098, TR-181), by the end of their name; identity as well. */
static const char *const forced_endings[] = {
	".DeviceInfo.SerialNumber",
	".DeviceInfo.ManufacturerOUI",
	".DeviceInfo.ProductClass",
	".DeviceInfo.Manufacturer",
	".DeviceSummary",
	".RootDataModelVersion",
	".DeviceInfo.SpecVersion",
	".DeviceInfo.HardwareVersion",
	".DeviceInfo.SoftwareVersion",
	".DeviceInfo.ProvisioningCode",
	".ManagementServer.ParameterKey",
	".ManagementServer.ConnectionRequestURL",
	".ManagementServer.AliasBasedAddressing",
	".ExternalIPAddress",
};

bool hms_cwmp_param_is_forced(struct hms_str name)
{
	for (size_t i = 0; i < sizeof(forced_endings) / sizeof(forced_endings[0]); i++)
		if (hms_str_ends(name, hms_str(forced_endings[i])))
			return true;
	return false;
}

/* "<root>.DeviceInfo.<leaf>" directly below a root object. */
static void take_from_params(struct hms_cwmp_build *b, struct hms_str *target, const char *tr181, const char *tr098)
{
	struct hms_str value;

	if (target->len > 0)
		return;
	value = hms_str_trim(hms_cwmp_param_value(&b->msg, hms_str(tr181)));
	if (value.len == 0)
		value = hms_str_trim(hms_cwmp_param_value(&b->msg, hms_str(tr098)));
	if (value.len == 0)
		return;
	*target = value;
	hms_cwmp_build_warn(b, HMS_CWMP_WARN_IDENTITY_IN_PARAMETERS);
}

#define IN_BOTH_ROOTS(leaf) "Device.DeviceInfo." leaf, "InternetGatewayDevice.DeviceInfo." leaf

/* Device-quirks 14. Only when the key itself is missing: a ProductClass alone is not looked for, since a device that
 * has none in its DeviceId and lists the parameter now and then would change its identity with each Inform
 * (contracts 1: an absent ProductClass is empty). */
static void complete_identity(struct hms_cwmp_build *b)
{
	struct hms_cwmp_device_id *device = &b->msg.device;

	if (device->serial.len > 0 && device->oui.len > 0)
		return;
	take_from_params(b, &device->serial, IN_BOTH_ROOTS("SerialNumber"));
	take_from_params(b, &device->oui, IN_BOTH_ROOTS("ManufacturerOUI"));
	take_from_params(b, &device->product_class, IN_BOTH_ROOTS("ProductClass"));
	take_from_params(b, &device->manufacturer, IN_BOTH_ROOTS("Manufacturer"));
}

static bool has_lower_case(struct hms_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] >= 'a' && s.p[i] <= 'z')
			return true;
	return false;
}

static void finish_inform(struct hms_cwmp_build *b)
{
	struct hms_cwmp_device_id *device = &b->msg.device;

	if (!b->has_events || !b->has_params || !b->has_retry_count || !device->manufacturer.p || !device->oui.p ||
	    !device->product_class.p || !device->serial.p)
		hms_cwmp_build_warn(b, HMS_CWMP_WARN_MISSING_PART);
	complete_identity(b);
	if (has_lower_case(device->oui))
		hms_cwmp_build_warn(b, HMS_CWMP_WARN_LOWERCASE_OUI);
	for (size_t i = 0; i < b->msg.event_count; i++)
		if (!hms_cwmp_event_exact(b->msg.events[i].code))
			hms_cwmp_build_warn(b, HMS_CWMP_WARN_EVENT_SPELLING);
}

static void finish_namespace(struct hms_cwmp_build *b)
{
	if (!b->msg.has_ns)
		hms_cwmp_build_warn(b, HMS_CWMP_WARN_NO_NAMESPACE);
	else if (b->msg.ns > HMS_CWMP_1_2)
		hms_cwmp_build_warn(b, HMS_CWMP_WARN_FUTURE_NAMESPACE);
}

/* Copies rows into the arena; NULL when there are none. */
static void *move_rows(struct hms_cwmp_build *b, const struct hms_buf *rows)
{
	void *copy;

	if (rows->len == 0)
		return NULL;
	copy = hms_arena_alloc(b->arena, rows->len);
	if (copy)
		memcpy(copy, rows->p, rows->len);
	else
		hms_cwmp_build_fail(b, HMS_ENOMEM, "the message needs more memory than its arena may have");
	return copy;
}

static void move_all_rows(struct hms_cwmp_build *b)
{
	struct hms_cwmp_msg *msg = &b->msg;

	msg->params = move_rows(b, &b->params);
	msg->param_count = b->params.len / sizeof(*msg->params);
	msg->events = move_rows(b, &b->events);
	msg->event_count = b->events.len / sizeof(*msg->events);
	msg->fields = move_rows(b, &b->fields);
	msg->field_count = b->fields.len / sizeof(*msg->fields);
	msg->fault.params = move_rows(b, &b->param_faults);
	msg->fault.param_count = b->param_faults.len / sizeof(*msg->fault.params);
}

int hms_cwmp_build_finish(struct hms_cwmp_build *b, struct hms_cwmp_msg **msg)
{
	if (b->rc == 0 && !b->done)
		hms_cwmp_build_fail(b, HMS_ESYNTAX, "the envelope does not end");
	if (b->rc == 0 && !b->has_method)
		hms_cwmp_build_fail(b, HMS_ESYNTAX, "nothing in the Body");
	if (b->rc == 0)
		move_all_rows(b);
	if (b->rc < 0)
		return b->rc;
	finish_namespace(b);
	if (b->msg.kind == HMS_CWMP_INFORM)
		finish_inform(b);
	if (b->msg.kind == HMS_CWMP_FAULT && !b->msg.fault.text.p)
		b->msg.fault.text = b->fault_string;
	/* An answer repeats an ID of ours, which has no white space; a request's is repeated as it came. */
	if (b->msg.kind == HMS_CWMP_RESPONSE || b->msg.kind == HMS_CWMP_FAULT)
		b->msg.id = hms_str_trim(b->msg.id);
	*msg = hms_arena_alloc(b->arena, sizeof(**msg));
	if (!*msg) {
		hms_cwmp_build_fail(b, HMS_ENOMEM, "the message needs more memory than its arena may have");
		return b->rc;
	}
	**msg = b->msg;
	return 0;
}
