/* One connection under test on a loop, with a private server behind it. */
#ifndef HMS_TESTS_PG_CLIENT_H
#define HMS_TESTS_PG_CLIENT_H

#include "hms/pg/pg.h"
#include "pg_server.h"

struct pg_client {
	struct pg_server server;
	struct hms_pg_conf conf;
	struct hms_loop *loop;
	struct hms_pg *pg;
	unsigned ups, downs;
	char down_text[256];
};

/* cmocka group fixtures; *state is a struct pg_client. */
int pg_client_group_setup(void **state);
int pg_client_group_teardown(void **state);
/* cmocka test fixtures: a fresh connection, up. */
int pg_client_setup(void **state);
int pg_client_teardown(void **state);

/* Runs the loop until *flag is set; fails the test after 20 s. */
void pg_client_wait(struct pg_client *c, const bool *flag);

/* How a batch ended. */
struct outcome {
	bool ended;
	unsigned times;
	int code;
	char sqlstate[6];
	bool retriable;
	char stmt[64], text[256];
};
void outcome_done(const struct hms_pg_error *err, void *arg);
/* Sends and waits. */
struct outcome pg_client_run(struct pg_client *c, struct hms_pg_batch *batch);
/* Sends one statement without parameters and waits. */
struct outcome pg_client_do(struct pg_client *c, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb, void *arg);
/* Rows callback: an int64_t in the first column into *arg. */
void rows_int(const struct hms_pg_result *res, void *arg);

#endif
