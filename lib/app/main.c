/* main() of every service. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app_internal.h"

const char *const hms_version = HMS_VERSION;

static int complain(const struct hms_service *service, const struct hms_err *err, int status)
{
	fprintf(stderr, "%s: %s\n", service->name, err->text);
	return status;
}

/* One connection is one descriptor: take as many as the system gives. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warn("cannot raise the limit of open files");
}

/* Workers that start again keep the name: it is made once, here. */
static void name_instance(struct app_start *start)
{
	const char *configured = app_confs_service(&start->confs)->instance;
	char host[48];

	if (configured[0] != '\0') {
		snprintf(start->instance, sizeof(start->instance), "%s", configured);
		return;
	}
	if (gethostname(host, sizeof(host)) != 0)
		snprintf(host, sizeof(host), "localhost");
	host[sizeof(host) - 1] = '\0';
	snprintf(start->instance, sizeof(start->instance), "%s-%s-%d", start->service->name, host, (int)getpid());
}

static void block_signals(struct app_start *start)
{
	static const int handled[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

	sigprocmask(SIG_BLOCK, NULL, &start->mask);
	sigemptyset(&start->signals);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		sigaddset(&start->signals, handled[i]);
		sigdelset(&start->mask, handled[i]);
	}
	sigprocmask(SIG_BLOCK, &start->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* ignored, as it may have been inherited, children would vanish unseen */
}

static int run(struct app_start *start)
{
	int status;

	block_signals(start);
	raise_descriptor_limit();
	name_instance(start);
	app_confs_set_log_level(&start->confs);
	start->workers = (unsigned)app_confs_service(&start->confs)->workers;
	status = start->workers > 1 ? app_supervise(start) : app_worker_run(start, 0);
	return status == APP_EXIT_INIT_FAILED ? APP_EXIT_FAILED : status;
}

static bool needs_configuration(enum app_action action) { return action == APP_RUN || action == APP_CHECK || action == APP_PRINT_CONFIG; }

int hms_app_main(const struct hms_service *service, int argc, char **argv)
{
	struct app_start start = { .service = service };
	struct app_options options;
	struct hms_err err = { 0 };
	int status;

	hms_log_init(service->name, HMS_LOG_INFO);
	if (app_options_parse(argc, argv, &options, &err) < 0)
		return complain(service, &err, APP_EXIT_CONFIG);
	start.confs.file = options.config_file;
	start.confs.sections = app_sections(service);
	if (!start.confs.sections) {
		hms_err_set(&err, HMS_ENOMEM, "out of memory");
		return complain(service, &err, APP_EXIT_FAILED);
	}
	if (needs_configuration(options.action) && app_confs_load(&start.confs, &err) < 0)
		status = complain(service, &err, APP_EXIT_CONFIG);
	else if (options.action == APP_RUN)
		status = run(&start);
	else
		status = app_output(service, &start.confs, options.action);
	app_confs_free(&start.confs);
	free(start.confs.sections);
	return status;
}
