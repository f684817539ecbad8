/* Texts of status codes. */
#include "hms/http/server.h"

const char *hms_http_status_text(unsigned status)
{
	static const char *const texts[600] = {
#define HTTP_STATUS(code, text) [code] = text,
#include "status.def"
#undef HTTP_STATUS
	};

	return status < sizeof(texts) / sizeof(texts[0]) && texts[status] ? texts[status] : "Status";
}
