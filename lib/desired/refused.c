/* What a refused step teaches: what the device does not have is left out from now on; what it does not want is for its operator. */
#include "notes.h"

enum {
	NO_METHOD = 9000,
	ARGUMENTS = 9003,
	NO_NAME = 9005,
	READ_ONLY = 9008,
	NO_NOTIFICATION = 9009,
};

static struct hms_str name_at(const json_t *list, size_t at, const char *member)
{
	const json_t *item = json_array_get(list, at);

	return hms_str(json_string_value(member ? json_object_get(item, member) : item));
}

/* A list of which one is to blame, and nobody says which: the half of it is tried, until one is left. */
static enum hms_known_next halve(struct hms_known *known, const json_t *list, const char *member, const char *most, const char *to,
				 uint32_t code)
{
	size_t count = json_array_size(list);

	if (count > 1) {
		json_object_set_new(known->notes, most, json_integer((json_int_t)(count / 2)));
		return HMS_KNOWN_PLAN;
	}
	if (count == 1 && code == NO_NAME && hms_str_ends(name_at(list, 0, member), HMS_STR("."))) {
		/* an empty table, as some say it; that there is none at all AddObject will tell */
		known_read_empty(known, name_at(list, 0, member));
		json_object_del(known->notes, most);
		return HMS_KNOWN_PLAN;
	}
	if (count == 0 || (code != NO_NAME && code != READ_ONLY && code != NO_NOTIFICATION && code != ARGUMENTS))
		return HMS_KNOWN_FAILED;
	note_set(known->notes, to, name_at(list, 0, member), json_integer(code));
	json_object_del(known->notes, most); /* found: the rest can go together again */
	return HMS_KNOWN_PLAN;
}

static enum hms_known_next refused_set(struct hms_known *known, const json_t *payload, uint32_t code, const struct hms_known_fault *faults,
				       size_t count)
{
	const json_t *list = json_object_get(payload, "ParameterList");
	enum hms_known_next next = count ? HMS_KNOWN_PLAN : HMS_KNOWN_FAILED;

	for (size_t i = 0; i < count; i++) {
		if (faults[i].code == NO_NAME || faults[i].code == READ_ONLY)
			note_set(known->notes, NOTE_REFUSED, faults[i].path, json_integer(faults[i].code));
		else
			next = HMS_KNOWN_FAILED;
	}
	if (count == 0 && json_array_size(list) == 1 && (code == NO_NAME || code == READ_ONLY)) {
		note_set(known->notes, NOTE_REFUSED, name_at(list, 0, "Name"), json_integer(code));
		return HMS_KNOWN_PLAN;
	}
	return next;
}

static enum hms_known_next refused_object(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload, uint32_t code)
{
	const char *name = json_string_value(json_object_get(payload, "ObjectName"));

	json_object_del(known->notes, NOTE_OPEN); /* nothing was changed; its table is read again */
	if (code != NO_NAME || !name)
		return HMS_KNOWN_FAILED;
	if (method == HMS_CWMP_ADD_OBJECT)
		note_set(known->notes, NOTE_REFUSED, hms_str(name), json_integer(code));
	return HMS_KNOWN_PLAN; /* DeleteObject: the row has gone */
}

static enum hms_known_next refused_attributes(struct hms_known *known, const json_t *list, const char *member, const char *most,
					      uint32_t code)
{
	if (code == NO_METHOD) {
		json_object_set_new(known->notes, NOTE_NO_ATTRIBUTES, json_true());
		return HMS_KNOWN_PLAN;
	}
	return halve(known, list, member, most, NOTE_UNTOLD, code);
}

/* The file did not come to the device: its values are set. What it says of the file itself is another thing. */
static enum hms_known_next refused_file(struct hms_known *known, uint32_t code)
{
	static const uint32_t faults[] = { NO_METHOD, 9010, 9012, 9013, 9014, 9015, 9016, 9017 };

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (code != faults[i])
			continue;
		json_object_set_new(known->notes, NOTE_NO_FILES, json_true());
		return HMS_KNOWN_PLAN;
	}
	return HMS_KNOWN_FAILED;
}

enum hms_known_next hms_known_refused(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload, uint32_t code,
				      const struct hms_known_fault *faults, size_t count)
{
	const json_t *names = json_object_get(payload, "ParameterNames"), *list = json_object_get(payload, "ParameterList");

	switch (method) {
	case HMS_CWMP_GET_PARAMETER_VALUES:
		return halve(known, names, NULL, NOTE_READ_MAX, NOTE_REFUSED, code);
	case HMS_CWMP_GET_PARAMETER_ATTRIBUTES:
		return refused_attributes(known, names, NULL, NOTE_READ_MAX, code);
	case HMS_CWMP_SET_PARAMETER_ATTRIBUTES:
		return refused_attributes(known, list, "Name", NOTE_TELL_MAX, code);
	case HMS_CWMP_SET_PARAMETER_VALUES:
		return refused_set(known, payload, code, faults, count);
	case HMS_CWMP_ADD_OBJECT:
	case HMS_CWMP_DELETE_OBJECT:
		return refused_object(known, method, payload, code);
	case HMS_CWMP_DOWNLOAD:
		return refused_file(known, code);
	default:
		return HMS_KNOWN_FAILED;
	}
}
