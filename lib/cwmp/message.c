/* Looking things up in a message. */
#include "hms/cwmp/cwmp.h"

struct hms_str hms_cwmp_field(const struct hms_cwmp_msg *msg, const char *path)
{
	struct hms_str wanted = hms_str(path);

	for (size_t i = 0; i < msg->field_count; i++)
		if (hms_str_eq(msg->fields[i].code, wanted))
			return msg->fields[i].command_key;
	return (struct hms_str){ NULL, 0 };
}

struct hms_str hms_cwmp_param_value(const struct hms_cwmp_msg *msg, struct hms_str name)
{
	for (size_t i = 0; i < msg->param_count; i++)
		if (hms_str_eq(msg->params[i].name, name))
			return msg->params[i].value;
	return (struct hms_str){ NULL, 0 };
}
