/* Ports for devices: opening, draining, closing. */
#include "listener.h"

#include <stdlib.h>

#include "hms/net/tls.h"
#include "post.h"

/* The realm stands in quotes in a header, and in every HA1. */
static int realm_check(const struct fe_listener *l, const char *name, struct hms_err *err)
{
	if (hms_auth_realm_ok(hms_str(l->conf->realm)))
		return 0;
	return hms_err_set(err, HMS_EINVAL, "[listener %s] realm may hold printable ASCII without quotes and backslashes only", name);
}

static bool is_url(const char *url)
{
	return hms_str_starts(hms_str(url), HMS_STR("http://")) || hms_str_starts(hms_str(url), HMS_STR("https://"));
}

static int redirect_check(const struct fe_listener *l, const char *name, struct hms_err *err)
{
	if (!*l->conf->redirect_url || is_url(l->conf->redirect_url))
		return 0;
	return hms_err_set(err, HMS_EINVAL, "[listener %s] redirect_url \"%s\" begins with neither http:// nor https://", name,
			   l->conf->redirect_url);
}

/* The scheme is what devices are told to speak. A balancer may add TLS before a plain listener, and nothing takes it away. */
static int url_check(const struct fe_listener *l, const char *name, struct hms_err *err)
{
	struct hms_str url = hms_str(l->conf->public_url);
	bool http = hms_str_starts(url, HMS_STR("http://"));

	if (url.len && !is_url(l->conf->public_url))
		return hms_err_set(err, HMS_EINVAL, "[listener %s] public_url \"%s\" begins with neither http:// nor https://", name,
				   url.p);
	if (http && l->conf->tls_certificate[0])
		return hms_err_set(err, HMS_EINVAL, "[listener %s] has a tls_certificate, but its public_url begins with http://", name);
	return 0;
}

static int certificate_check(const struct fe_listener *l, const char *name, struct hms_err *err)
{
	if (fe_auth_wants_certificate((unsigned)l->conf->auth) && (!l->tls || l->conf->tls_client_auth == HMS_TLS_CLIENT_NONE))
		return hms_err_set(err, HMS_EINVAL, "[listener %s] auth wants certificates, but tls_client_auth does not ask for any",
				   name);
	return 0;
}

static int bootstrap_take(struct fe_listener *l, const char *name, struct hms_err *err)
{
	struct hms_credential *c = &l->bootstrap;

	if (strlen(l->conf->bootstrap_username) >= sizeof(c->username) || strlen(l->conf->bootstrap_password) >= sizeof(c->password))
		return hms_err_set(err, HMS_EINVAL, "[listener %s] bootstrap credential is too long", name);
	if (!l->conf->bootstrap_username[0])
		return 0;
	strcpy(c->username, l->conf->bootstrap_username);
	strcpy(c->password, l->conf->bootstrap_password);
	hms_credential_derive(c, hms_str(l->conf->realm));
	return 0;
}

static struct hms_tls_server_conf tls_conf(const struct fe_listener_conf *conf)
{
	return (struct hms_tls_server_conf){
#define CONF_FROM conf
#include "hms/conf/copy.inc"
#include "hms/net/tls_server.def"
#include "hms/conf/end.inc"
	};
}

static const struct hms_tls_conf *tls_limits(const struct fe *fe) { return hms_conf_get(hms_app_conf(fe->app), &hms_tls_conf_section); }

static int tls_open(struct fe_listener *l, const char *name, struct hms_err *err)
{
	const struct hms_tls_server_conf conf = tls_conf(l->conf);
	int rc = hms_tls_server_new(name, &conf, tls_limits(l->fe), l->fe->secret, &l->tls, err);

	return rc ? hms_err_prefix(err, "[listener %s]", name) : 0;
}

