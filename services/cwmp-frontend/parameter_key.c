/* The ParameterKey of an Inform: found by the end of its name, since roots differ (Device., InternetGatewayDevice.). */
#include "parameter_key.h"

bool fe_parameter_key(const struct hms_cwmp_msg *msg, struct hms_str *key)
{
	for (size_t i = 0; i < msg->param_count; i++) {
		if (hms_str_ends(msg->params[i].name, HMS_STR(".ManagementServer.ParameterKey"))) {
			*key = msg->params[i].value;
			return true;
		}
	}
	return false;
}
