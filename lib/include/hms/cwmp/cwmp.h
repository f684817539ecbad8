/** CWMP messages (TR-069): types shared by the reader and the writer. No I/O; everything lives in an arena. */
#ifndef HMS_CWMP_CWMP_H
#define HMS_CWMP_CWMP_H

#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "hms/base/err.h"

/** cwmp:... namespaces as the peer wrote them; answers use the same one (R3, R5). */
enum hms_cwmp_ns { HMS_CWMP_1_0, HMS_CWMP_1_1, HMS_CWMP_1_2, HMS_CWMP_1_3, HMS_CWMP_1_4, HMS_CWMP_NS_COUNT };
const char *hms_cwmp_ns_uri(enum hms_cwmp_ns ns);

/** CPE methods (ACS -> CPE), from hms/cwmp/methods.def: name, safe or unsafe, evidence, minimum version. */
enum hms_cwmp_method {
	HMS_CWMP_NONE = 0,
#define CWMP_METHOD(id, name, ...) HMS_CWMP_##id,
#include "hms/cwmp/methods.def"
#undef CWMP_METHOD
	HMS_CWMP_METHOD_COUNT
};
/** ACS methods (CPE -> ACS), from hms/cwmp/acs_methods.def. */
enum hms_cwmp_acs_method {
	HMS_ACS_NONE = 0,
#define CWMP_ACS_METHOD(id, name, ...) HMS_ACS_##id,
#include "hms/cwmp/acs_methods.def"
#undef CWMP_ACS_METHOD
	HMS_ACS_METHOD_COUNT
};

enum hms_cwmp_safety { HMS_CWMP_SAFE, HMS_CWMP_UNSAFE, HMS_CWMP_ONCE /* never repeated by us: SetVouchers, vendor RPCs */ };

/** A row of methods.def. */
struct hms_cwmp_method_info {
	enum hms_cwmp_method id;
	const char *name;
	enum hms_cwmp_safety safety;
	enum hms_cwmp_ns since;
	const char *arguments; /* TR-069 names in order, blank between; for documents and the API */
	const char *evidence;  /* what settles doubt (I8); "": nothing can */
};
const struct hms_cwmp_method_info *hms_cwmp_method_info(enum hms_cwmp_method id);
/** HMS_CWMP_NONE if the standard has none of that name. */
enum hms_cwmp_method hms_cwmp_method_find(struct hms_str name);
/** As hms_cwmp_method_find(), and HMS_CWMP_VENDOR for X_<VENDOR>_<Name> of at most 64 letters, digits, dashes and underscores (cwmp.md 7). */
enum hms_cwmp_method hms_cwmp_method_of(struct hms_str name);
/** "1.2" of HMS_CWMP_1_2. */
const char *hms_cwmp_version_text(enum hms_cwmp_ns version);

/** Whether s is valid UTF-8 without control characters other than tab, line feed and carriage return: text that a CPE gets as it is. */
bool hms_cwmp_text_clean(struct hms_str s);

/** A row of acs_methods.def. */
struct hms_cwmp_acs_method_info {
	enum hms_cwmp_acs_method id;
	const char *name;
	const char *arguments, *outcome; /* for documents */
};
const struct hms_cwmp_acs_method_info *hms_cwmp_acs_method_info(enum hms_cwmp_acs_method id);

/** Types of values; HMS_XSD_OTHER keeps the text of the type. */
enum hms_xsd {
	HMS_XSD_STRING,
	HMS_XSD_INT,
	HMS_XSD_UINT,
	HMS_XSD_BOOLEAN,
	HMS_XSD_DATETIME,
	HMS_XSD_BASE64,
	HMS_XSD_LONG,
	HMS_XSD_ULONG,
	HMS_XSD_HEXBINARY,
	HMS_XSD_OTHER
};
const char *hms_xsd_name(enum hms_xsd type);	/* "xsd:string" */
enum hms_xsd hms_xsd_find(struct hms_str type); /* with or without prefix, "string(64)" too */

struct hms_cwmp_param {
	struct hms_str name, value;
	enum hms_xsd type;
	bool writable; /* GetParameterNamesResponse */
};

struct hms_cwmp_event {
	struct hms_str code, command_key;
};

struct hms_cwmp_device_id {
	struct hms_str manufacturer, oui, product_class, serial;
};

/** A simple element below the method. */
struct hms_cwmp_field {
	struct hms_str code, command_key; /* path and text */
	uint32_t row, item; /* which element below the method it lies in, and which one below that; 0: it is that element itself */
};

