/* One event loop's life: open, init, run, reload, drain, fini, close. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "app_internal.h"

struct hms_loop *hms_app_loop(struct hms_app *app) { return app->loop; }

const struct hms_conf *hms_app_conf(struct hms_app *app) { return app_confs_now(&app->start->confs); }

struct hms_metrics *hms_app_metrics(struct hms_app *app) { return app->metrics; }

unsigned hms_app_worker(struct hms_app *app) { return app->worker; }

unsigned hms_app_workers(struct hms_app *app) { return app->start->workers; }

const char *hms_app_instance(struct hms_app *app) { return app->instance; }

/* The one whose pid the pid file holds: the supervisor, or the only worker. The path is that of the start, as a restart is needed to change it. */
static const char *pid_file(const struct hms_app *app)
{
	const struct hms_service_conf *conf = hms_conf_get(app->start->confs.kept[0], &hms_service_conf_section);

	return app->start->workers == 1 ? conf->pid_file : "";
}

static void stop(struct hms_app *app)
{
	app->stopped = true;
	hms_loop_stop(app->loop);
}

void hms_app_drained(struct hms_app *app)
{
	if (!app->draining || app->stopped)
		return;
	log_info("drained");
	stop(app);
}

void hms_app_fail(struct hms_app *app, const char *reason)
{
	log_error("cannot go on", KV_Z("reason", reason));
	app->status = APP_EXIT_FAILED;
	stop(app);
}

static void on_drain_timeout(struct hms_timer *timer, void *arg)
{
	(void)timer;
	log_warn("drain_timeout is over, work under way is cut off");
	stop(arg);
}

static void on_stop_signal(int signum, void *arg)
{
	struct hms_app *app = arg;
	const struct hms_service *service = app->start->service;

	if (app->draining) {
		/* A supervised worker gets a signal to the whole group twice. Its supervisor is the one to end it at once. */
		if (app->start->workers > 1)
			return;
		log_warn("second signal, ending at once", KV_I("signal", signum));
		app_pidfile_remove(pid_file(app));
		_exit(APP_EXIT_FAILED);
	}
	log_info("draining", KV_I("signal", signum));
	app->draining = true;
	hms_timer_start(&app->drain_timer, (uint64_t)app_confs_service(&app->start->confs)->drain_timeout);
	if (service->drain)
		service->drain(app, app->state);
	else
		hms_app_drained(app);
}

static void tell_what_needs_a_restart(const struct hms_conf *old, const struct hms_conf *now)
{
	struct hms_buf names = HMS_BUF_INIT(4096);

	hms_conf_diff_restart(old, now, &names);
	if (names.len > 0)
		log_warn("changed settings need a restart", KV_S("settings", hms_buf_view(&names)));
	hms_buf_fini(&names);
}

static void on_reload_signal(int signum, void *arg)
{
	struct hms_app *app = arg;
	struct app_confs *confs = &app->start->confs;
	const struct hms_service *service = app->start->service;
	struct hms_err err;

	(void)signum;
	if (app_confs_load(confs, &err) < 0) {
		hms_err_prefix(&err, "configuration not reloaded");
		log_error(err.text);
		app_metrics_count_reload(&app->values, false);
		return;
	}
	tell_what_needs_a_restart(confs->kept[0], app_confs_now(confs));
	app_confs_set_log_level(confs);
	app_admin_reload(app);
	if (service->reload)
		service->reload(app, app->state);
	app_metrics_count_reload(&app->values, true);
	log_info("configuration reloaded");
}

static void refresh_metrics(void *arg)
{
	struct hms_app *app = arg;
	struct hms_buf why = HMS_BUF_INIT(4096);

	app_metrics_refresh(&app->values);
	hms_gauge_set(&app->values.loop_load, hms_loop_load_permille(app->loop));
	hms_gauge_set(&app->values.draining, app->draining);
	hms_gauge_set(&app->values.ready, app_is_ready(app, &why));
	hms_buf_fini(&why);
}

