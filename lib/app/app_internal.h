/* What the files of lib/app share. */
#ifndef HMS_APP_INTERNAL_H
#define HMS_APP_INTERNAL_H

#include <signal.h>
#include <sys/types.h>

#include "hms/app/app.h"

/* Exit statuses; the third only between a worker and its supervisor. */
enum { APP_EXIT_OK = 0, APP_EXIT_FAILED = 1, APP_EXIT_CONFIG = 2, APP_EXIT_INIT_FAILED = 3 };

/* ---- sections.c ---- */
struct app_admin_conf {
#include "hms/conf/fields.inc"
#include "admin.def"
#include "hms/conf/end.inc"
};
struct app_log_conf {
#include "hms/conf/fields.inc"
#include "log.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section app_admin_section, app_log_section;

/* Those of lib/app and of the service, NULL-terminated; to be freed. NULL when out of memory. */
const struct hms_conf_section **app_sections(const struct hms_service *service);

/* ---- confs.c: all configurations of this run ---- */
enum { APP_CONFS_MAX = 64 };
struct app_confs {
	const char *file;
	const struct hms_conf_section **sections;
	struct hms_conf *kept[APP_CONFS_MAX]; /* the oldest first; the last one is in force */
	size_t count;
};
int app_confs_load(struct app_confs *confs, struct hms_err *err);
const struct hms_conf *app_confs_now(const struct app_confs *confs);
const struct hms_service_conf *app_confs_service(const struct app_confs *confs);
void app_confs_set_log_level(const struct app_confs *confs);
void app_confs_free(struct app_confs *confs);

/* ---- what main() has prepared when it starts workers ---- */
struct app_start {
	const struct hms_service *service;
	struct app_confs confs;
	char instance[128]; /* without the worker's number */
	unsigned workers;
	/* The signals that a process of ours handles are blocked from the start on, so that none is lost or kills it before a handler is there. */
	sigset_t signals, mask; /* those; the mask without them */
};

/* ---- options.c ---- */
enum app_action { APP_RUN, APP_HELP, APP_VERSION, APP_CHECK, APP_PRINT_CONFIG, APP_DOC_CONFIG, APP_DOC_METRICS };
struct app_options {
	enum app_action action;
	const char *config_file;
};
/* Errors: HMS_EINVAL with text. */
int app_options_parse(int argc, char **argv, struct app_options *out, struct hms_err *err);
void app_options_help(struct hms_buf *out);

/* ---- output.c: what an option prints; returns the exit status ---- */
int app_output(const struct hms_service *service, const struct app_confs *confs, enum app_action action);

/* ---- pidfile.c ---- */
int app_pidfile_write(const char *path, struct hms_err *err);
/* Only if the file still names this process. */
void app_pidfile_remove(const char *path);

/* ---- process_metrics.c ---- */
struct app_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern const struct hms_metric_def app_metric_defs[];
extern const size_t app_metric_count;
void app_metrics_init(struct app_metrics *m);
void app_metrics_refresh(struct app_metrics *m);
void app_metrics_count_reload(struct app_metrics *m, bool ok);

/* ---- admin.c ---- */
struct app_route {
	const char *path;
	hms_http_handler *handler;
	void *arg;
};
enum { APP_ROUTES_MAX = 32 };
struct app_admin {
	struct app_route routes[APP_ROUTES_MAX];
	size_t count;
	struct hms_http_server *server;
	struct hms_tls_server *tls; /* NULL: plain */
};
int app_admin_open(struct hms_app *app, struct hms_err *err);
/* New certificates. */
void app_admin_reload(struct hms_app *app);
void app_admin_close(struct hms_app *app);
/* What /readyz says. */
bool app_is_ready(struct hms_app *app, struct hms_buf *why);

/* ---- worker.c ---- */
struct hms_app {
	struct app_start *start;
	unsigned worker;
	char instance[160];
	struct hms_loop *loop;
	struct hms_metrics *metrics;
	struct app_metrics values;
	struct app_admin admin;
	struct hms_signal *sigterm, *sigint, *sighup;
	struct hms_timer drain_timer;
	void *state; /* the service's */
	bool draining, stopped;
	int status;
};
int app_worker_run(struct app_start *start, unsigned worker);

/* ---- supervisor.c ---- */
int app_supervise(struct app_start *start);

#endif