static int listener_open(struct fe_listener *l, const char *name, struct hms_err *err)
{
	struct hms_http_server_opts opts = {
		.name = name,
		.address = l->conf->address,
		.reuse_port = hms_app_workers(l->fe->app) > 1,
		.conf = hms_conf_get(hms_app_conf(l->fe->app), &hms_http_conf_section),
		.tls = l->tls,
		.proxy_trusted = l->conf->proxy_trusted,
		.strangers_percent = (unsigned)l->fe->conf->strangers_connections_percent,
		.strangers_per_source = (unsigned)l->fe->conf->strangers_connections_per_source,
		.handler = fe_post_accept,
		.arg = l,
	};

	l->server = hms_http_server_new(l->fe->loop, &opts, err);
	return l->server ? 0 : hms_err_prefix(err, "[listener %s]", name);
}

static void listener_free(struct fe_listener *l)
{
	hms_http_server_close(&l->server);
	hms_tls_server_free(&l->tls);
	explicit_bzero(&l->bootstrap, sizeof(l->bootstrap));
	free(l);
}

static int listener_add(struct fe *fe, size_t i, struct hms_err *err)
{
	const char *name;
	struct fe_listener *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	l->fe = fe;
	fe->listeners[fe->listener_count++] = l;
	l->conf = hms_conf_at(hms_app_conf(fe->app), &fe_listener_section, i, &name);
	l->name = name;
	rc = realm_check(l, name, err);
	if (rc == 0)
		rc = url_check(l, name, err);
	if (rc == 0)
		rc = redirect_check(l, name, err);
	if (rc == 0)
		rc = bootstrap_take(l, name, err);
	if (rc == 0)
		rc = tls_open(l, name, err);
	if (rc == 0)
		rc = certificate_check(l, name, err);
	return rc ? rc : listener_open(l, name, err);
}

int fe_listeners_open(struct fe *fe, struct hms_err *err)
{
	size_t count = hms_conf_count(hms_app_conf(fe->app), &fe_listener_section);
	int rc = 0;

	if (count == 0)
		return hms_err_set(err, HMS_EINVAL, "no [listener NAME] is configured");
	fe->listeners = calloc(count, sizeof(fe->listeners[0]));
	if (!fe->listeners)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = listener_add(fe, i, err);
	return rc;
}

static void listener_reload(struct fe_listener *l, const struct fe_listener_conf *now)
{
	const struct hms_tls_server_conf conf = tls_conf(now);
	struct hms_err err;

	if (fe_auth_wants_certificate((unsigned)l->conf->auth) && now->tls_client_auth == HMS_TLS_CLIENT_NONE)
		log_error("the listener goes on asking for certificates: auth wants them", KV_Z("listener", l->name));
	else if (hms_tls_server_reload(l->tls, &conf, tls_limits(l->fe), &err) < 0)
		log_error("the listener keeps its certificate", KV_Z("listener", l->name), KV_Z("error", err.text));
}

void fe_listeners_reload(struct fe *fe)
{
	const struct hms_conf *conf = hms_app_conf(fe->app);

	for (size_t i = 0; i < fe->listener_count; i++) {
		hms_http_server_set_conf(fe->listeners[i]->server, hms_conf_get(conf, &hms_http_conf_section));
		for (size_t k = 0; k < hms_conf_count(conf, &fe_listener_section); k++) {
			const char *name;
			const struct fe_listener_conf *now = hms_conf_at(conf, &fe_listener_section, k, &name);

			if (hms_str_caseeq(hms_str(name), hms_str(fe->listeners[i]->name)))
				listener_reload(fe->listeners[i], now);
		}
	}
}

static void listener_drained(void *arg)
{
	struct fe *fe = arg;

	if (--fe->listeners_draining == 0)
		fe->listeners_drained(fe);
}

void fe_listeners_drain(struct fe *fe, void (*done)(struct fe *fe))
{
	fe->listeners_drained = done;
	fe->listeners_draining = fe->listener_count;
	for (size_t i = 0; i < fe->listener_count; i++)
		hms_http_server_drain(fe->listeners[i]->server, listener_drained, fe);
}

void fe_listeners_close(struct fe *fe)
{
	for (size_t i = 0; i < fe->listener_count; i++)
		listener_free(fe->listeners[i]);
	fe->listener_count = 0;
	free(fe->listeners);
	fe->listeners = NULL;
}
