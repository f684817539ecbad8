/** Redis on the loop (hiredis): commands, scripts, one subscription; reconnects by itself. A cache only: every caller
 *  can live without an answer. One loop thread. */
#ifndef HMS_REDIS_REDIS_H
#define HMS_REDIS_REDIS_H

#include "hms/conf/conf.h"
#include "hms/loop/loop.h"
#include "hms/metrics/metrics.h"

struct hms_redis_conf {
#include "hms/conf/fields.inc"
#include "hms/redis/config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section hms_redis_conf_section; /* [redis] */
int hms_redis_metrics_register(struct hms_metrics *metrics);
extern const struct hms_metric_def hms_redis_metric_defs[];
extern const size_t hms_redis_metric_count;

struct hms_redis;
/** A reply; borrowed during the callback. */
struct hms_redis_reply {
	enum { HMS_REDIS_NIL, HMS_REDIS_STR, HMS_REDIS_INT, HMS_REDIS_ARRAY, HMS_REDIS_ERROR } type;
	struct hms_str str; /* STR and ERROR */
	int64_t integer;
	size_t count; /* ARRAY */
	const struct hms_redis_reply *items;
};
/** code 0 with a reply (which may be of type ERROR), or HMS_EUNAVAIL, HMS_ETIMEOUT with reply NULL: whether the
 *  command ran is unknown. */
typedef void hms_redis_cb(int code, const struct hms_redis_reply *reply, void *arg);

/** Either may be NULL. up: everything is connected, the subscription renewed; it comes each time when one of the
 *  connections was made or renewed, so not always after a down. down: commands fail from now on. */
struct hms_redis_state_cb {
	void (*up)(struct hms_redis *r, void *arg);
	void (*down)(struct hms_redis *r, void *arg);
};
/** Connects in the background, retrying for ever. cb (may be NULL) is copied; conf must outlive the result. NULL with
 *  err on a bad URL or without memory. */
struct hms_redis *hms_redis_new(struct hms_loop *loop, const struct hms_redis_conf *conf, const struct hms_redis_state_cb *cb, void *arg,
				struct hms_err *err);
/** Callbacks of commands under way run in it, with HMS_EUNAVAIL. Not from inside a callback of this header. */
void hms_redis_free(struct hms_redis **r);
/** Whether commands can be sent now. */
bool hms_redis_is_up(const struct hms_redis *r);

/** Sends a command of binary-safe arguments. cb (may be NULL) runs exactly once, later, never inside this call; at
 *  once-later with HMS_EUNAVAIL while the connection is down. Commands of one loop iteration leave in one write.
 *  Returns nothing: failure is told to cb. */
void hms_redis_command(struct hms_redis *r, const struct hms_str *args, size_t count, hms_redis_cb *cb, void *arg);

/** A script, static; run by EVALSHA, loaded when Redis does not know it. */
struct hms_redis_script {
	const char *name;
	const char *source;
	char sha1[41]; /* filled at first use */
};
/** As hms_redis_command(). A script that returns an error replies with HMS_REDIS_ERROR. */
void hms_redis_script(struct hms_redis *r, struct hms_redis_script *script, const struct hms_str *keys, size_t key_count,
		      const struct hms_str *args, size_t arg_count, hms_redis_cb *cb, void *arg);

/** One channel, on a connection of its own, renewed after each reconnection. message runs for each message. Returns 0,
 *  HMS_EEXISTS (a second one) or HMS_ENOMEM. */
typedef void hms_redis_message_cb(struct hms_str payload, void *arg);
int hms_redis_subscribe(struct hms_redis *r, const char *channel, hms_redis_message_cb *message, void *arg);

#endif
