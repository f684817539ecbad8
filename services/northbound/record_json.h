/** Records of Kafka as JSON, for people: every field by its name, without the values of secrets. No I/O. */
#ifndef NBI_RECORD_JSON_H
#define NBI_RECORD_JSON_H

#include <jansson.h>

#include "hms/base/str.h"

/** Null where the topic is not known or the bytes are no record of it. */
json_t *nbi_record_json(struct hms_str topic, struct hms_str bytes);

#endif
