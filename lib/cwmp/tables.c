/* The tables of methods, namespaces, types, warnings and faults. */
#include "tables.h"

#include "hms/cwmp/writer.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NS_PREFIX "urn:dslforum-org:cwmp-1-"

const char *hms_cwmp_ns_uri(enum hms_cwmp_ns ns)
{
	static const char *const uris[HMS_CWMP_NS_COUNT] = {
		NS_PREFIX "0", NS_PREFIX "1", NS_PREFIX "2", NS_PREFIX "3", NS_PREFIX "4",
	};

	return uris[(unsigned)ns < HMS_CWMP_NS_COUNT ? ns : HMS_CWMP_1_0];
}

int hms_cwmp_ns_find(struct hms_str uri)
{
	int version;

	if (uri.len != sizeof(NS_PREFIX) || !hms_str_starts(uri, HMS_STR(NS_PREFIX)))
		return -1;
	version = uri.p[uri.len - 1] - '0';
	return version >= 0 && version < HMS_CWMP_NS_COUNT ? version : -1;
}

static const struct hms_cwmp_method_info methods[HMS_CWMP_METHOD_COUNT] = {
	{ .id = HMS_CWMP_NONE, .name = "", .arguments = "", .evidence = "" },
#define CWMP_METHOD(id, name, safety, since, arguments, evidence) \
	{ HMS_CWMP_##id, name, HMS_CWMP_##safety, HMS_CWMP_##since, arguments, evidence },
#include "hms/cwmp/methods.def"
#undef CWMP_METHOD
};

const struct hms_cwmp_method_info *hms_cwmp_method_info(enum hms_cwmp_method id)
{
	return &methods[(unsigned)id < HMS_CWMP_METHOD_COUNT ? id : HMS_CWMP_NONE];
}

enum hms_cwmp_method hms_cwmp_method_find(struct hms_str name)
{
	for (int i = HMS_CWMP_NONE + 1; i < HMS_CWMP_METHOD_COUNT; i++)
		if (i != HMS_CWMP_VENDOR && hms_str_eqz(name, methods[i].name))
			return (enum hms_cwmp_method)i;
	return HMS_CWMP_NONE;
}

#define VENDOR_PREFIX "X_"
#define VENDOR_NAME_MAX 64

static bool is_vendor_method(struct hms_str name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	const char *end;

	if (name.len > VENDOR_NAME_MAX || !hms_str_starts(name, HMS_STR(VENDOR_PREFIX)))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!name.p[i] || !strchr(allowed, name.p[i]))
			return false;
	end = memchr(name.p + sizeof(VENDOR_PREFIX) - 1, '_', name.len - (sizeof(VENDOR_PREFIX) - 1));
	return end && end > name.p + sizeof(VENDOR_PREFIX) - 1 && end + 1 < name.p + name.len;
}

enum hms_cwmp_method hms_cwmp_method_of(struct hms_str name)
{
	return is_vendor_method(name) ? HMS_CWMP_VENDOR : hms_cwmp_method_find(name);
}

const char *hms_cwmp_version_text(enum hms_cwmp_ns version)
{
	static const char *const texts[HMS_CWMP_NS_COUNT] = { "1.0", "1.1", "1.2", "1.3", "1.4" };

	return texts[(unsigned)version < HMS_CWMP_NS_COUNT ? version : HMS_CWMP_1_0];
}

static const struct hms_cwmp_acs_method_info acs_methods[HMS_ACS_METHOD_COUNT] = {
	{ HMS_ACS_NONE, "", "", "" },
#define CWMP_ACS_METHOD(id, name, arguments, outcome) { HMS_ACS_##id, name, arguments, outcome },
#include "hms/cwmp/acs_methods.def"
#undef CWMP_ACS_METHOD
};

const struct hms_cwmp_acs_method_info *hms_cwmp_acs_method_info(enum hms_cwmp_acs_method id)
{
	return &acs_methods[(unsigned)id < HMS_ACS_METHOD_COUNT ? id : HMS_ACS_NONE];
}

enum hms_cwmp_acs_method hms_cwmp_acs_method_find(struct hms_str name)
{
	for (int i = HMS_ACS_NONE + 1; i < HMS_ACS_METHOD_COUNT; i++)
		if (hms_str_eqz(name, acs_methods[i].name))
			return (enum hms_cwmp_acs_method)i;
	return HMS_ACS_NONE;
}

static const char *const xsd_names[] = {
	[HMS_XSD_STRING] = "xsd:string",       [HMS_XSD_INT] = "xsd:int",
	[HMS_XSD_UINT] = "xsd:unsignedInt",    [HMS_XSD_BOOLEAN] = "xsd:boolean",
	[HMS_XSD_DATETIME] = "xsd:dateTime",   [HMS_XSD_BASE64] = "xsd:base64",
	[HMS_XSD_LONG] = "xsd:long",	       [HMS_XSD_ULONG] = "xsd:unsignedLong",
	[HMS_XSD_HEXBINARY] = "xsd:hexBinary", [HMS_XSD_OTHER] = "xsd:string",
};

const char *hms_xsd_name(enum hms_xsd type) { return xsd_names[(unsigned)type <= HMS_XSD_OTHER ? type : HMS_XSD_OTHER]; }

/* A type as devices write it: any prefix or none, perhaps a length behind it (device-quirks 7). */
static struct hms_str bare_type(struct hms_str type)
{
	const char *colon, *paren;

	colon = type.len > 0 ? memchr(type.p, ':', type.len) : NULL;
	if (colon)
		type = hms_strn(colon + 1, type.len - (size_t)(colon + 1 - type.p));
	paren = type.len > 0 ? memchr(type.p, '(', type.len) : NULL;
	if (paren)
		type.len = (size_t)(paren - type.p);
	return hms_str_trim(type);
}

enum hms_xsd hms_xsd_find(struct hms_str type)
{
	type = bare_type(type);
	for (int i = 0; i < HMS_XSD_OTHER; i++)
		if (hms_str_caseeq(type, hms_str(xsd_names[i] + sizeof("xsd:") - 1)))
			return (enum hms_xsd)i;
	return hms_str_caseeq(type, HMS_STR("base64Binary")) ? HMS_XSD_BASE64 : HMS_XSD_OTHER;
}

const char *hms_cwmp_warning_label(enum hms_cwmp_warning w)
{
	static const char *const labels[] = {
#define CWMP_WARNING(id, label, help) label,
#include "hms/cwmp/warnings.def"
#undef CWMP_WARNING
	};

	return (unsigned)w < COUNT(labels) ? labels[w] : "unknown";
}

enum fault_side { FAULT_CLIENT, FAULT_SERVER };

static const struct fault_row {
	uint32_t code;
	enum fault_side side;
	const char *text;
} faults[] = {
#define CWMP_FAULT(code, side, text) { code, FAULT_##side, text },
#include "hms/cwmp/faults.def"
#undef CWMP_FAULT
};

static const struct fault_row *fault_find(uint32_t code)
{
	for (size_t i = 0; i < COUNT(faults); i++)
		if (faults[i].code == code)
			return &faults[i];
	return NULL;
}

const char *hms_cwmp_fault_text(uint32_t code)
{
	const struct fault_row *row = fault_find(code);

	if (row)
		return row->text;
	if ((code >= 9800 && code <= 9899) || (code >= 8800 && code <= 8899))
		return "Vendor-defined fault";
	return "Unknown fault";
}

bool hms_cwmp_fault_is_client(uint32_t code)
{
	const struct fault_row *row = fault_find(code);

	return row && row->side == FAULT_CLIENT;
}
