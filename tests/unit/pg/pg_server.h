/* A private PostgreSQL for tests: a cluster of its own in a temporary folder, reached by a Unix socket, gone with the test. */
#ifndef HMS_TESTS_PG_SERVER_H
#define HMS_TESTS_PG_SERVER_H

#include <sys/types.h>

struct pg_server {
	char folder[32];
	char dsn[128];
	pid_t pid;
};

/* Makes and starts it; aborts the test program when that is not possible. */
void pg_server_start(struct pg_server *server);
/* Ends the server process at once (as a crash does) or starts it again. */
void pg_server_kill(struct pg_server *server);
void pg_server_restart(struct pg_server *server);
/* Ends it and removes its folder. */
void pg_server_stop(struct pg_server *server);
/* Runs SQL on a connection of its own; aborts on an error. Returns the first column of the first row ("" without one), valid until the next call. */
const char *pg_server_sql(struct pg_server *server, const char *sql);

#endif
