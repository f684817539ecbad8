/** What a device said, as JSON with the structure and types of TR-069. */
#ifndef PROV_ANSWER_H
#define PROV_ANSWER_H

#include <jansson.h>

#include "hms/device/event.h"

#define PROV_ANSWER_MAX_BYTES (256 * 1024)

/** {"TransferList": [{"CommandKey": "H...", "State": 2}]}. A value that is not of its type stays a text. Sets *truncated when there is more than
 *  PROV_ANSWER_MAX_BYTES. NULL when out of memory. */
json_t *prov_answer_json(Hms__Field *const *fields, size_t count, bool *truncated);

#endif
