/* Writes envelopes: the frame around a Body, RPCs with their arguments, the ACS's own messages. */
#include "hms/cwmp/writer.h"

/* Some clients look for these prefixes, which a widespread ACS has. No XML declaration (device-quirks 1). */
/* clang-format off */
#define ENVELOPE_TEXT(version) \
	"<soap-env:Envelope xmlns:soap-enc=\"http://schemas.xmlsoap.org/soap/encoding/\" " \
	"xmlns:soap-env=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" " \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-" version "\">"
#define ENVELOPE(version) { ENVELOPE_TEXT(version), sizeof(ENVELOPE_TEXT(version)) - 1 }
/* clang-format on */

static const struct hms_str envelopes[HMS_CWMP_NS_COUNT] = {
	ENVELOPE("0"), ENVELOPE("1"), ENVELOPE("2"), ENVELOPE("3"), ENVELOPE("4"),
};

#define ADD(out, literal) hms_buf_add((out), (literal), sizeof(literal) - 1)

static void open_envelope(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const char *use_version)
{
	hms_buf_str(out, envelopes[(unsigned)ns < HMS_CWMP_NS_COUNT ? ns : HMS_CWMP_1_0]);
	if (id.p || use_version)
		ADD(out, "<soap-env:Header>");
	if (id.p) {
		ADD(out, "<cwmp:ID soap-env:mustUnderstand=\"1\">");
		hms_cwmp_write_text(out, id);
		ADD(out, "</cwmp:ID>");
	}
	if (use_version) {
		ADD(out, "<cwmp:UseCWMPVersion soap-env:mustUnderstand=\"1\">");
		hms_cwmp_write_text(out, hms_str(use_version));
		ADD(out, "</cwmp:UseCWMPVersion>");
	}
	if (id.p || use_version)
		ADD(out, "</soap-env:Header>");
	ADD(out, "<soap-env:Body>");
}

static void close_envelope(struct hms_buf *out) { ADD(out, "</soap-env:Body></soap-env:Envelope>"); }

static void open_element(struct hms_buf *out, struct hms_str name)
{
	hms_buf_char(out, '<');
	hms_buf_str(out, name);
	hms_buf_char(out, '>');
}

static void close_element(struct hms_buf *out, struct hms_str name)
{
	ADD(out, "</");
	hms_buf_str(out, name);
	hms_buf_char(out, '>');
}

static void write_element(struct hms_buf *out, struct hms_str name, struct hms_str text)
{
	open_element(out, name);
	hms_cwmp_write_text(out, text);
	close_element(out, name);
}

static void write_number(struct hms_buf *out, struct hms_str name, uint64_t value)
{
	open_element(out, name);
	hms_buf_u64(out, value);
	close_element(out, name);
}

/* type: of a member that could be of several (ChangeDUState), or "". */
static void open_struct(struct hms_buf *out, struct hms_str name, const char *type)
{
	if (!type || !*type) {
		open_element(out, name);
		return;
	}
	hms_buf_char(out, '<');
	hms_buf_str(out, name);
	ADD(out, " xsi:type=\"");
	hms_buf_strz(out, type);
	ADD(out, "\">");
}

static void open_array(struct hms_buf *out, struct hms_str name, const char *item, size_t count)
{
	hms_buf_char(out, '<');
	hms_buf_str(out, name);
	ADD(out, " soap-enc:arrayType=\"");
	hms_buf_strz(out, item);
	hms_buf_char(out, '[');
	hms_buf_u64(out, count);
	ADD(out, "]\">");
}

static void write_params(struct hms_buf *out, struct hms_str name, const struct hms_cwmp_param *params, size_t count)
{
	open_array(out, name, "cwmp:ParameterValueStruct", count);
	for (size_t i = 0; i < count; i++) {
		ADD(out, "<ParameterValueStruct><Name>");
		hms_cwmp_write_text(out, params[i].name);
		ADD(out, "</Name><Value xsi:type=\"");
		hms_buf_strz(out, hms_xsd_name(params[i].type));
		ADD(out, "\">");
		hms_cwmp_write_text(out, params[i].value);
		ADD(out, "</Value></ParameterValueStruct>");
	}
	close_element(out, name);
}

/* "cwmp:EventStruct" -> "EventStruct": members of an array are named after their type. */
static struct hms_str local_name(const char *qualified)
{
	const char *colon = strchr(qualified, ':');

	return hms_str(colon ? colon + 1 : qualified);
}

static void write_args(struct hms_buf *out, const struct hms_cwmp_arg *args, size_t count, const char *item);

static void write_arg(struct hms_buf *out, const struct hms_cwmp_arg *arg, struct hms_str name)
{
	switch (arg->kind) {
	case HMS_ARG_TEXT:
		write_element(out, name, arg->value);
		break;
	case HMS_ARG_PARAMS:
		write_params(out, name, arg->params, arg->param_count);
		break;
	case HMS_ARG_XML:
		hms_buf_str(out, arg->value);
		break;
	case HMS_ARG_STRUCT:
		open_struct(out, name, arg->item);
		write_args(out, arg->children, arg->child_count, NULL);
		close_element(out, name);
		break;
	case HMS_ARG_ARRAY:
		open_array(out, name, arg->item, arg->child_count);
		write_args(out, arg->children, arg->child_count, arg->item);
		close_element(out, name);
		break;
	}
}

