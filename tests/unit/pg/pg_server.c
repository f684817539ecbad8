/* A private PostgreSQL for tests. */
#include "pg_server.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BIN "/usr/lib/postgresql/15/bin/"

static void die(const char *what)
{
	perror(what);
	abort();
}

/* PostgreSQL refuses to run as root. */
static void drop_root(void)
{
	const struct passwd *user;

	if (geteuid()) {
		return;
	}
	user = getpwnam("postgres");
	if (!user || setgid(user->pw_gid) || setuid(user->pw_uid)) {
		die("user postgres");
	}
}

static pid_t spawn(const char *const argv[])
{
	pid_t pid = fork();

	if (pid < 0) {
		die("fork");
	}
	if (pid == 0) {
		drop_root();
		/* After the change of user, which clears it: no server survives a test that crashed. */
		prctl(PR_SET_PDEATHSIG, SIGQUIT);
		if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) || chdir("/tmp")) {
			die("setup");
		}
		execv(argv[0], (char *const *)argv);
		die(argv[0]);
	}
	return pid;
}

static void run(const char *const argv[])
{
	int status;

	if (waitpid(spawn(argv), &status, 0) < 0 || status) {
		die(argv[0]);
	}
}

void pg_server_restart(struct pg_server *server)
{
	char data[64];
	const char *const argv[] = { BIN "postgres",
				     "-D",
				     data,
				     "-k",
				     server->folder,
				     "-F",
				     "-c",
				     "listen_addresses=",
				     "-c",
				     "log_min_messages=panic",
				     "-c",
				     "max_connections=40",
				     NULL };

	snprintf(data, sizeof(data), "%s/data", server->folder);
	server->pid = spawn(argv);
	for (int i = 0; PQping(server->dsn) != PQPING_OK; i++) {
		if (i == 3000 || waitpid(server->pid, NULL, WNOHANG)) {
			die("postgres does not start");
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
}

void pg_server_start(struct pg_server *server)
{
	const struct passwd *user = getpwnam("postgres");
	char data[64];
	const char *const argv[] = { BIN "initdb", "-D", data, "-U", "hms", "-A", "trust", "-N", "--locale=C", "-E", "UTF8", NULL };

	strcpy(server->folder, "/tmp/hms-pg-XXXXXX");
	if (!mkdtemp(server->folder) || (geteuid() == 0 && (!user || chown(server->folder, user->pw_uid, user->pw_gid)))) {
		die("temporary folder");
	}
	snprintf(data, sizeof(data), "%s/data", server->folder);
	snprintf(server->dsn, sizeof(server->dsn), "host=%s user=hms dbname=postgres", server->folder);
	run(argv);
	pg_server_restart(server);
}

void pg_server_kill(struct pg_server *server)
{
	if (server->pid > 0) {
		kill(server->pid, SIGQUIT);
		waitpid(server->pid, NULL, 0);
		server->pid = 0;
	}
}

void pg_server_stop(struct pg_server *server)
{
	const char *const argv[] = { "/bin/rm", "-rf", server->folder, NULL };

	pg_server_kill(server);
	run(argv);
}

const char *pg_server_sql(struct pg_server *server, const char *sql)
{
	static char out[512];
	PGconn *conn = PQconnectdb(server->dsn);
	PGresult *res = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(conn));
		abort();
	}
	snprintf(out, sizeof(out), "%s", PQntuples(res) ? PQgetvalue(res, 0, 0) : "");
	PQclear(res);
	PQfinish(conn);
	return out;
}
