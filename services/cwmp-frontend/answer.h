/** The answer of a device to an RPC: response or fault. */
#ifndef FE_ANSWER_H
#define FE_ANSWER_H

#include "post.h"

void fe_answer(struct fe_post *p);

/** hms_cwmp_param_sink of messages within a session; arg is the post. */
int fe_answer_param(const struct hms_cwmp_param *param, void *arg);

#endif
