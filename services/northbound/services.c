/* What runs: admin ports of all services, /readyz and /metrics of each in turn, when somebody wants to know. */
#include "services.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/http/client.h"
#include "scrape.h"

#define SERVICES_MAX 256
#define URL_MAX 256
#define BODY_MAX_BYTES (4 * 1024 * 1024)
#define TIMEOUT_MS 2000

enum state { UNKNOWN, READY, DEGRADED, NOT_READY, AWAY };
static const char *const state_names[] = { "unknown", "ready", "degraded", "not ready", "away" };

struct service {
	struct nbi_services *all;
	char instance[64], host[128], url[URL_MAX];
	struct hms_http_client *client;
	enum state state;
	char reasons[512];
	struct nbi_scrape scrape;
};

struct nbi_services {
	struct nbi *nbi;
	bool asked;
	uint64_t asked_ms;
	size_t under_way;      /* services whose answers are awaited */
	struct hms_list waits; /* struct nbi_services_wait */
	size_t count;
	struct service list[SERVICES_MAX];
};

/* ---------------------------------------------------------------- asking */

static void tell(struct nbi_services *all)
{
	while (!hms_list_empty(&all->waits)) {
		struct nbi_services_wait *wait = hms_container_of(all->waits.next, struct nbi_services_wait, node);

		hms_list_remove(&wait->node);
		wait->told(wait->arg);
	}
}

static void answered(struct service *s)
{
	if (--s->all->under_way == 0)
		tell(s->all);
}

static void on_metrics(struct hms_http_client *client, const struct hms_http_response *res, int code, void *arg)
{
	struct service *s = arg;

	(void)client;
	(void)code;
	if (res && res->status == 200)
		nbi_scrape_read(res->body, &s->scrape);
	answered(s);
}

static int ask(struct service *s, struct hms_str target, hms_http_client_cb *cb)
{
	return hms_http_client_request(s->client, HMS_STR("GET"), hms_str(s->host), target, NULL, 0, (struct hms_str){ NULL, 0 }, cb, s);
}

/* One reason a line, "degraded: " before those that do not stop it: the state says that. */
static void take_reasons(struct service *s, struct hms_str page)
{
	static const struct hms_str mark = { "degraded: ", 10 };
	struct hms_buf out = HMS_BUF_INIT(sizeof(s->reasons) - 1);

	while (page.p) {
		struct hms_str line = hms_str_trim(hms_str_split(&page, '\n'));

		if (hms_str_starts(line, mark))
			line = hms_strn(line.p + mark.len, line.len - mark.len);
		if (line.len && !hms_str_eqz(line, "ready"))
			hms_buf_printf(&out, "%s%.*s", out.len ? "; " : "", HMS_STR_FMT(line));
	}
	snprintf(s->reasons, sizeof(s->reasons), "%.*s", HMS_STR_FMT(hms_buf_view(&out)));
	hms_buf_fini(&out);
}

static void on_ready(struct hms_http_client *client, const struct hms_http_response *res, int code, void *arg)
{
	struct service *s = arg;

	(void)client;
	if (!res) {
		s->state = AWAY;
		snprintf(s->reasons, sizeof(s->reasons), "%s", hms_strerror(code));
		answered(s);
		return;
	}
	take_reasons(s, res->body);
	s->state = res->status != 200 ? NOT_READY : memmem(res->body.p, res->body.len, "degraded", 8) ? DEGRADED : READY;
	if (ask(s, HMS_STR("/metrics"), on_metrics))
		answered(s);
}

static void ask_all(struct nbi_services *all, uint64_t now_ms)
{
	all->asked = true;
	all->asked_ms = now_ms;
	for (size_t i = 0; i < all->count; i++)
		all->under_way += ask(&all->list[i], HMS_STR("/readyz"), on_ready) == 0;
}

void nbi_services_look(struct nbi_services *all, struct nbi_services_wait *wait)
{
	uint64_t now_ms = hms_loop_now_ms(all->nbi->loop);

	if (!all->under_way && (!all->asked || now_ms - all->asked_ms >= (uint64_t)all->nbi->conf->admin_age))
		ask_all(all, now_ms);
	if (all->under_way)
		hms_list_push_back(&all->waits, &wait->node);
	else
		wait->told(wait->arg);
}

