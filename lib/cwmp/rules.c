/* What each element of a CWMP message means where it stands, and what its end does. */
#include "build.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NAME(literal)                          \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}
#define AT(member) offsetof(struct hms_cwmp_build, member)

static struct hms_str *target(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule)
{
	return (struct hms_str *)(void *)((char *)b + rule->offset);
}

/* Only the first of repeated elements counts. */
static void end_exact(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	if (!target(b, rule)->p)
		*target(b, rule) = hms_cwmp_build_keep(b, text);
}

static void end_trimmed(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	end_exact(b, rule, hms_str_trim(text));
}

static uint32_t parse_u32(struct hms_str text)
{
	uint64_t value;

	if (hms_str_u64(hms_str_trim(text), &value) < 0)
		return 0;
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static void end_hold_requests(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	if (hms_str_bool(text, &b->msg.hold_requests) < 0)
		b->msg.hold_requests = false;
}

static void end_session_timeout(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	b->msg.session_timeout_s = parse_u32(text);
}

static void end_retry_count(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	b->has_retry_count = true;
	b->msg.retry_count = parse_u32(text);
}

static void check_array_count(struct hms_cwmp_build *b)
{
	const struct hms_cwmp_level *level = &b->stack[b->depth - 1];

	if (level->expected != level->children)
		hms_cwmp_build_warn(b, HMS_CWMP_WARN_ARRAY_COUNT);
}

static void end_events(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	(void)text;
	b->has_events = true;
	check_array_count(b);
}

/* Too many events: the oldest M event goes first (TR-069 3.7.1.5), and without one the new event. */
static bool make_room_for_event(struct hms_cwmp_build *b)
{
	struct hms_cwmp_event *events = (struct hms_cwmp_event *)(void *)b->events.p;
	size_t count = b->events.len / sizeof(*events);

	if (count < b->limits.events)
		return true;
	for (size_t i = 0; i < count; i++)
		if (hms_str_starts(events[i].code, HMS_STR("M "))) {
			memmove(&events[i], &events[i + 1], (count - i - 1) * sizeof(*events));
			b->events.len -= sizeof(*events);
			return true;
		}
	return false;
}

static void end_event(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	struct hms_cwmp_event event = b->event;

	(void)rule;
	(void)text;
	b->event = (struct hms_cwmp_event){ .code = { NULL, 0 } };
	if (!event.code.p)
		event.code = HMS_STR("");
	if (!event.command_key.p)
		event.command_key = HMS_STR("");
	if (make_room_for_event(b))
		hms_cwmp_build_add(b, &b->events, &event, sizeof(event));
}

/* Parameters of an Inform stay with it. */
static bool goes_to_sink(const struct hms_cwmp_build *b) { return b->sink && b->msg.kind == HMS_CWMP_RESPONSE; }

/* Names and values of parameters that go to the sink are not put into the arena. */
static struct hms_str keep_param(struct hms_cwmp_build *b, struct hms_buf *for_sink, struct hms_str text)
{
	if (!goes_to_sink(b))
		return hms_cwmp_build_keep(b, text);
	return hms_cwmp_build_clean(b, for_sink, text);
}

static void end_param_name(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	text = hms_str_trim(text);
	if (text.len > b->limits.name_bytes)
		hms_cwmp_build_fail(b, HMS_ETOOBIG, "a parameter name is too long");
	else if (!b->param.name.p)
		b->param.name = keep_param(b, &b->sink_name, text);
}

/* White space belongs to strings only (XML Schema, part 2, 4.3.6). */
static void end_param_value(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	if (b->param.type != HMS_XSD_STRING && b->param.type != HMS_XSD_OTHER)
		text = hms_str_trim(text);
	if (!b->param.value.p)
		b->param.value = keep_param(b, &b->sink_value, text);
}

static void end_writable(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	if (hms_str_bool(text, &b->param.writable) < 0)
		b->param.writable = false;
}

static bool is_beyond_limit(struct hms_cwmp_build *b)
{
	size_t count = b->params.len / sizeof(b->param);

	if (++b->param_total <= b->limits.params)
		return false;
	b->msg.truncated = true;
	return b->msg.kind != HMS_CWMP_INFORM || count >= (size_t)b->limits.params + HMS_CWMP_KEPT_BEYOND_LIMIT ||
	       !hms_cwmp_param_is_forced(b->param.name);
}

static void end_param(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	int rc;

	(void)rule;
	(void)text;
	if (!b->param.name.p || b->rc < 0 || is_beyond_limit(b))
		return;
	if (!b->param.value.p)
		b->param.value = HMS_STR("");
	if (!goes_to_sink(b)) {
		hms_cwmp_build_add(b, &b->params, &b->param, sizeof(b->param));
		return;
	}
	rc = b->sink(&b->param, b->sink_arg);
	if (rc < 0)
		hms_cwmp_build_fail(b, rc, "the receiver of the parameters failed");
}

static void end_params(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	(void)text;
	b->has_params = true;
	if (b->stack[b->depth - 1].children > 0 || b->msg.kind == HMS_CWMP_INFORM)
		check_array_count(b);
}

/* Envelope, Body and the method are levels 0 to 2; depth: of the field itself. */
static uint32_t number_of_level(const struct hms_cwmp_build *b, unsigned level, unsigned depth)
{
	return depth > level + 1 ? b->stack[level].number : 0;
}

void hms_cwmp_build_field(struct hms_cwmp_build *b, struct hms_str text, unsigned depth)
{
	struct hms_cwmp_field field = { .row = number_of_level(b, 3, depth), .item = number_of_level(b, 4, depth) };

	if (b->fields.len / sizeof(field) >= b->limits.fields) {
		b->msg.truncated = true;
		return;
	}
	field.code = hms_cwmp_build_keep(b, hms_buf_view(&b->path));
	field.command_key = hms_cwmp_build_keep(b, hms_str_trim(text));
	hms_cwmp_build_add(b, &b->fields, &field, sizeof(field));
}

/* An element without elements in it is a field; its path begins below the method. */
static void end_field(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	if (b->stack[b->depth - 1].children == 0)
		hms_cwmp_build_field(b, text, b->depth);
}

static void end_fault_code(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	if (b->msg.fault.code == 0)
		b->msg.fault.code = parse_u32(text);
}

static void end_param_fault_code(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	(void)rule;
	b->param_fault.code = parse_u32(text);
}

static void end_param_fault(struct hms_cwmp_build *b, const struct hms_cwmp_rule *rule, struct hms_str text)
{
	struct hms_cwmp_param_fault row = b->param_fault;

	(void)rule;
	(void)text;
	b->param_fault = (struct hms_cwmp_param_fault){ .code = 0 };
	if (!row.name.p)
		row.name = HMS_STR("");
	if (!row.text.p)
		row.text = HMS_STR("");
	if (b->param_faults.len / sizeof(row) >= b->limits.param_faults)
		b->msg.truncated = true;
	else
		hms_cwmp_build_add(b, &b->param_faults, &row, sizeof(row));
}

static const struct hms_cwmp_rule envelope_rules[] = {
	{ NAME("Header"), HMS_CWMP_IN_HEADER, NULL, 0, false },
	{ NAME("Body"), HMS_CWMP_IN_BODY, NULL, 0, false },
};
static const struct hms_cwmp_rule header_rules[] = {
	{ NAME("ID"), HMS_CWMP_IN_LEAF, end_exact, AT(msg.id), false },
	{ NAME("HoldRequests"), HMS_CWMP_IN_LEAF, end_hold_requests, 0, false },
	{ NAME("SessionTimeout"), HMS_CWMP_IN_LEAF, end_session_timeout, 0, false },
	{ NAME("SupportedCWMPVersions"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.supported_versions), false },
	{ NAME("UseCWMPVersion"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.use_version), false },
};
static const struct hms_cwmp_rule method_rules[] = {
	{ NAME("ParameterList"), HMS_CWMP_IN_LIST, end_params, 0, false },
};
static const struct hms_cwmp_rule list_rules[] = {
	{ NAME("ParameterValueStruct"), HMS_CWMP_IN_PARAM, end_param, 0, false },
	{ NAME("ParameterInfoStruct"), HMS_CWMP_IN_PARAM, end_param, 0, false },
};
static const struct hms_cwmp_rule inform_rules[] = {
	{ NAME("DeviceId"), HMS_CWMP_IN_DEVICE_ID, NULL, 0, false },
	{ NAME("Event"), HMS_CWMP_IN_EVENTS, end_events, 0, false },
	{ NAME("CurrentTime"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.current_time), false },
	{ NAME("RetryCount"), HMS_CWMP_IN_LEAF, end_retry_count, 0, false },
	{ NAME("ParameterList"), HMS_CWMP_IN_PARAMS, end_params, 0, false },
};
static const struct hms_cwmp_rule device_id_rules[] = {
	{ NAME("Manufacturer"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.device.manufacturer), false },
	{ NAME("OUI"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.device.oui), false },
	{ NAME("ProductClass"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.device.product_class), false },
	{ NAME("SerialNumber"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.device.serial), false },
};
static const struct hms_cwmp_rule events_rules[] = {
	{ NAME("EventStruct"), HMS_CWMP_IN_EVENT, end_event, 0, false },
};
static const struct hms_cwmp_rule event_rules[] = {
	{ NAME("EventCode"), HMS_CWMP_IN_LEAF, end_trimmed, AT(event.code), false },
	{ NAME("CommandKey"), HMS_CWMP_IN_LEAF, end_trimmed, AT(event.command_key), false },
};
static const struct hms_cwmp_rule param_rules[] = {
	{ NAME("Name"), HMS_CWMP_IN_LEAF, end_param_name, 0, false },
	{ NAME("Value"), HMS_CWMP_IN_LEAF, end_param_value, 0, true },
	{ NAME("Writable"), HMS_CWMP_IN_LEAF, end_writable, 0, false },
};
/* What belongs into cwmp:Fault is also taken from the detail itself. */
static const struct hms_cwmp_rule soap_fault_rules[] = {
	{ NAME("faultstring"), HMS_CWMP_IN_FAULT_STRING, end_trimmed, AT(fault_string), false },
	{ NAME("detail"), HMS_CWMP_IN_SOAP_FAULT, NULL, 0, false },
	{ NAME("Fault"), HMS_CWMP_IN_FAULT, NULL, 0, false },
	{ NAME("FaultCode"), HMS_CWMP_IN_LEAF, end_fault_code, 0, false },
	{ NAME("FaultString"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.fault.text), false },
};
static const struct hms_cwmp_rule fault_string_rules[] = {
	{ NAME("detail"), HMS_CWMP_IN_SOAP_FAULT, NULL, 0, false },
};
static const struct hms_cwmp_rule fault_rules[] = {
	{ NAME("FaultCode"), HMS_CWMP_IN_LEAF, end_fault_code, 0, false },
	{ NAME("FaultString"), HMS_CWMP_IN_LEAF, end_trimmed, AT(msg.fault.text), false },
	{ NAME("SetParameterValuesFault"), HMS_CWMP_IN_PARAM_FAULT, end_param_fault, 0, false },
};
static const struct hms_cwmp_rule param_fault_rules[] = {
	{ NAME("ParameterName"), HMS_CWMP_IN_LEAF, end_trimmed, AT(param_fault.name), false },
	{ NAME("FaultCode"), HMS_CWMP_IN_LEAF, end_param_fault_code, 0, false },
	{ NAME("FaultString"), HMS_CWMP_IN_LEAF, end_trimmed, AT(param_fault.text), false },
};

/* Elements without a rule of their own in the scope. */
static const struct hms_cwmp_rule envelope_rule = { NAME("Envelope"), HMS_CWMP_IN_ENVELOPE, NULL, 0, false };
static const struct hms_cwmp_rule field_rule = { NAME(""), HMS_CWMP_IN_FIELD, end_field, 0, false };
static const struct hms_cwmp_rule skipped_rule = { NAME(""), HMS_CWMP_IN_SKIPPED, NULL, 0, false };

#define SCOPE(rows, fallback)                  \
	{                                      \
		rows, COUNT(rows), &(fallback) \
	}

static const struct {
	const struct hms_cwmp_rule *rows;
	size_t count;
	const struct hms_cwmp_rule *fallback;
} scopes[HMS_CWMP_SCOPE_COUNT] = {
	[HMS_CWMP_IN_DOCUMENT] = { NULL, 0, &envelope_rule },
	[HMS_CWMP_IN_ENVELOPE] = SCOPE(envelope_rules, skipped_rule),
	[HMS_CWMP_IN_HEADER] = SCOPE(header_rules, skipped_rule),
	[HMS_CWMP_IN_BODY] = { NULL, 0, &skipped_rule },
	[HMS_CWMP_IN_METHOD] = SCOPE(method_rules, field_rule),
	[HMS_CWMP_IN_LIST] = SCOPE(list_rules, field_rule),
	[HMS_CWMP_IN_FIELD] = { NULL, 0, &field_rule },
	[HMS_CWMP_IN_INFORM] = SCOPE(inform_rules, skipped_rule),
	[HMS_CWMP_IN_DEVICE_ID] = SCOPE(device_id_rules, skipped_rule),
	[HMS_CWMP_IN_EVENTS] = SCOPE(events_rules, skipped_rule),
	[HMS_CWMP_IN_EVENT] = SCOPE(event_rules, skipped_rule),
	[HMS_CWMP_IN_PARAMS] = SCOPE(list_rules, skipped_rule),
	[HMS_CWMP_IN_PARAM] = SCOPE(param_rules, skipped_rule),
	[HMS_CWMP_IN_SOAP_FAULT] = SCOPE(soap_fault_rules, skipped_rule),
	[HMS_CWMP_IN_FAULT_STRING] = SCOPE(fault_string_rules, skipped_rule),
	[HMS_CWMP_IN_FAULT] = SCOPE(fault_rules, skipped_rule),
	[HMS_CWMP_IN_PARAM_FAULT] = SCOPE(param_fault_rules, skipped_rule),
	[HMS_CWMP_IN_LEAF] = { NULL, 0, &skipped_rule },
	[HMS_CWMP_IN_SKIPPED] = { NULL, 0, &skipped_rule },
};

const struct hms_cwmp_rule *hms_cwmp_rule_find(enum hms_cwmp_scope scope, struct hms_str name)
{
	for (size_t i = 0; i < scopes[scope].count; i++)
		if (hms_str_eq(scopes[scope].rows[i].name, name))
			return &scopes[scope].rows[i];
	return scopes[scope].fallback;
}
