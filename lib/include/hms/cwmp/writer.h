/** Writes CWMP envelopes of either direction into a buffer. No XML declaration (device-quirks 1). Text is escaped; characters outside 9-10, 13, 32-126 become
 *  numeric references (H14), those XML does not allow become U+FFFD. Check buf->failed once at the end. No I/O. */
#ifndef HMS_CWMP_WRITER_H
#define HMS_CWMP_WRITER_H

#include "hms/cwmp/cwmp.h"

/** Arguments of one RPC or response, as a tree in document order. */
struct hms_cwmp_arg {
	struct hms_str name; /* element; {NULL,0} for the members of an array: their element is the array's item type */
	enum {
		HMS_ARG_TEXT,	/* value */
		HMS_ARG_STRUCT, /* children; item: its xsi:type, or NULL */
		HMS_ARG_ARRAY,	/* children, soapenc:arrayType="item[n]" */
		HMS_ARG_PARAMS, /* params as ParameterValueStruct array */
		HMS_ARG_XML	/* value as it is: what hms_cwmp_fragment() made */
	} kind;
	struct hms_str value;
	const char *item; /* ARRAY: "cwmp:ParameterValueStruct", "xsd:string"; STRUCT: "cwmp:InstallOpStruct" */
	const struct hms_cwmp_arg *children;
	size_t child_count;
	const struct hms_cwmp_param *params;
	size_t param_count;
};

/** An RPC to the CPE, or any element in a Body: <cwmp:name>args</cwmp:name> with cwmp:ID id (omitted if id.p is NULL). */
void hms_cwmp_write(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const char *name, const struct hms_cwmp_arg *args,
		    size_t count);

/** InformResponse (MaxEnvelopes 1). use_version: text of UseCWMPVersion (R1) or NULL. */
void hms_cwmp_write_inform_response(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const char *use_version);
/** The ACS's own GetRPCMethodsResponse: the rows of acs_methods.def. */
void hms_cwmp_write_acs_methods(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id);
/** A fault: 8xxx (ACS) or 9xxx (CPE side) with its faultcode Client or Server (cwmp.md 4). */
void hms_cwmp_write_fault(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const struct hms_cwmp_fault *fault);
/** The text of a fault code ("Invalid arguments"), from hms/cwmp/faults.def: CWMP_FAULT(code, side, "text"). */
const char *hms_cwmp_fault_text(uint32_t code);
bool hms_cwmp_fault_is_client(uint32_t code);

/** An Inform, for the simulator. */
struct hms_cwmp_inform {
	struct hms_cwmp_device_id device;
	const struct hms_cwmp_event *events;
	size_t event_count;
	uint32_t retry_count;
	struct hms_str current_time;
	const struct hms_cwmp_param *params;
	size_t param_count;
};
void hms_cwmp_write_inform(struct hms_buf *out, enum hms_cwmp_ns ns, struct hms_str id, const struct hms_cwmp_inform *inform);

/** The arguments of a vendor's method, given as XML: well-formed, at most 64 KiB and 16 levels, names in ASCII, prefixes of the envelope (soap-enc,
 *  soap-env, xsd, xsi, cwmp) or declared in it; no processing instructions, and so nothing that could end the element around it. Written anew,
 *  escaped as all else; comments are left out. Returns 0, HMS_EINVAL with the reason (static), or HMS_ENOMEM (the buffer's cap, too). */
int hms_cwmp_fragment(struct hms_buf *out, struct hms_str xml, const char **why);

/** Escaped text alone. */
void hms_cwmp_write_text(struct hms_buf *out, struct hms_str text);

#endif