/* ---------------------------------------------------------------- making it */

static int resolve(const char *host, struct hms_addr *out, struct hms_err *err)
{
	const char *colon = strrchr(host, ':');
	uint64_t port;
	char name[128];

	if (hms_addr_parse(hms_str(host), out) == 0)
		return 0;
	if (!colon || hms_str_u64(hms_str(colon + 1), &port) || port > 65535)
		return hms_err_set(err, HMS_EINVAL, "'%s' is no address with a port", host);
	snprintf(name, sizeof(name), "%.*s", (int)(colon - host), host);
	return hms_addr_resolve(name, (unsigned)port, out, err);
}

/* "name=http://host:port/" or the URL alone. */
static int add(struct nbi_services *all, struct hms_str word, struct hms_err *err)
{
	static const struct hms_str scheme = { "http://", 7 };
	struct service *s = &all->list[all->count];
	struct hms_http_client_opts opts = { .connect_timeout_ms = TIMEOUT_MS,
					     .response_timeout_ms = TIMEOUT_MS,
					     .body_max_bytes = BODY_MAX_BYTES };
	struct hms_str url = word, name = hms_str_split(&url, '=');

	if (!url.p)
		url = word;
	if (all->count == SERVICES_MAX || !hms_str_starts(url, scheme) || url.len >= URL_MAX)
		return hms_err_set(err, HMS_EINVAL, "'%.*s' is not name=http://address:port/, or one too many", HMS_STR_FMT(word));
	snprintf(s->url, sizeof(s->url), "%.*s", HMS_STR_FMT(url));
	url = hms_strn(url.p + scheme.len, url.len - scheme.len);
	url = hms_str_split(&url, '/');
	snprintf(s->host, sizeof(s->host), "%.*s", HMS_STR_FMT(url));
	snprintf(s->instance, sizeof(s->instance), "%.*s", HMS_STR_FMT(hms_str_eq(name, word) ? url : name));
	if (resolve(s->host, &opts.to, err))
		return err->code;
	s->all = all;
	s->scrape = NBI_SCRAPE_NOTHING;
	s->client = hms_http_client_new(all->nbi->loop, &opts);
	if (!s->client)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	all->count++;
	return 0;
}

struct nbi_services *nbi_services_new(struct nbi *nbi, struct hms_err *err)
{
	struct nbi_services *all = calloc(1, sizeof(*all));
	struct hms_str rest = hms_str(nbi->conf->admin_urls);

	if (!all) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	all->nbi = nbi;
	hms_list_init(&all->waits);
	while (rest.p) {
		struct hms_str word = hms_str_split(&rest, ' ');

		if (word.len && add(all, word, err)) {
			hms_err_prefix(err, "[northbound] admin_urls");
			nbi_services_free(&all);
			return NULL;
		}
	}
	return all;
}

void nbi_services_free(struct nbi_services **services)
{
	struct nbi_services *all = *services;

	if (!all)
		return;
	for (size_t i = 0; i < all->count; i++)
		hms_http_client_free(&all->list[i].client);
	tell(all);
	free(all);
	*services = NULL;
}

/* ---------------------------------------------------------------- what is known */

json_t *nbi_services_json(const struct nbi_services *services)
{
	json_t *list = json_array();

	for (size_t i = 0; i < services->count; i++) {
		const struct service *s = &services->list[i];
		bool answers = s->state != UNKNOWN && s->state != AWAY;
		json_t *row = json_pack("{s:s,s:s,s:s,s:s}", "instance", s->instance, "url", s->url, "state", state_names[s->state],
					"reasons", s->reasons);

		json_object_set_new(row, "version", json_string(answers ? s->scrape.version : ""));
		json_object_set_new(row, "uptime_s",
				    answers && s->scrape.start_s ? json_integer(hms_wall_us() / 1000000 - s->scrape.start_s) : json_null());
		json_object_set_new(row, "lag_ms", answers && s->scrape.lag_ms >= 0 ? json_integer(s->scrape.lag_ms) : json_null());
		json_array_append_new(list, row);
	}
	return list;
}

bool nbi_services_miss(const struct nbi_services *services, const char *store)
{
	for (size_t i = 0; i < services->count; i++)
		if (strstr(services->list[i].reasons, store))
			return true;
	return false;
}
