/* The command of --then. */
#include "then.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define LOOK_EVERY_MS 20

/* A dash parts the name of a device; one within a part is %2D. */
static void add_part(struct hms_buf *name, const char *part)
{
	if (name->len > 0)
		hms_buf_char(name, '-');
	for (; *part; part++)
		if (*part == '-')
			hms_buf_str(name, HMS_STR("%2D"));
		else
			hms_buf_char(name, *part);
}

/* HNBSIM_DEVICE: the last cell, as the API names devices. */
static int name_device(const struct sim *sim)
{
	const struct cell *cell = &sim->cells[sim->cell_count - 1];
	struct hms_buf name = HMS_BUF_INIT(4096);
	char serial[CELL_SERIAL_SIZE];
	int rc;

	add_part(&name, sim->opt->oui);
	add_part(&name, cell_product_class(cell));
	add_part(&name, cell_serial(cell, serial));
	hms_buf_char(&name, '\0');
	rc = name.failed ? ENOMEM : setenv("HNBSIM_DEVICE", name.p, 1) != 0 ? errno : 0;
	hms_buf_fini(&name);
	return rc;
}

static int ended(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		fprintf(stderr, "hnbsim: --then: exit status %d\n", WEXITSTATUS(status));
	else
		fprintf(stderr, "hnbsim: --then: killed by signal %d\n", WTERMSIG(status));
	return 1;
}

int then_run(struct run *run, const char *command)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	bool told = false;
	pid_t pid, gone;
	int status, rc;

	fflush(stdout);
	rc = name_device(&run->sim);
	if (rc == 0)
		rc = posix_spawn(&pid, "/bin/sh", NULL, NULL, (char *const *)argv, environ);
	if (rc != 0) {
		fprintf(stderr, "hnbsim: --then: %s\n", strerror(rc));
		return 1;
	}
	while ((gone = waitpid(pid, &status, WNOHANG)) == 0 || (gone < 0 && errno == EINTR)) {
		if (run->signalled && !told)
			told = kill(pid, run->signalled) == 0;
		hms_timer_start(&run->nap, LOOK_EVERY_MS);
		hms_loop_run_once(run->loop, true);
	}
	hms_timer_stop(&run->nap);
	return gone == pid ? ended(status) : 1;
}