static int open_metrics(struct hms_app *app)
{
	char number[16];
	int rc;

	app->metrics = hms_metrics_new();
	if (!app->metrics)
		return HMS_ENOMEM;
	app_metrics_init(&app->values);
	snprintf(number, sizeof(number), "%u", app->worker);
	rc = hms_metrics_add(app->metrics, app_metric_defs, app_metric_count, &app->values);
	if (rc == 0)
		rc = hms_http_metrics_register(app->metrics);
	if (rc == 0)
		rc = hms_tls_metrics_register(app->metrics);
	if (rc == 0)
		rc = hms_metrics_on_render(app->metrics, refresh_metrics, app);
	if (rc == 0 && app->start->workers > 1)
		rc = hms_metrics_const_label(app->metrics, "worker", number);
	return rc;
}

/* ---------------------------------------------------------------- signals */

static const char *early_pid_file;

/* Nothing has been accepted yet, so there is nothing to drain. Not the default action: process 1 of a container has none. */
static void on_early_signal(int signum)
{
	(void)signum;
	app_pidfile_remove(early_pid_file);
	_exit(0);
}

/* While init runs, which may wait for a store, the loop does not: a request to stop ends the process at once. A reload waits. */
static void take_early_signals(struct hms_app *app)
{
	struct sigaction stop_now = { .sa_handler = on_early_signal };
	sigset_t mask = app->start->mask;

	early_pid_file = pid_file(app);
	sigaction(SIGTERM, &stop_now, NULL);
	sigaction(SIGINT, &stop_now, NULL);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static int take_signals(struct hms_app *app, struct hms_err *err)
{
	app->sigterm = hms_signal_new(app->loop, SIGTERM, on_stop_signal, app);
	app->sigint = hms_signal_new(app->loop, SIGINT, on_stop_signal, app);
	app->sighup = hms_signal_new(app->loop, SIGHUP, on_reload_signal, app);
	if (!app->sigterm || !app->sigint || !app->sighup)
		return hms_err_set(err, HMS_ENOMEM, "cannot take signals");
	sigprocmask(SIG_SETMASK, &app->start->mask, NULL);
	return 0;
}

/* ---------------------------------------------------------------- the life */

static int open_all(struct hms_app *app, struct hms_err *err)
{
	int rc;

	app->loop = hms_loop_new();
	if (!app->loop)
		return hms_err_set(err, HMS_ENOMEM, "cannot make an event loop");
	hms_timer_init(&app->drain_timer, app->loop, on_drain_timeout, app);
	rc = open_metrics(app);
	if (rc < 0)
		return hms_err_set(err, rc, "metrics: %s", hms_strerror(rc));
	rc = app_admin_open(app, err);
	if (rc < 0)
		return rc;
	return app_pidfile_write(pid_file(app), err);
}

static void close_all(struct hms_app *app)
{
	app_pidfile_remove(pid_file(app));
	if (app->loop) {
		hms_timer_stop(&app->drain_timer);
		app_admin_close(app);
		hms_signal_close(&app->sigterm);
		hms_signal_close(&app->sigint);
		hms_signal_close(&app->sighup);
		hms_loop_free(&app->loop);
	}
	hms_metrics_free(&app->metrics);
}

int app_worker_run(struct app_start *start, unsigned worker)
{
	struct hms_app app = { .start = start, .worker = worker };
	const struct hms_service *service = start->service;
	struct hms_err err = { 0 };
	int rc;

	snprintf(app.instance, sizeof(app.instance), "%s.%u", start->instance, worker);
	rc = open_all(&app, &err);
	if (rc == 0) {
		take_early_signals(&app);
		rc = service->init(&app, &app.state, &err);
	}
	if (rc == 0)
		rc = take_signals(&app, &err);
	if (rc < 0) {
		log_error(err.text[0] != '\0' ? err.text : hms_strerror(rc));
		app.status = APP_EXIT_INIT_FAILED;
		if (app.state && service->fini)
			service->fini(&app, app.state);
	} else {
		log_info("started", KV_Z("version", hms_version), KV_Z("instance", app.instance));
		if (!app.stopped)
			hms_loop_run(app.loop);
		app_admin_close(&app);
		if (service->fini)
			service->fini(&app, app.state);
	}
	close_all(&app);
	log_info("ended", KV_I("status", app.status));
	return app.status;
}