/* item: the type of an array, whose members have no name of their own. */
static void write_args(struct hms_buf *out, const struct hms_cwmp_arg *args, size_t count, const char *item)
{
	for (size_t i = 0; i < count; i++)
		write_arg(out, &args[i], args[i].name.p || !item ? args[i].name : local_name(item));
}

static void open_method(struct hms_buf *out, const char *name)
{
	ADD(out, "<cwmp:");
	hms_buf_strz(out, name);
	hms_buf_char(out, '>');
}

static void close_method(struct hms_buf *out, const char *name)
{
	ADD(out, "</cwmp:");
	hms_buf_strz(out, name);
	hms_buf_char(out, '>');
}

void hms_cwmp_write(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const char *name, const struct hms_cwmp_arg *args,
		    size_t count)
{
	open_envelope(out, ns, id, NULL);
	open_method(out, name);
	write_args(out, args, count, NULL);
	close_method(out, name);
	close_envelope(out);
}

void hms_cwmp_write_inform_response(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const char *use_version)
{
	open_envelope(out, ns, id, use_version);
	ADD(out, "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>");
	close_envelope(out);
}

void hms_cwmp_write_acs_methods(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id)
{
	struct hms_cwmp_arg names[HMS_ACS_METHOD_COUNT] = { 0 };
	struct hms_cwmp_arg list = { .name = HMS_STR("MethodList"), .kind = HMS_ARG_ARRAY, .item = "xsd:string", .children = names };

	for (int i = HMS_ACS_NONE + 1; i < HMS_ACS_METHOD_COUNT; i++)
		names[list.child_count++].value = hms_str(hms_cwmp_acs_method_info((enum hms_cwmp_acs_method)i)->name);
	hms_cwmp_write(out, ns, id, "GetRPCMethodsResponse", &list, 1);
}

static void write_param_fault(struct hms_buf *out, const struct hms_cwmp_param_fault *fault)
{
	ADD(out, "<SetParameterValuesFault>");
	write_element(out, HMS_STR("ParameterName"), fault->name);
	write_number(out, HMS_STR("FaultCode"), fault->code);
	write_element(out, HMS_STR("FaultString"), fault->text.p ? fault->text : hms_str(hms_cwmp_fault_text(fault->code)));
	ADD(out, "</SetParameterValuesFault>");
}

void hms_cwmp_write_fault(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const struct hms_cwmp_fault *fault)
{
	open_envelope(out, ns, id, NULL);
	ADD(out, "<soap-env:Fault><faultcode>");
	hms_buf_strz(out, hms_cwmp_fault_is_client(fault->code) ? "Client" : "Server");
	ADD(out, "</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>");
	write_number(out, HMS_STR("FaultCode"), fault->code);
	write_element(out, HMS_STR("FaultString"), fault->text.p ? fault->text : hms_str(hms_cwmp_fault_text(fault->code)));
	for (size_t i = 0; i < fault->param_count; i++)
		write_param_fault(out, &fault->params[i]);
	ADD(out, "</cwmp:Fault></detail></soap-env:Fault>");
	close_envelope(out);
}

static void write_device_id(struct hms_buf *out, const struct hms_cwmp_device_id *device)
{
	ADD(out, "<DeviceId>");
	write_element(out, HMS_STR("Manufacturer"), device->manufacturer);
	write_element(out, HMS_STR("OUI"), device->oui);
	write_element(out, HMS_STR("ProductClass"), device->product_class);
	write_element(out, HMS_STR("SerialNumber"), device->serial);
	ADD(out, "</DeviceId>");
}

void hms_cwmp_write_inform(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const struct hms_cwmp_inform *inform)
{
	open_envelope(out, ns, id, NULL);
	ADD(out, "<cwmp:Inform>");
	write_device_id(out, &inform->device);
	open_array(out, HMS_STR("Event"), "cwmp:EventStruct", inform->event_count);
	for (size_t i = 0; i < inform->event_count; i++) {
		ADD(out, "<EventStruct>");
		write_element(out, HMS_STR("EventCode"), inform->events[i].code);
		write_element(out, HMS_STR("CommandKey"), inform->events[i].command_key);
		ADD(out, "</EventStruct>");
	}
	ADD(out, "</Event><MaxEnvelopes>1</MaxEnvelopes>");
	write_element(out, HMS_STR("CurrentTime"), inform->current_time);
	write_number(out, HMS_STR("RetryCount"), inform->retry_count);
	write_params(out, HMS_STR("ParameterList"), inform->params, inform->param_count);
	ADD(out, "</cwmp:Inform>");
	close_envelope(out);
}
