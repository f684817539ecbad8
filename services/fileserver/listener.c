/* Ports for devices: opening, draining, closing. */
#include "listener.h"

#include <stdlib.h>

static int listener_open(struct fs_listener *l, const char *name, hms_http_handler *handler, struct hms_err *err)
{
	struct hms_http_server_opts opts = {
		.name = name,
		.address = l->conf->address,
		.reuse_port = hms_app_workers(l->fs->app) > 1,
		.conf = hms_conf_get(hms_app_conf(l->fs->app), &hms_http_conf_section),
		.handler = handler,
		.arg = l,
	};

	l->server = hms_http_server_new(l->fs->loop, &opts, err);
	return l->server ? 0 : hms_err_prefix(err, "[listener %s]", name);
}

static int listener_add(struct fs *fs, size_t i, hms_http_handler *handler, struct hms_err *err)
{
	const char *name;
	struct fs_listener *l = calloc(1, sizeof(*l));

	if (!l)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	l->fs = fs;
	fs->listeners[fs->listener_count++] = l;
	l->conf = hms_conf_at(hms_app_conf(fs->app), &fs_listener_section, i, &name);
	if (!hms_auth_realm_ok(hms_str(l->conf->realm)))
		return hms_err_set(err, HMS_EINVAL, "[listener %s] realm may hold printable ASCII without quotes and backslashes only",
				   name);
	return listener_open(l, name, handler, err);
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
		free(fs->listeners[i]);
	}
	fs->listener_count = 0;
	free(fs->listeners);
	fs->listeners = NULL;
}
