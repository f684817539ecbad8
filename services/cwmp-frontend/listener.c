/* Ports for devices: opening, draining, closing. */
#include "listener.h"

#include <stdlib.h>

#include "hms/device/auth.h"
#include "post.h"

/* The realm stands in quotes in a header, and in every HA1. */
static int realm_check(const struct fe_listener *l, const char *name, struct hms_err *err)
{
	if (hms_auth_realm_ok(hms_str(l->conf->realm)))
		return 0;
	return hms_err_set(err, HMS_EINVAL, "[listener %s] realm may hold printable ASCII without quotes and backslashes only", name);
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

static int listener_open(struct fe_listener *l, const char *name, struct hms_err *err)
{
	struct hms_http_server_opts opts = {
		.name = name,
		.address = l->conf->address,
		.reuse_port = hms_app_workers(l->fe->app) > 1,
		.conf = hms_conf_get(hms_app_conf(l->fe->app), &hms_http_conf_section),
		.handler = fe_post_accept,
		.arg = l,
	};

	l->server = hms_http_server_new(l->fe->loop, &opts, err);
	return l->server ? 0 : hms_err_prefix(err, "[listener %s]", name);
}

static void listener_free(struct fe_listener *l)
{
	hms_http_server_close(&l->server);
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
	rc = realm_check(l, name, err);
	if (rc == 0)
		rc = bootstrap_take(l, name, err);
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
