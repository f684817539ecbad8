/** The mode `reach`: takes records of hms.reach, calls the devices, and tells provisioning what became of it (contracts 10). */
#ifndef FE_REACH_H
#define FE_REACH_H

#include "hms/app/app.h"
#include "hms/bus/bus.h"
#include "hms/device/credential.h"
#include "mode.h"
#include "reach_curl.h"
#include "reach_target.h"

#define FE_REACH_CREDENTIALS_MAX 2

struct fe_reach_metrics {
#include "hms/metrics/fields.inc"
#include "reach_metrics.def"
#include "hms/metrics/end.inc"
};
extern const struct hms_metric_def fe_reach_metric_defs[];
extern const size_t fe_reach_metric_count;

struct fe_reach {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct fe_reach_conf *conf;
	struct fe_target_rules rules;
	struct hms_sealer *sealer; /* of credentials */
	struct fe_curl *curl;
	struct hms_producer *producer;
	struct hms_consumer *consumer;
	struct fe_reach_part *parts; /* of hms.reach, as this worker has them */
	unsigned partitions;
	struct hms_arena *arena; /* of one record */
	struct hms_buf packed;	 /* of one result */
	struct hms_list calls;	 /* all */
	size_t in_flight;
	struct hms_defer more;
	bool draining;
	struct hms_log_limit log;
	struct fe_reach_metrics m;
};

struct fe_reach_part {
	struct hms_list calls; /* in the order of their offsets */
	int64_t next;	       /* behind the last record taken */
	bool mine;
};

/** What a record asks for, and how far that has come. */
struct fe_call {
	struct hms_list node;	 /* of all */
	struct hms_list in_part; /* of its partition while that is ours */
	struct fe_reach *reach;
	unsigned part;
	int64_t offset;
	struct hms_device_id device;
	uint64_t attempt;
	int64_t deadline_us;
	uint64_t began_us;
	CURL *easy; /* while it is under way */
	CURLU *url;
	struct hms_credential credentials[FE_REACH_CREDENTIALS_MAX]; /* cleared at the end */
	size_t credential_count, credential;
	size_t answer_bytes, challenges;
	bool blocked; /* its address is not one to be called */
	int os_error; /* of the socket that could not be made */
	char tenant[256];
};

/** Begins a call; fe_reach_ended() follows, perhaps inside. */
void fe_call_begin(struct fe_call *call);
/** Stops what is under way, and frees. */
void fe_call_free(struct fe_call *call);
/** For fe_curl_new(). */
void fe_call_on_done(CURL *easy, CURLcode code, void *arg);

/** A call has its outcome: it is told to provisioning. The call is the reach's again. status: 0: none. */
void fe_reach_ended(struct fe_call *call, enum hms_reach_outcome outcome, unsigned status, const char *detail);

#endif
