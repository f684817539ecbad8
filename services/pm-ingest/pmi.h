/** The pm-ingest service: one consumer of hms.files, one transaction at a time (contracts 6). */
#ifndef PMI_PMI_H
#define PMI_PMI_H

#include "hms/app/app.h"
#include "hms/pg/dict.h"
#include "hms/pmfile/pmfile.h"
#include "hms/stream/stream.h"

#define PMI_SERVICE "pm-ingest"

struct pmi_conf {
#include "hms/conf/fields.inc"
#include "config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section pmi_conf_section;

struct pmi_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern struct pmi_metrics pmi_metrics;
extern const struct hms_metric_def pmi_metric_defs[];
extern const size_t pmi_metric_count;
/** The counter of a label value of one of pmi_metrics' vectors. */
struct hms_counter *pmi_count(struct hms_vec *vec, const char *value);

/** The dictionaries: tables pm_counter, pm_group, pm_object. */
enum pmi_dict { PMI_COUNTER, PMI_GROUP, PMI_OBJECT, PMI_DICTS };

struct pmi_batch;
struct pmi_sweep;

struct pmi {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct pmi_conf *conf;
	struct hms_stream *stream;
	struct hms_pm_reader *reader;
	struct hms_pg_dict *dicts[PMI_DICTS];
	struct hms_map *newcomers; /* devices that have brought new names today, and how many; the dictionary's cap bounds it */
	int64_t newcomers_day;
	struct pmi_batch *batch;
	struct pmi_sweep *sweep;
	size_t copy_bytes;	     /* most bytes of values of one transaction */
	int64_t day_first, day_last; /* days since 1970 whose partitions are there */
};

/** An item: a device whose ledger is due. */
struct pmi_item {
	struct hms_device_id id;
};

#endif
