/* Which element may stand where, and what it means: one table for both formats. Elements that it does not name are skipped with all they hold. */
#include "internal.h"

enum pm_state {
	NONE,
	/* TS 32.435 */
	FILE_,
	HEADER,
	SENDER,
	HEADER_TIME,
	DATA,
	ELEMENT,
	INFO,
	PERIOD,
	TYPES,
	TYPE,
	VALUE,
	RESULTS,
	RESULT,
	SUSPECT,
	FOOTER,
	FOOTER_TIME,
	/* PmFile */
	PF_FILE,
	PF_HEADER,
	PF_HEADER_FIELD,
	PF_INFO,
	PF_OBJECT_TYPE,
	PF_TYPES,
	PF_TYPE,
	PF_DATA,
	PF_VALUE,
	PF_RESULT,
	PF_SUBS,
	PF_SUB_FIELD,
};

#define E(name) pm_enter_##name
#define L(name) pm_leave_##name

/* The most frequent ones of a parent first. */
const struct pm_rule pm_rules[] = {
	{ NONE, FILE_, false, "measCollecFile", E(collec_file), NULL },
	{ FILE_, DATA, false, "measData", NULL, NULL },
	{ FILE_, HEADER, false, "fileHeader", E(header), NULL },
	{ FILE_, FOOTER, false, "fileFooter", NULL, NULL },
	{ HEADER, SENDER, false, "fileSender", E(sender), NULL },
	{ HEADER, HEADER_TIME, false, "measCollec", E(begin), NULL },
	{ FOOTER, FOOTER_TIME, false, "measCollec", E(end), NULL },
	{ DATA, INFO, false, "measInfo", E(info), L(info) },
	{ DATA, ELEMENT, false, "managedElement", E(element), NULL },
	{ INFO, VALUE, false, "measValue", E(value), L(value) },
	{ INFO, TYPE, true, "measType", E(type), L(type) },
	{ INFO, TYPES, true, "measTypes", NULL, L(types) },
	{ INFO, PERIOD, false, "granPeriod", E(period), NULL },
	{ VALUE, RESULT, true, "r", E(result), L(result) },
	{ VALUE, RESULTS, true, "measResults", NULL, L(results) },
	{ VALUE, SUSPECT, true, "suspect", NULL, L(suspect) },

	{ NONE, PF_FILE, false, "PmFile", E(pm_file), NULL },
	{ PF_FILE, PF_INFO, false, "Measurements", E(measurements), L(info) },
	{ PF_FILE, PF_HEADER, false, "FileHeader", NULL, NULL },
	{ PF_HEADER, PF_HEADER_FIELD, true, "DnPrefix", NULL, L(prefix) },
	{ PF_HEADER, PF_HEADER_FIELD, true, "SenderName", NULL, L(sender) },
	{ PF_HEADER, PF_HEADER_FIELD, true, "VendorName", NULL, L(vendor) },
	{ PF_HEADER, PF_HEADER_FIELD, true, "BeginTime", NULL, L(begin) },
	{ PF_HEADER, PF_HEADER_FIELD, true, "EndTime", NULL, L(end) },
	{ PF_INFO, PF_OBJECT_TYPE, true, "ObjectType", NULL, L(object_type) },
	{ PF_INFO, PF_TYPES, false, "PmName", NULL, NULL },
	{ PF_INFO, PF_DATA, false, "PmData", NULL, NULL },
	{ PF_TYPES, PF_TYPE, true, "N", E(type), L(type) },
	{ PF_DATA, PF_VALUE, false, "Pm", E(value), L(value) },
	{ PF_VALUE, PF_RESULT, true, "V", E(result), L(result) },
	{ PF_VALUE, PF_SUBS, false, "CV", NULL, NULL },
	{ PF_SUBS, PF_SUB_FIELD, true, "SV", NULL, L(sub_value) },
	{ PF_SUBS, PF_SUB_FIELD, true, "SN", NULL, L(sub_name) },
};
const size_t pm_rule_count = sizeof(pm_rules) / sizeof(pm_rules[0]);
_Static_assert(sizeof(pm_rules) / sizeof(pm_rules[0]) <= PM_RULES_MAX, "xml.c keeps a name for each rule");

struct hms_str pm_attribute(const struct pm_attributes *attributes, const char *name)
{
	for (unsigned i = 0; i < attributes->count; i++) {
		const unsigned char **a = &attributes->p[5 * (size_t)i];

		if (strcmp((const char *)a[0], name) == 0)
			return hms_strn((const char *)a[3], (size_t)(a[4] - a[3]));
	}
	return (struct hms_str){ 0 };
}
