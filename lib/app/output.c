/* What the options print: help, version, configuration, documentation. */
#include <stdio.h>

#include "app_internal.h"

static void add_help(const struct hms_service *service, const struct app_confs *confs, struct hms_buf *out)
{
	hms_buf_printf(out, "%s - %s\n\nUsage: %s [options]\n\nOptions\n", service->name, service->summary, service->name);
	app_options_help(out);
	hms_buf_strz(out, "\nSignals\n"
			  "  SIGTERM, SIGINT  Finish the work under way, then exit; the second one exits at once.\n"
			  "  SIGHUP           Load the configuration again.\n"
			  "\nExit status\n"
			  "  0 ended as told, 1 failed, 2 wrong arguments or configuration.\n"
			  "\nSettings: [section] and key = default in the file, or HMS_<SECTION>_<KEY> in the environment\n");
	hms_conf_help((const struct hms_conf_section *const *)confs->sections, out);
}

static void add_version(const struct hms_service *service, const struct app_confs *confs, struct hms_buf *out)
{
	(void)confs;
	hms_buf_printf(out, "%s %s\n", service->name, hms_version);
}

static void add_config(const struct hms_service *service, const struct app_confs *confs, struct hms_buf *out)
{
	(void)service;
	hms_conf_print(app_confs_now(confs), out);
}

static void add_check(const struct hms_service *service, const struct app_confs *confs, struct hms_buf *out)
{
	hms_buf_printf(out, "%s: %s is good\n", service->name, confs->file ? confs->file : "the configuration");
}

static void add_doc_config(const struct hms_service *service, const struct app_confs *confs, struct hms_buf *out)
{
	hms_buf_printf(out, "# %s\n\n%s\n\n", service->name, service->summary);
	hms_conf_doc((const struct hms_conf_section *const *)confs->sections, out);
}

static void add_doc_metrics(const struct hms_service *service, const struct app_confs *confs, struct hms_buf *out)
{
	(void)confs;
	hms_buf_printf(out, "# %s\n\n%s\n\n| Metric | Type | Label | Meaning |\n|---|---|---|---|\n", service->name, service->summary);
	hms_metrics_doc(app_metric_defs, app_metric_count, out);
	hms_metrics_doc(hms_http_metric_defs, hms_http_metric_count, out);
	hms_metrics_doc(hms_tls_metric_defs, hms_tls_metric_count, out);
	for (const struct hms_metric_table *t = service->metric_tables; t && t->defs; t++)
		hms_metrics_doc(t->defs, t->count, out);
}

static void (*const writers[])(const struct hms_service *service, const struct app_confs *confs, struct hms_buf *out) = {
	[APP_HELP] = add_help,		 [APP_VERSION] = add_version,	    [APP_CHECK] = add_check,
	[APP_PRINT_CONFIG] = add_config, [APP_DOC_CONFIG] = add_doc_config, [APP_DOC_METRICS] = add_doc_metrics,
};

int app_output(const struct hms_service *service, const struct app_confs *confs, enum app_action action)
{
	enum { OUTPUT_BYTES = 16 * 1024 * 1024 };
	struct hms_buf out = HMS_BUF_INIT(OUTPUT_BYTES);
	bool good;

	writers[action](service, confs, &out);
	good = !out.failed && fwrite(out.p, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	if (!good)
		fprintf(stderr, "%s: cannot write to standard output\n", service->name);
	hms_buf_fini(&out);
	return good ? APP_EXIT_OK : APP_EXIT_FAILED;
}
