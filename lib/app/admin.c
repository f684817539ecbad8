/* The admin port: /metrics, /healthz, /readyz and what the service adds. */
#include <stdio.h>

#include "app_internal.h"

/* The port is the operator's, so it has the defaults of [http] whatever is configured there: what devices may use must not bound it. */
static struct hms_http_conf limits = {
#define CONF_INT(field, def, min, max, flags, doc) .field = (def),
#define CONF_MS(field, def, min, max, flags, doc) .field = (def),
#define CONF_SIZE(field, def, min, max, flags, doc) .field = (def),
#include "hms/http/config.def"
#include "hms/conf/end.inc"
};

enum { METRICS_BYTES = 16 * 1024 * 1024, READY_BYTES = 64 * 1024, CONNECTIONS_MAX = 256 };

static void reply_text(struct hms_http_req *req, unsigned status, struct hms_str type, struct hms_str body)
{
	const struct hms_http_header headers[] = { { HMS_STR("Content-Type"), type }, { HMS_STR("Cache-Control"), HMS_STR("no-store") } };

	hms_http_reply(req, status, headers, sizeof(headers) / sizeof(headers[0]), body);
}

static void serve_metrics(struct hms_http_req *req, void *arg)
{
	struct hms_app *app = arg;
	struct hms_buf out = HMS_BUF_INIT(METRICS_BYTES);

	hms_metrics_render(app->metrics, &out);
	if (out.failed)
		hms_http_reply_text(req, 500, "the metrics are too large");
	else
		reply_text(req, 200, HMS_STR("text/plain; version=0.0.4; charset=utf-8"), hms_buf_view(&out));
	hms_buf_fini(&out);
}

/* Answered by the loop: so it runs. */
static void serve_health(struct hms_http_req *req, void *arg)
{
	(void)arg;
	reply_text(req, 200, HMS_STR("text/plain; charset=utf-8"), HMS_STR("ok\n"));
}

bool app_is_ready(struct hms_app *app, struct hms_buf *why)
{
	const struct hms_service *service = app->start->service;
	bool ready = service->ready ? service->ready(app, app->state, why) : true;

	if (app->draining)
		hms_buf_strz(why, "draining\n");
	return ready && !app->draining;
}

static void serve_ready(struct hms_http_req *req, void *arg)
{
	struct hms_buf why = HMS_BUF_INIT(READY_BYTES);
	bool ready = app_is_ready(arg, &why);

	if (why.len == 0)
		hms_buf_strz(&why, ready ? "ready\n" : "not ready\n");
	reply_text(req, ready ? 200 : 503, HMS_STR("text/plain; charset=utf-8"), hms_buf_view(&why));
	hms_buf_fini(&why);
}

static bool lies_under(struct hms_str path, struct hms_str route)
{
	return hms_str_starts(path, route) && (path.len == route.len || path.p[route.len] == '/');
}

static void dispatch(struct hms_http_req *req, void *arg)
{
	struct app_admin *admin = arg;
	struct hms_str path = hms_http_req_path(req);

	for (size_t i = 0; i < admin->count; i++) {
		if (lies_under(path, hms_str(admin->routes[i].path))) {
			admin->routes[i].handler(req, admin->routes[i].arg);
			return;
		}
	}
	hms_http_reply_text(req, 404, "no such path");
}

int hms_app_admin_route(struct hms_app *app, const char *path, hms_http_handler *handler, void *arg)
{
	struct app_admin *admin = &app->admin;

	for (size_t i = 0; i < admin->count; i++)
		if (strcmp(admin->routes[i].path, path) == 0)
			return HMS_EEXISTS;
	if (admin->count == APP_ROUTES_MAX)
		return HMS_EFULL;
	admin->routes[admin->count++] = (struct app_route){ path, handler, arg };
	return 0;
}

static void add_own_routes(struct hms_app *app)
{
	hms_app_admin_route(app, "/metrics", serve_metrics, app);
	hms_app_admin_route(app, "/healthz", serve_health, app);
	hms_app_admin_route(app, "/readyz", serve_ready, app);
}

static struct hms_tls_server_conf tls_conf(const struct app_admin_conf *conf)
{
	return (struct hms_tls_server_conf){
#define CONF_FROM conf
#include "hms/conf/copy.inc"
#include "hms/net/tls_server.def"
#include "hms/conf/end.inc"
	};
}

static int open_tls(struct hms_app *app, const struct app_admin_conf *conf, struct hms_err *err)
{
	const struct hms_tls_server_conf tls = tls_conf(conf);
	int rc = hms_tls_server_new("admin", &tls, hms_conf_get(hms_app_conf(app), &hms_tls_conf_section), NULL, &app->admin.tls, err);

	return rc ? hms_err_prefix(err, "[admin]") : 0;
}

void app_admin_reload(struct hms_app *app)
{
	const struct hms_tls_server_conf tls = tls_conf(hms_conf_get(hms_app_conf(app), &app_admin_section));
	struct hms_err err;

	if (hms_tls_server_reload(app->admin.tls, &tls, hms_conf_get(hms_app_conf(app), &hms_tls_conf_section), &err) < 0)
		log_error("the admin port keeps its certificate", KV_Z("error", err.text));
}

int app_admin_open(struct hms_app *app, struct hms_err *err)
{
	const struct app_admin_conf *conf = hms_conf_get(hms_app_conf(app), &app_admin_section);
	int64_t port = conf->port == 0 ? 0 : conf->port + app->worker;
	bool ipv6 = strchr(conf->address, ':') && conf->address[0] != '[';
	char address[128], bound[64];
	struct hms_http_server_opts opts = {
		.name = "admin", .address = address, .conf = &limits, .handler = dispatch, .arg = &app->admin
	};

	int rc = open_tls(app, conf, err);

	if (rc < 0)
		return rc;
	opts.tls = app->admin.tls;
	if (port > 65535)
		return hms_err_set(err, HMS_EINVAL, "admin.port: worker %u would have port %lld", app->worker, (long long)port);
	limits.connections_max = CONNECTIONS_MAX;
	limits.write_queue_bytes = 2 * METRICS_BYTES; /* an answer is queued whole */
	snprintf(address, sizeof(address), ipv6 ? "[%s]:%lld" : "%s:%lld", conf->address, (long long)port);
	add_own_routes(app);
	app->admin.server = hms_http_server_new(app->loop, &opts, err);
	if (!app->admin.server) {
		hms_err_prefix(err, "admin.address, admin.port");
		return HMS_EIO;
	}
	log_info("admin port open", KV_Z("address", hms_addr_text(hms_http_server_addr(app->admin.server), true, bound, sizeof(bound))));
	return 0;
}

void app_admin_close(struct hms_app *app)
{
	if (app->admin.server)
		hms_http_server_close(&app->admin.server);
	hms_tls_server_free(&app->admin.tls);
}
