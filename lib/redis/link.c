/* One connection to Redis, made again for ever.
 *
 *   WAITING --timer--> RESOLVING --address--> HELLO --AUTH, SELECT, PING, SUBSCRIBE answered--> READY
 *      ^                   |                    |                                                |
 *      +------ failed, or longer than connect_timeout --------------------- lost ----------------+
 */
#include "hms/base/err.h"
#include "hms/crypto/crypto.h"
#include "hms/log/log.h"
#include "redis_internal.h"

static void wait_for_retry(struct redis_link *link)
{
	uint64_t wait_ms = (uint64_t)link->conf->retry_wait;

	link->state = LINK_WAITING;
	hms_counter_inc(&redis_metrics.reconnects);
	/* spread: many processes lose the same Redis at the same moment */
	hms_timer_start(&link->timer, wait_ms / 2 + hms_random_u64() % wait_ms);
}

/* Leaves the state; hiredis may run callbacks of commands that are still pending. */
static void close_all(struct redis_link *link)
{
	redisAsyncContext *ac = link->ac;

	link->ac = NULL;
	link->state = LINK_STOPPED;
	hms_timer_stop(&link->timer);
	redis_resolve_stop(&link->resolve);
	if (ac) {
		ac->data = NULL; /* what it still calls is no news */
		redisAsyncFree(ac);
	}
}

void redis_link_stop(struct redis_link *link) { close_all(link); }

static void log_loss(const struct redis_link *link, const char *why)
{
	static struct hms_log_limit limit;

	if (hms_log_allow(&limit, 1, hms_loop_now_ms(link->loop)))
		log_warn("no connection to Redis", KV_Z("connection", link->name), KV_Z("reason", why));
}

/* The connection is gone, or never came to be. */
static void go_on(struct redis_link *link, bool was_ready)
{
	wait_for_retry(link);
	if (was_ready && link->lost)
		link->lost(link->arg);
}

void redis_link_renew(struct redis_link *link, const char *why)
{
	bool was_ready = link->state == LINK_READY;

	log_loss(link, why); /* first: why may belong to what is closed now */
	close_all(link);
	go_on(link, was_ready);
}

/* hiredis frees ac itself after its own news. */
static void forget_ac(struct redis_link *link, const redisAsyncContext *ac)
{
	bool was_ready = link->state == LINK_READY;

	log_loss(link, ac->errstr && ac->errstr[0] ? ac->errstr : "closed");
	link->ac = NULL;
	hms_timer_stop(&link->timer);
	go_on(link, was_ready);
}

static void on_connect(const redisAsyncContext *ac, int status)
{
	struct redis_link *link = ac->data;

	if (link && status != REDIS_OK)
		forget_ac(link, ac);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
	struct redis_link *link = ac->data;

	(void)status;
	if (link)
		forget_ac(link, ac);
}

static void become_ready(struct redis_link *link)
{
	hms_timer_stop(&link->timer);
	link->state = LINK_READY;
	link->attempts = 0;
	log_info("connected to Redis", KV_Z("connection", link->name));
	link->ready(link->arg);
}

static void on_message(redisAsyncContext *ac, void *r, void *arg)
{
	struct redis_link *link = arg;
	const redisReply *reply = r;

	if (!reply || !ac->data || reply->type != REDIS_REPLY_ARRAY || reply->elements < 3)
		return;
	if (strcmp(reply->element[0]->str, "subscribe") == 0 && link->state == LINK_HELLO)
		become_ready(link);
	else if (strcmp(reply->element[0]->str, "message") == 0 && reply->element[2]->type == REDIS_REPLY_STRING)
		link->message(hms_strn(reply->element[2]->str, reply->element[2]->len), link->message_arg);
}

/* One answer of the hello. A server that is loading, or wants another password, is tried again later. */
static void on_hello(redisAsyncContext *ac, void *r, void *arg)
{
	struct redis_link *link = arg;
	const redisReply *reply = r;

	if (!reply || !ac->data)
		return;
	if (reply->type == REDIS_REPLY_ERROR) {
		redis_link_renew(link, reply->str);
		return;
	}
	if (--link->hello_left > 0)
		return;
	if (!link->channel)
		become_ready(link);
	else if (redisAsyncCommand(ac, on_message, link, "SUBSCRIBE %s", link->channel) != REDIS_OK)
		redis_link_renew(link, "SUBSCRIBE could not be sent");
}

/* Commands that cannot be sent leave the hello unanswered; then the timer ends it. */
static void say_hello(struct redis_link *link)
{
	const struct redis_url *url = link->url;
	redisAsyncContext *ac = link->ac;

	link->hello_left = 1;
	if (url->password[0]) {
		link->hello_left++;
		if (url->user[0])
			redisAsyncCommand(ac, on_hello, link, "AUTH %s %s", url->user, url->password);
		else
			redisAsyncCommand(ac, on_hello, link, "AUTH %s", url->password);
	}
	if (url->db[0]) {
		link->hello_left++;
		redisAsyncCommand(ac, on_hello, link, "SELECT %s", url->db);
	}
	redisAsyncCommand(ac, on_hello, link, "PING");
}

static void connect_to(struct redis_link *link, const char *address)
{
	bool is_unix = link->url->unix_path[0];
	uint64_t port = 0;

	hms_str_u64(hms_str(link->url->port), &port);
	link->ac = is_unix ? redisAsyncConnectUnix(link->url->unix_path) : redisAsyncConnect(address, (int)port);
	if (!link->ac || link->ac->err != 0) {
		redis_link_renew(link, link->ac ? link->ac->errstr : hms_strerror(HMS_ENOMEM));
		return;
	}
	if (redis_adapter_attach(link->ac, link->loop) != 0) {
		redis_link_renew(link, "the loop cannot watch the connection");
		return;
	}
	link->ac->data = link;
	link->state = LINK_HELLO;
	redisAsyncSetDisconnectCallback(link->ac, on_disconnect);
	redisAsyncSetConnectCallback(link->ac, on_connect);
	/* a subscription is silent for long: only this shows that the other side is gone */
	if (!is_unix)
		redisEnableKeepAlive(&link->ac->c);
	say_hello(link);
}

static void on_resolved(struct redis_resolve *resolve, const char *address, const char *reason)
{
	struct redis_link *link = hms_container_of(resolve, struct redis_link, resolve);

	if (address)
		connect_to(link, address);
	else
		redis_link_renew(link, reason);
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct redis_link *link = arg;

	(void)timer;
	if (link->state == LINK_WAITING)
		redis_link_start(link);
	else
		redis_link_renew(link, hms_strerror(HMS_ETIMEOUT));
}

void redis_link_init(struct redis_link *link, struct hms_loop *loop, const struct redis_url *url, const struct hms_redis_conf *conf,
		     const char *name)
{
	*link = (struct redis_link){ .loop = loop, .url = url, .conf = conf, .name = name };
	hms_timer_init(&link->timer, loop, on_timer, link);
	redis_resolve_init(&link->resolve, loop, on_resolved);
}

void redis_link_start(struct redis_link *link)
{
	link->state = LINK_RESOLVING;
	hms_timer_start(&link->timer, (uint64_t)link->conf->connect_timeout);
	if (link->url->unix_path[0])
		connect_to(link, NULL);
	else
		redis_resolve_start(&link->resolve, link->url->host, link->attempts++);
}
