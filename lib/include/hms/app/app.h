/** main() of every service: options, configuration, logs, metrics, admin port, workers, reload and drain are the same everywhere. A service fills
 *  one struct hms_service.
 *
 *  Life: load configuration -> [workers > 1: fork that many] -> init -> loop -> SIGTERM or SIGINT: drain -> fini.
 *  SIGHUP loads the configuration again and calls reload; keys that need a restart are named in the log. A second SIGTERM ends at once.
 *
 *  workers = N > 1: the process becomes a supervisor that forks N workers, restarts one that dies (with back-off) and passes signals on. Worker i
 *  (0..N-1) has its own loop and connections, shares the service's ports by SO_REUSEPORT, serves its own admin port admin.port + i, and has the label
 *  worker="i" on every sample. The pid file is the supervisor's. */
#ifndef HMS_APP_APP_H
#define HMS_APP_APP_H

#include "hms/base/err.h"
#include "hms/conf/conf.h"
#include "hms/http/server.h"
#include "hms/log/log.h"
#include "hms/loop/loop.h"
#include "hms/metrics/metrics.h"
#include "hms/net/tls.h"

struct hms_app;

/** A table of metrics, to be named in the documentation. */
struct hms_metric_table {
	const struct hms_metric_def *defs;
	size_t count;
};

/** The section [service]; hms_conf_get(hms_app_conf(app), &hms_service_conf_section). */
struct hms_service_conf {
#include "hms/conf/fields.inc"
#include "hms/app/config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section hms_service_conf_section;

/** The section [tls]: struct hms_tls_conf. */
extern const struct hms_conf_section hms_tls_conf_section;

struct hms_service {
	const char *name;    /* "cwmp-frontend" */
	const char *summary; /* one line, for --help */
	const struct hms_conf_section *const
		*sections; /* its own and its libraries', NULL-terminated; app adds [service], [log], [admin], [tls] */
	const struct hms_metric_table *metric_tables; /* for the documentation only; ended by defs NULL; NULL: none */

	/** Makes everything and starts it. *state is passed to the others. Returns 0 or an error with text. */
	int (*init)(struct hms_app *app, void **state, struct hms_err *err);
	/** New configuration. */
	void (*reload)(struct hms_app *app, void *state);
	/** Stop taking new work; call hms_app_drained() when the work under way has ended. After [service] drain_timeout fini follows anyway. */
	void (*drain)(struct hms_app *app, void *state);
	/** Frees everything; loop objects may close asynchronously (the loop runs until they have). */
	void (*fini)(struct hms_app *app, void *state);
	/** One line per reason for not being ready or degraded, into why. Returns whether the service is ready. */
	bool (*ready)(struct hms_app *app, void *state, struct hms_buf *why);
};

/** The whole of main(). Returns the exit status: 0, 1 (failed), 2 (usage or configuration). */
int hms_app_main(const struct hms_service *service, int argc, char **argv);

struct hms_loop *hms_app_loop(struct hms_app *app);
/** The newest configuration that loaded. An older one lives on, for those who hold values of it. */
const struct hms_conf *hms_app_conf(struct hms_app *app);
/** [http] and TLS metrics and those of the process are in it already. */
struct hms_metrics *hms_app_metrics(struct hms_app *app);
/** 0-based number of this worker, and their count. */
unsigned hms_app_worker(struct hms_app *app);
unsigned hms_app_workers(struct hms_app *app);
/** [service] instance and worker, e.g. "cwmp-frontend-0.1": unique in the installation; group.instance.id, the name of the wake channel. */
const char *hms_app_instance(struct hms_app *app);
void hms_app_drained(struct hms_app *app);
/** Ends the process after a failure that it cannot live with: logs, exits with status 1 through fini. */
void hms_app_fail(struct hms_app *app, const char *reason);
/** Adds a handler for a path and what lies under it ("/jobs", "/jobs/7") on the admin port; all others answer 404. The path is borrowed for ever.
 *  Returns 0, HMS_EEXISTS, HMS_EFULL. */
int hms_app_admin_route(struct hms_app *app, const char *path, hms_http_handler *handler, void *arg);

/** Product version, from the build. */
extern const char *const hms_version;

#endif
