/* The tiny service, and running it in a child process. */
#include "tiny.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct tiny_conf {
#include "hms/conf/fields.inc"
#include "tiny.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_key keys[] = {
#define CONF_OWNER struct tiny_conf
#include "hms/conf/rows.inc"
#include "tiny.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_section section = HMS_CONF_SECTION("tiny", keys, struct tiny_conf, "A tiny service.");
static const struct hms_conf_section *const sections[] = { &section, NULL };
static const struct hms_metric_def metric_defs[] = { { "tiny_greetings_total", HMS_METRIC_COUNTER, 0, NULL, 0, "Greetings." } };
static const struct hms_metric_table metric_tables[] = { { metric_defs, 1 }, { NULL, 0 } };

struct tiny_state {
	struct hms_app *app;
	struct hms_timer fail_timer;
	bool draining;
};

static const struct tiny_conf *conf_of(struct hms_app *app) { return hms_conf_get(hms_app_conf(app), &section); }

static void greet(struct hms_http_req *req, void *arg) { hms_http_reply_text(req, 200, conf_of(arg)->greeting); }

static void on_fail_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	hms_app_fail(arg, "as configured");
}

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	struct tiny_state *s;

	if (conf_of(app)->fail_init)
		return hms_err_set(err, HMS_EIO, "tiny.fail_init: told to fail");
	log_info("tiny begins");
	while (conf_of(app)->hang_init)
		pause();
	s = calloc(1, sizeof(*s));
	if (!s)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	s->app = app;
	hms_timer_init(&s->fail_timer, hms_app_loop(app), on_fail_timer, app);
	if (conf_of(app)->fail_later)
		hms_timer_start(&s->fail_timer, 1);
	*state = s;
	return hms_app_admin_route(app, "/greeting", greet, app);
}

static void reload(struct hms_app *app, void *state)
{
	const struct tiny_state *s = state;

	log_info("tiny reloads", KV_Z("greeting", conf_of(app)->greeting));
	if (s->draining)
		hms_app_drained(app);
}

static void drain(struct hms_app *app, void *state)
{
	struct tiny_state *s = state;
	enum { NOW };

	s->draining = true;
	log_info("tiny drains");
	if (conf_of(app)->drain == NOW)
		hms_app_drained(app);
}

static void fini(struct hms_app *app, void *state)
{
	struct tiny_state *s = state;

	(void)app;
	log_info("tiny ends");
	hms_timer_stop(&s->fail_timer);
	free(s);
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	(void)state;
	hms_buf_strz(why, conf_of(app)->ready ? "degraded: only tiny\n" : "told not to be ready\n");
	return conf_of(app)->ready;
}

const struct hms_service tiny_service = {
	.name = "tiny",
	.summary = "A service of the tests.",
	.sections = sections,
	.metric_tables = metric_tables,
	.init = init,
	.reload = reload,
	.drain = drain,
	.fini = fini,
	.ready = ready,
};

/* Processes that run: a test that fails leaves some, which must not outlive it. */
enum { RUNNING_MAX = 8 };
static pid_t running[RUNNING_MAX];

static void replace_running(pid_t old, pid_t now)
{
	for (size_t i = 0; i < RUNNING_MAX; i++) {
		if (running[i] == old) {
			running[i] = now;
			return;
		}
	}
	fail_msg("more than %d processes", RUNNING_MAX);
}

static char folder[64], config_path[96], pid_path[96];

int tiny_setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/hms-app-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(config_path, sizeof(config_path), "%s/tiny.conf", folder);
	snprintf(pid_path, sizeof(pid_path), "%s/tiny.pid", folder);
	return 0;
}

int tiny_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < RUNNING_MAX; i++) {
		if (running[i] == 0)
			continue;
		kill(running[i], SIGKILL);
		waitpid(running[i], NULL, 0);
		running[i] = 0;
	}
	unlink(config_path);
	unlink(pid_path);
	return rmdir(folder);
}

const char *tiny_config_path(void) { return config_path; }

const char *tiny_pid_path(void) { return pid_path; }

/* "@PID@" stands for the path of the pid file. */
void tiny_configure(const char *config)
{
	FILE *f = fopen(config_path, "w");
	const char *at = strstr(config, "@PID@");

	assert_non_null(f);
	if (at)
		fprintf(f, "%.*s%s%s", (int)(at - config), config, pid_path, at + 5);
	else
		fputs(config, f);
	assert_int_equal(fclose(f), 0);
}

void tiny_start(struct tiny *t, const char *config, ...)
{
	char program[] = "tiny", option[] = "--config", *argv[16] = { program };
	int err[2], out[2], argc = 1;
	va_list ap;

	if (config) {
		tiny_configure(config);
		argv[argc++] = option;
		argv[argc++] = config_path;
	}
	va_start(ap, config);
	for (char *arg; (arg = va_arg(ap, char *));)
		argv[argc++] = arg;
	va_end(ap);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		dup2(err[1], STDERR_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(err[0]);
		close(err[1]);
		close(out[0]);
		close(out[1]);
		exit(hms_app_main(&tiny_service, argc, argv));
	}
	replace_running(0, t->pid);
	close(err[1]);
	close(out[1]);
	t->out_fd = out[0];
	t->err = fdopen(err[0], "r");
	assert_non_null(t->err);
}

const char *tiny_wait_line(struct tiny *t, const char *text)
{
	while (fgets(t->line, sizeof(t->line), t->err))
		if (strstr(t->line, text))
			return t->line;
	fail_msg("the process ended without \"%s\"", text);
	return NULL;
}

long tiny_number(const struct tiny *t, const char *key)
{
	char wanted[64];
	const char *at;

	snprintf(wanted, sizeof(wanted), " %s=", key);
	at = strstr(t->line, wanted);
	assert_non_null(at);
	return strtol(at + strlen(wanted), NULL, 10);
}

int tiny_wait_port(struct tiny *t)
{
	const char *line = tiny_wait_line(t, "admin port open");

	return (int)strtol(strrchr(line, ':') + 1, NULL, 10);
}

int tiny_wait_end(struct tiny *t)
{
	int how = 0;

	while (fgets(t->line, sizeof(t->line), t->err))
		if (strstr(t->line, "Sanitizer") || strstr(t->line, "runtime error"))
			print_error("%s", t->line);
	fclose(t->err);
	close(t->out_fd);
	assert_int_equal(waitpid(t->pid, &how, 0), t->pid);
	replace_running(t->pid, 0);
	return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
}

const char *tiny_stdout(struct tiny *t)
{
	static char text[65536];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(text) - 1 && (n = read(t->out_fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

int tiny_get(int port, const char *path, char *out, size_t size)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static char text[262144];
	size_t len = 0;
	const char *body;
	ssize_t n;

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_true(dprintf(fd, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path) > 0);
	while (len < sizeof(text) - 1 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	assert_memory_equal(text, "HTTP/1.1 ", 9);
	body = strstr(text, "\r\n\r\n");
	assert_non_null(body);
	snprintf(out, size, "%s", body + 4);
	return (int)strtol(text + 9, NULL, 10);
}
