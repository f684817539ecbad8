/** What the parts of the front end share. One loop thread. */
#ifndef FE_FE_H
#define FE_FE_H

#include "conf.h"
#include "hms/app/app.h"
#include "hms/base/clock.h"
#include "hms/base/map.h"
#include "hms/bus/bus.h"
#include "hms/crypto/crypto.h"
#include "hms/device/quirks.h"
#include "hms/http/digest.h"
#include "hms/net/rate.h"
#include "hms/pg/pg.h"
#include "hms/redis/redis.h"
#include "metrics.h"
#include "pool.h"

struct fe_budget;
struct fe_directory;
struct fe_groups;
struct fe_guesses;
struct fe_lag;
struct fe_shed;
struct fe_listener;
struct fe_trace;
struct fe_waiters;

struct fe {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct fe_conf *conf; /* of the present configuration */
	const char *instance;	    /* names our wake channel */
	unsigned partitions;
	bool draining; /* no session waits any more */
	bool closing;  /* nothing is answered any more */
	bool trace_on; /* something is recorded (trace.h) */

	struct hms_secret *secret;
	struct hms_sealer *cookie_sealer, *credential_sealer;
	struct hms_nonce_key nonce_key;

	struct hms_quirk_registry *quirks;

	struct hms_producer *producer;
	struct hms_redis *redis;
	struct hms_pg *pg;

	struct fe_listener **listeners;
	size_t listener_count, listeners_draining;
	void (*listeners_drained)(struct fe *fe);
	struct fe_directory *directory;
	struct fe_groups *groups;
	struct fe_lag *lag;
	struct fe_shed *shed;
	struct fe_waiters *waiters;
	struct fe_guesses *guesses;
	struct fe_budget *budget;
	struct fe_trace *trace;
	struct hms_rate *unknown_rate, *miss_rate, *auth_rate;

	struct fe_pool posts, conns;
	struct fe_works outside, inside;	       /* for POSTs without and within a session */
	struct hms_buf scratch;			       /* of one call: cookies */
	struct hms_buf packed;			       /* of one call: records */
	struct hms_log_limit peers_log, directory_log; /* lines that peers, or every lookup, could cause */
	struct fe_metrics m;
};

#endif
