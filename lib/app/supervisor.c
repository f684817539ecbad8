/* The supervisor of several workers: starts them, starts a dead one again, passes signals on. It has no loop and no thread. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app_internal.h"
#include "hms/base/clock.h"

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MAX_MS = 5000,
	STEADY_MS = 10000,     /* who lived that long starts with the first back-off again */
	KILL_GRACE_MS = 5000,  /* beyond drain_timeout, which a worker keeps by itself unless its loop hangs */
	IDLE_MS = 3600 * 1000, /* longest sleep; signals end it */
};

struct slot {
	pid_t pid; /* 0: not running */
	unsigned starts;
	uint64_t started_ms, due_ms, backoff_ms;
};

struct supervisor {
	struct app_start *start;
	struct slot *slots;
	bool draining;
	uint64_t kill_ms;
	int status;
};

/* The child: never returns. */
static void become_worker(struct supervisor *s, unsigned number, pid_t parent)
{
	char name[64];

	/* The parent may have died before the request was made. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(APP_EXIT_FAILED);
	snprintf(name, sizeof(name), "%s/%u", s->start->service->name, number);
	hms_log_init(name, HMS_LOG_INFO);
	app_confs_set_log_level(&s->start->confs);
	exit(app_worker_run(s->start, number));
}

static void start_worker(struct supervisor *s, unsigned number, uint64_t now_ms)
{
	struct slot *slot = &s->slots[number];
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become_worker(s, number, parent);
	if (pid < 0) {
		log_error("cannot fork a worker", KV_U("worker", number), KV_Z("reason", strerror(errno)));
		slot->due_ms = now_ms + BACKOFF_MAX_MS;
		return;
	}
	slot->pid = pid;
	slot->starts++;
	slot->started_ms = now_ms;
	log_info("worker started", KV_U("worker", number), KV_I("pid", pid));
}

/* Starts what is due. Returns how long nothing else is. */
static uint64_t start_due_workers(struct supervisor *s, uint64_t now_ms)
{
	uint64_t wait_ms = IDLE_MS;

	for (unsigned i = 0; i < s->start->workers; i++) {
		struct slot *slot = &s->slots[i];

		if (slot->pid == 0 && slot->due_ms <= now_ms)
			start_worker(s, i, now_ms);
		if (slot->pid == 0 && slot->due_ms - now_ms < wait_ms)
			wait_ms = slot->due_ms - now_ms;
	}
	return wait_ms;
}

static unsigned running(const struct supervisor *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->start->workers; i++)
		n += s->slots[i].pid != 0;
	return n;
}

static void signal_all(const struct supervisor *s, int signum)
{
	for (unsigned i = 0; i < s->start->workers; i++)
		if (s->slots[i].pid != 0)
			kill(s->slots[i].pid, signum);
}

static void drain(struct supervisor *s, uint64_t now_ms)
{
	s->draining = true;
	s->kill_ms = now_ms + (uint64_t)app_confs_service(&s->start->confs)->drain_timeout + KILL_GRACE_MS;
	signal_all(s, SIGTERM);
}

static void kill_all(struct supervisor *s, const char *why)
{
	log_warn(why);
	s->status = APP_EXIT_FAILED;
	s->kill_ms = UINT64_MAX;
	signal_all(s, SIGKILL);
}

static void schedule_restart(struct slot *slot, uint64_t now_ms)
{
	if (slot->backoff_ms == 0 || now_ms - slot->started_ms >= STEADY_MS)
		slot->backoff_ms = BACKOFF_FIRST_MS;
	slot->due_ms = now_ms + slot->backoff_ms;
	slot->backoff_ms = slot->backoff_ms * 2 < BACKOFF_MAX_MS ? slot->backoff_ms * 2 : BACKOFF_MAX_MS;
}

static void on_worker_end(struct supervisor *s, unsigned number, int how, uint64_t now_ms)
{
	struct slot *slot = &s->slots[number];
	int status = WIFEXITED(how) ? WEXITSTATUS(how) : -1;

	if (status < 0)
		log_error("worker was killed", KV_U("worker", number), KV_I("pid", slot->pid), KV_I("signal", WTERMSIG(how)));
	else
		hms_log(s->draining ? HMS_LOG_INFO : HMS_LOG_WARN, "worker ended", KV_U("worker", number), KV_I("pid", slot->pid),
			KV_I("status", status));
	slot->pid = 0;
	if (s->draining) {
		s->status = status == 0 ? s->status : APP_EXIT_FAILED;
		return;
	}
	if (status == APP_EXIT_INIT_FAILED && slot->starts == 1) {
		/* As with a single process: who cannot start at all says so, and does not try for ever. */
		log_error("a worker could not start, giving up");
		s->status = APP_EXIT_FAILED;
		drain(s, now_ms);
		return;
	}
	schedule_restart(slot, now_ms);
}

static void reap(struct supervisor *s, uint64_t now_ms)
{
	int how;
	pid_t pid;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (unsigned i = 0; i < s->start->workers; i++)
			if (s->slots[i].pid == pid)
				on_worker_end(s, i, how, now_ms);
}

static void reload(struct supervisor *s)
{
	struct hms_err err;

	/* Workers load it themselves, and tell what is wrong with it. */
	if (app_confs_load(&s->start->confs, &err) == 0)
		app_confs_set_log_level(&s->start->confs);
	signal_all(s, SIGHUP);
}

static void on_signal(struct supervisor *s, int signum, uint64_t now_ms)
{
	if (signum == SIGHUP) {
		reload(s);
	} else if (signum == SIGTERM || signum == SIGINT) {
		log_info("signal", KV_I("signal", signum));
		if (s->draining)
			kill_all(s, "second signal, ending at once");
		else
			drain(s, now_ms);
	}
	reap(s, now_ms);
}

/* Waits for a signal; returns 0 when the time is over. */
static int wait_signal(const struct supervisor *s, uint64_t wait_ms)
{
	struct timespec ts = { .tv_sec = (time_t)(wait_ms / 1000), .tv_nsec = (long)(wait_ms % 1000) * 1000000 };
	int signum = sigtimedwait(&s->start->signals, NULL, &ts);

	return signum > 0 ? signum : 0;
}

static void run(struct supervisor *s)
{
	while (!s->draining || running(s) > 0) {
		uint64_t now_ms = hms_mono_ms(), wait_ms = IDLE_MS;
		int signum;

		if (!s->draining)
			wait_ms = start_due_workers(s, now_ms);
		else if (s->kill_ms <= now_ms)
			kill_all(s, "workers do not end, killing them");
		else if (s->kill_ms - now_ms < wait_ms)
			wait_ms = s->kill_ms - now_ms;
		signum = wait_signal(s, wait_ms);
		on_signal(s, signum, hms_mono_ms());
	}
}

int app_supervise(struct app_start *start)
{
	struct supervisor s = { .start = start };
	/* The first configuration is kept to the end, so the path is, too. */
	const char *pid_file = app_confs_service(&start->confs)->pid_file;
	struct hms_err err;

	s.slots = calloc(start->workers, sizeof(*s.slots));
	if (!s.slots) {
		log_error("out of memory");
		return APP_EXIT_FAILED;
	}
	if (app_pidfile_write(pid_file, &err) == 0) {
		run(&s);
		app_pidfile_remove(pid_file);
	} else {
		log_error(err.text);
		s.status = APP_EXIT_FAILED;
	}
	log_info("ended", KV_I("status", s.status));
	free(s.slots);
	return s.status;
}
