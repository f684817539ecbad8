/** The provisioning service: the only decider (contracts 6, 7: I1, I4). */
#ifndef PROV_PROV_H
#define PROV_PROV_H

#include "hms/app/app.h"
#include "hms/redis/mailbox.h"
#include "hms/stream/stream.h"
#include "catch_up.h"
#include "call.h"
#include "procedure.h"

#define PROV_SERVICE "provisioning"

struct prov_conf {
#include "hms/conf/fields.inc"
#include "config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section prov_conf_section;

struct prov_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern struct prov_metrics prov_metrics;
extern const struct hms_metric_def prov_metric_defs[];
extern const size_t prov_metric_count;
/** The counter of a label value of one of prov_metrics' vectors. */
struct hms_counter *prov_count(struct hms_vec *vec, const char *value);

struct prov_batch;
struct prov_search;
struct hms_pg_dict;
struct prov_sweep;

struct prov {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct prov_conf *conf;
	struct hms_stream *stream;
	struct hms_redis *redis;
	struct hms_models *models;
	struct prov_catalog *catalog;			 /* batches have pointers into it */
	struct prov_catalog *catalog_next;		 /* takes its place between two batches */
	struct hms_quirk_registry *quirks, *quirks_next; /* as the catalog */
	struct prov_cm_table *cm;
	struct hms_file_signer *signer;
	struct prov_files files;
	struct prov_call_rules calls;
	struct hms_producer *producer; /* of hms.reach */
	struct hms_sealer *sealer;
	struct hms_pg_dict *dict;
	int32_t dict_read; /* newest id of it that was read with the catalog */
	struct prov_search *search;
	bool search_unlearnt; /* ids of its paths are still to be asked for */
	struct prov_batch *batch;
	struct prov_sweep *sweep;
	struct prov_catch_up catch_up;
	struct hms_command_ids ids;
	int64_t held;		/* held devices, as last counted */
	uint8_t digest_key[32]; /* of digests of profiles' secrets */
};

#endif
