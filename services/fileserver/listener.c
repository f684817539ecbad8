/* Ports for devices: opening, draining, closing. */
#include "listener.h"

#include <stdlib.h>

static struct hms_tls_server_conf tls_conf(const struct fs_listener_conf *conf)
{
	return (struct hms_tls_server_conf){
#define CONF_FROM conf
#include "hms/conf/copy.inc"
#include "hms/net/tls_server.def"
#include "hms/conf/end.inc"
	};
}

static const struct hms_tls_conf *tls_limits(const struct fs *fs) { return hms_conf_get(hms_app_conf(fs->app), &hms_tls_conf_section); }

static int tls_open(struct fs_listener *l, struct hms_err *err)
{
	const struct hms_tls_server_conf conf = tls_conf(l->conf);
	int rc = hms_tls_server_new(l->name, &conf, tls_limits(l->fs), l->fs->secret, &l->tls, err);

	return rc ? hms_err_prefix(err, "[listener %s]", l->name) : 0;
}

static int listener_open(struct fs_listener *l, hms_http_handler *handler, struct hms_err *err)
{
	struct hms_http_server_opts opts = {
		.name = l->name,
		.address = l->conf->address,
		.reuse_port = hms_app_workers(l->fs->app) > 1,
		.conf = hms_conf_get(hms_app_conf(l->fs->app), &hms_http_conf_section),
		.tls = l->tls,
		.handler = handler,
		.arg = l,
	};

	l->server = hms_http_server_new(l->fs->loop, &opts, err);
	return l->server ? 0 : hms_err_prefix(err, "[listener %s]", l->name);
}

static int listener_add(struct fs *fs, size_t i, hms_http_handler *handler, struct hms_err *err)
{
	struct fs_listener *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	l->fs = fs;
	fs->listeners[fs->listener_count++] = l;
	l->conf = hms_conf_at(hms_app_conf(fs->app), &fs_listener_section, i, &l->name);
	if (!hms_auth_realm_ok(hms_str(l->conf->realm)))
		return hms_err_set(err, HMS_EINVAL, "[listener %s] realm may hold printable ASCII without quotes and backslashes only",
				   l->name);
	rc = tls_open(l, err);
	return rc ? rc : listener_open(l, handler, err);
}

int fs_listeners_open(struct fs *fs, hms_http_handler *handler, struct hms_err *err)
{
	size_t count = hms_conf_count(hms_app_conf(fs->app), &fs_listener_section);
	int rc = 0;

	if (count == 0)
		return hms_err_set(err, HMS_EINVAL, "no [listener NAME] is configured");
	fs->listeners = calloc(count, sizeof(fs->listeners[0]));
	if (!fs->listeners)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = listener_add(fs, i, handler, err);
	return rc;
}

static void listener_reload(struct fs_listener *l, const struct fs_listener_conf *now)
{
	const struct hms_tls_server_conf conf = tls_conf(now);
	struct hms_err err;

	if (hms_tls_server_reload(l->tls, &conf, tls_limits(l->fs), &err) < 0)
		log_error("the listener keeps its certificate", KV_Z("listener", l->name), KV_Z("error", err.text));
}

void fs_listeners_reload(struct fs *fs)
{
	const struct hms_conf *conf = hms_app_conf(fs->app);

	for (size_t i = 0; i < fs->listener_count; i++) {
		struct fs_listener *l = fs->listeners[i];

		hms_http_server_set_conf(l->server, hms_conf_get(conf, &hms_http_conf_section));
		for (size_t k = 0; k < hms_conf_count(conf, &fs_listener_section); k++) {
			const char *name;
			const struct fs_listener_conf *now = hms_conf_at(conf, &fs_listener_section, k, &name);

			if (hms_str_caseeq(hms_str(name), hms_str(l->name)))
				listener_reload(l, now);
		}
	}
}

static void listener_drained(void *arg)
{
	struct fs *fs = arg;

	if (--fs->listeners_draining == 0)
		hms_app_drained(fs->app);
}

void fs_listeners_drain(struct fs *fs)
{
	fs->listeners_draining = fs->listener_count;
	for (size_t i = 0; i < fs->listener_count; i++)
		hms_http_server_drain(fs->listeners[i]->server, listener_drained, fs);
}

void fs_listeners_close(struct fs *fs)
{
	for (size_t i = 0; i < fs->listener_count; i++) {
		hms_http_server_close(&fs->listeners[i]->server);
		hms_tls_server_free(&fs->listeners[i]->tls);
		free(fs->listeners[i]);
	}
	fs->listener_count = 0;
	free(fs->listeners);
	fs->listeners = NULL;
}
