/* A client: its two connections and its life. */
#include <stdlib.h>

#include "hms/base/err.h"
#include "redis_internal.h"

static void tell_up(struct hms_redis *r)
{
	bool subscribed = !r->channel || r->subscription.state == LINK_READY;

	if (r->commands.state == LINK_READY && subscribed && r->cb.up)
		r->cb.up(r, r->arg);
}

static void on_commands_ready(void *arg)
{
	hms_gauge_add(&redis_metrics.up, 1);
	tell_up(arg);
}

static void on_subscribed(void *arg) { tell_up(arg); }

static void on_commands_lost(void *arg)
{
	struct hms_redis *r = arg;

	hms_gauge_add(&redis_metrics.up, -1);
	if (r->cb.down)
		r->cb.down(r, r->arg);
}

struct hms_redis *hms_redis_new(struct hms_loop *loop, const struct hms_redis_conf *conf, const struct hms_redis_state_cb *cb, void *arg,
				struct hms_err *err)
{
	struct hms_redis *r = calloc(1, sizeof(*r));

	if (!r) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	r->loop = loop;
	r->conf = conf;
	r->arg = arg;
	if (cb)
		r->cb = *cb;
	if (redis_url_parse(conf->url, &r->url, err) != 0) {
		free(r);
		return NULL;
	}
	redis_command_init(r);
	if (!r->scratch) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		free(r);
		return NULL;
	}
	redis_link_init(&r->commands, loop, &r->url, conf, "commands");
	redis_link_init(&r->subscription, loop, &r->url, conf, "subscription");
	r->commands.arg = r->subscription.arg = r;
	r->commands.ready = on_commands_ready;
	r->commands.lost = on_commands_lost;
	r->subscription.ready = on_subscribed;
	redis_link_start(&r->commands);
	return r;
}

void hms_redis_free(struct hms_redis **redis)
{
	struct hms_redis *r = *redis;

	if (!r)
		return;
	if (r->commands.state == LINK_READY)
		hms_gauge_add(&redis_metrics.up, -1);
	redis_link_stop(&r->subscription);
	redis_link_stop(&r->commands);
	redis_command_fini(r);
	explicit_bzero(&r->url, sizeof(r->url));
	free(r->channel);
	free(r);
	*redis = NULL;
}

bool hms_redis_is_up(const struct hms_redis *r) { return r->commands.state == LINK_READY; }

int hms_redis_subscribe(struct hms_redis *r, const char *channel, hms_redis_message_cb *message, void *arg)
{
	if (r->channel)
		return HMS_EEXISTS;
	r->channel = hms_str_dup(hms_str(channel));
	if (!r->channel)
		return HMS_ENOMEM;
	r->subscription.channel = r->channel;
	r->subscription.message = message;
	r->subscription.message_arg = arg;
	redis_link_start(&r->subscription);
	return 0;
}
