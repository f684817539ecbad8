/* A private redis-server and a client of it, for the tests of this folder. */
#include "server.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hms/base/buf.h"
#include "hms/base/err.h"

#define GUARD_MS 20000
#define WORDS_MAX 32

bool server_available(void) { return system("command -v redis-server > /dev/null 2>&1") == 0; }

void server_new(struct server *s)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->folder, "/tmp/hms-test-redis-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->socket, sizeof(s->socket), "%s/redis.sock", s->folder);
	snprintf(s->url, sizeof(s->url), "unix:%s", s->socket);
}

static void run_server(const struct server *s, int out, const char *const *options)
{
	const char *args[WORDS_MAX] = { "redis-server", "--port", "0",	   "--unixsocket", s->socket, "--save", "",
					"--appendonly", "no",	  "--dir", s->folder };
	size_t count = 11;

	while (options && *options && count + 1 < WORDS_MAX)
		args[count++] = *options++;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(args[0], (char *const *)args);
	_exit(127);
}

void server_start(struct server *s, const char *const *options)
{
	char line[1024];
	bool ready = false;
	int ends[2];
	FILE *out;

	assert_int_equal(pipe(ends), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		run_server(s, ends[1], options);
	close(ends[1]);
	out = fdopen(ends[0], "r");
	assert_non_null(out);
	while (!ready && fgets(line, sizeof(line), out))
		ready = strstr(line, "accept connections at") != NULL;
	fclose(out);
	assert_true(ready);
}

void server_kill(struct server *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

void server_free(struct server *s)
{
	server_kill(s);
	unlink(s->socket);
	rmdir(s->folder);
}

static void on_up(struct hms_redis *r, void *arg)
{
	(void)r;
	((struct client *)arg)->ups++;
}

static void on_down(struct hms_redis *r, void *arg)
{
	(void)r;
	((struct client *)arg)->downs++;
}

static void on_guard(struct hms_timer *timer, void *arg)
{
	(void)timer;
	(void)arg;
	fail_msg("nothing happened for %d ms", GUARD_MS);
}

void client_new(struct client *c, const char *url)
{
	const struct hms_redis_state_cb cb = { on_up, on_down };
	struct hms_err err = { 0 };

	memset(c, 0, sizeof(*c));
	c->conf = (struct hms_redis_conf){
		.url = url,
		.connect_timeout = 500,
		.command_timeout = 5000,
		.retry_wait = 20,
		.commands_max = 1000,
	};
	c->loop = hms_loop_new();
	assert_non_null(c->loop);
	hms_timer_init(&c->guard, c->loop, on_guard, NULL);
	c->r = hms_redis_new(c->loop, &c->conf, &cb, c, &err);
	if (!c->r)
		fail_msg("%s", err.text);
}

void client_free(struct client *c)
{
	hms_redis_free(&c->r);
	assert_null(c->r);
	/* what the loop still has to close */
	for (int i = 0; i < 5; i++)
		hms_loop_run_once(c->loop, false);
	hms_loop_free(&c->loop);
}

void client_wait(struct client *c, const unsigned *flag)
{
	hms_timer_start(&c->guard, GUARD_MS);
	while (!*flag)
		hms_loop_run_once(c->loop, true);
	hms_timer_stop(&c->guard);
}

void client_wait_ups(struct client *c, unsigned ups)
{
	hms_timer_start(&c->guard, GUARD_MS);
	while (c->ups < ups)
		hms_loop_run_once(c->loop, true);
	hms_timer_stop(&c->guard);
}

void client_send(struct client *c, const char *words, hms_redis_cb *cb, void *arg)
{
	struct hms_str args[WORDS_MAX], rest = hms_str(words);
	size_t count = 0;

	while (rest.p && count < WORDS_MAX)
		args[count++] = hms_str_split(&rest, ' ');
	hms_redis_command(c->r, args, count, cb, arg);
}

bool pair_new(struct server *s, struct client *c)
{
	if (!server_available()) {
		fprintf(stderr, "skipped: redis-server is not installed\n");
		return false;
	}
	server_new(s);
	server_start(s, NULL);
	client_new(c, s->url);
	client_wait_ups(c, 1);
	return true;
}

void pair_free(struct server *s, struct client *c)
{
	client_free(c);
	server_free(s);
}

struct answer {
	unsigned done;
	char text[4096];
};

static void add_text(struct hms_buf *out, const struct hms_redis_reply *reply)
{
	switch (reply->type) {
	case HMS_REDIS_NIL:
		hms_buf_strz(out, "(nil)");
		break;
	case HMS_REDIS_INT:
		hms_buf_printf(out, "%lld", (long long)reply->integer);
		break;
	case HMS_REDIS_ARRAY:
		for (size_t i = 0; i < reply->count; i++) {
			if (i > 0)
				hms_buf_char(out, ' ');
			add_text(out, &reply->items[i]);
		}
		break;
	default:
		hms_buf_str(out, reply->str);
	}
}

static void on_answer(int code, const struct hms_redis_reply *reply, void *arg)
{
	struct answer *answer = arg;
	struct hms_buf out = HMS_BUF_INIT(sizeof(answer->text) - 1);

	assert_int_equal(code, 0);
	add_text(&out, reply);
	snprintf(answer->text, sizeof(answer->text), "%s", hms_buf_z(&out));
	hms_buf_fini(&out);
	answer->done++;
}

const char *client_ask(struct client *c, const char *words)
{
	static struct answer answer;

	answer.done = 0;
	client_send(c, words, on_answer, &answer);
	client_wait(c, &answer.done);
	return answer.text;
}
