/** The alarms service: consumes what devices said and keeps the alarm list, one owner a device's partition. */
#ifndef ALM_ALARMS_H
#define ALM_ALARMS_H

#include "device.h"
#include "hms/app/app.h"
#include "hms/stream/stream.h"

#define ALM_SERVICE "alarms"

struct alm_conf {
#include "hms/conf/fields.inc"
#include "config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section alm_conf_section;

struct alm_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern struct alm_metrics alm_metrics;
extern const struct hms_metric_def alm_metric_defs[];
extern const size_t alm_metric_count;
/** The counter of a label value of one of alm_metrics' vectors. */
struct hms_counter *alm_count(struct hms_vec *vec, const char *value);

/** The transaction at hand; begins anew with each alm_gather_begin(). */
struct alm_batch {
	struct alm_context ctx;
	ALM_LIST(alm_device, devices);
	struct hms_map *by_id;
	struct alm_notice **notices; /* those whose past is looked up, in the order of the query */
	size_t notices_count, notices_room;
	bool pasts_asked;
	int64_t oldest_recv_us;
	/* counted when it is committed */
	uint64_t rows, internal, boot, other, partial, dropped, overflow, unknown, requests;
};

struct alm {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct alm_conf *conf;
	struct hms_stream *stream;
	struct hms_command_ids ids;
	struct alm_batch batch;
	struct alm_sweep *sweep;
};

/* ---- gather.c: messages and items become devices with their inputs ---- */
void alm_gather_begin(struct hms_stream *s, void *arg);
bool alm_can_wait(struct hms_stream *s, const struct hms_message *msg, void *arg);
int alm_gather_message(struct hms_stream *s, const struct hms_message *msg, void *arg);
int alm_gather_item(struct hms_stream *s, const void *item, void *arg); /* struct hms_device_id: look at it */

/* ---- load.c: rows of the devices; then what history knows of the events' keys ---- */
int alm_load(struct hms_stream *s, struct hms_pg_batch *pg, void *arg);
/** Between the two: drops what is not to be listed, and makes notices. */
enum hms_stream_next alm_loaded(struct hms_stream *s, void *arg);

/* ---- store.c ---- */
int alm_store(struct hms_stream *s, struct hms_pg_batch *pg, void *arg);
void alm_committed(struct hms_stream *s, void *arg);

/* ---- sweep.c: finds devices that have requests or rows that are due ---- */
struct alm_sweep *alm_sweep_new(struct alm *alm);
void alm_sweep_free(struct alm_sweep **sweep);

#endif
