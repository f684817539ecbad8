/** Reading of one parameter of a data model: a part of model.c. */
#ifndef HNBSIM_MODEL_PARAM_H
#define HNBSIM_MODEL_PARAM_H

#include <jansson.h>

#include "model.h"

/** Returns what is wrong, or NULL. param holds texts to be freed in either case, but for its name. */
const char *model_param_read(json_t *spec, struct model_param *param);
/** Copies a JSON string. Empty text is static, all other is malloc'ed. False: out of memory. */
bool model_dup_text(json_t *value, struct hms_str *out);

#endif