/** One SetParameterValuesFault row. */
struct hms_cwmp_param_fault {
	struct hms_str name, text;
	uint32_t code;
};

struct hms_cwmp_fault {
	uint32_t code; /* 9000.. or 8000..; 0 when the fault had no CWMP detail */
	struct hms_str text;
	struct hms_cwmp_param_fault *params;
	size_t param_count;
};

enum hms_cwmp_kind {
	HMS_CWMP_EMPTY, /* no body at all */
	HMS_CWMP_INFORM,
	HMS_CWMP_REQUEST,  /* another ACS method: acs_method, or HMS_ACS_NONE with name for an unknown one */
	HMS_CWMP_RESPONSE, /* answer to a CPE method: method */
	HMS_CWMP_FAULT,
	/* what a CPE reads (the simulator): */
	HMS_CWMP_RPC,	       /* a CPE method: method */
	HMS_CWMP_ACS_RESPONSE, /* InformResponse etc.: acs_method */
};

/** A message as read. Strings borrow from the arena. Fields that do not belong to the kind are zero. */
struct hms_cwmp_msg {
	enum hms_cwmp_kind kind;
	enum hms_cwmp_ns ns;
	bool has_ns;	     /* false: no known CWMP namespace was seen (then ns is 1.0) */
	struct hms_str id;   /* cwmp:ID, {NULL,0} if absent */
	struct hms_str name; /* local name of the method element */
	enum hms_cwmp_method method;
	enum hms_cwmp_acs_method acs_method;
	bool hold_requests;
	uint32_t session_timeout_s;	   /* 0 = absent */
	struct hms_str supported_versions; /* SupportedCWMPVersions */
	struct hms_str use_version;	   /* UseCWMPVersion (the CPE's side) */

	/* Inform */
	struct hms_cwmp_device_id device;
	struct hms_cwmp_event *events;
	size_t event_count;
	uint32_t retry_count;
	struct hms_str current_time;

	/* ParameterList of Inform, GetParameterValuesResponse, GetParameterNamesResponse, SetParameterValues (CPE side). With a sink (see reader.h) they go there instead. */
	struct hms_cwmp_param *params;
	size_t param_count;
	bool truncated; /* parameters beyond the limit were left out */

	/* simple fields of all other messages, in document order, by their local path below the method element: "Status", "InstanceNumber",
	 * "CommandKey", "FaultStruct.FaultCode", "MethodList.string" (several), "ParameterNames.string" (several), "ParameterKey", ... A CPE also
	 * reads "Operations.@type": the xsi:type of an element right below the method. */
	struct hms_cwmp_field *fields;
	size_t field_count;

	struct hms_cwmp_fault fault;
	unsigned warnings; /* bits of enum hms_cwmp_warning: leniency that was needed */
};

/** Leniency that fired; counted by the caller. Rows of hms/cwmp/warnings.def: CWMP_WARNING(id, "label", "help"). */
enum hms_cwmp_warning {
#define CWMP_WARNING(id, label, help) HMS_CWMP_WARN_##id,
#include "hms/cwmp/warnings.def"
#undef CWMP_WARNING
	HMS_CWMP_WARN_COUNT
};
const char *hms_cwmp_warning_label(enum hms_cwmp_warning w);

/** Value of the first field of that path; {NULL,0} if absent. */
struct hms_str hms_cwmp_field(const struct hms_cwmp_msg *msg, const char *path);
/** Value of the first parameter of that full name; {NULL,0} if absent. */
struct hms_str hms_cwmp_param_value(const struct hms_cwmp_msg *msg, struct hms_str name);

/** Event codes as bits ("classes" of a DeviceEvent), from hms/cwmp/events.def: EVENT(id, bit, "code", "help"). Spelling is forgiven (case, missing blanks: device-quirks 7). Unknown
 *  ones give HMS_EVENT_OTHER (R6). */
enum hms_cwmp_event_bit {
#define CWMP_EVENT(id, bit, code) HMS_EVENT_##id = 1u << (bit),
#include "hms/cwmp/events.def"
#undef CWMP_EVENT
};
uint32_t hms_cwmp_event_bit(struct hms_str code);
uint32_t hms_cwmp_event_bits(const struct hms_cwmp_event *events, size_t count);
/** The canonical code of a single bit ("2 PERIODIC"); "OTHER" for HMS_EVENT_OTHER. */
const char *hms_cwmp_event_code(uint32_t bit);

#endif
