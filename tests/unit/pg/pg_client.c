/* One connection under test on a loop, with a private server behind it. */
#include "pg_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/log/log.h"

static void client_on_up(struct hms_pg *pg, void *arg)
{
	(void)pg;
	((struct pg_client *)arg)->ups++;
}

static void client_on_down(struct hms_pg *pg, const char *text, void *arg)
{
	struct pg_client *c = arg;

	(void)pg;
	c->downs++;
	snprintf(c->down_text, sizeof(c->down_text), "%s", text);
}

int pg_client_group_setup(void **state)
{
	struct pg_client *c = calloc(1, sizeof(*c));

	hms_log_init("test", HMS_LOG_ERROR);
	pg_server_start(&c->server);
	c->loop = hms_loop_new();
	*state = c;
	return 0;
}

int pg_client_group_teardown(void **state)
{
	struct pg_client *c = *state;

	hms_loop_free(&c->loop);
	pg_server_stop(&c->server);
	free(c);
	return 0;
}

int pg_client_setup(void **state)
{
	static const struct hms_pg_cb cb = { client_on_up, client_on_down };
	struct pg_client *c = *state;

	c->conf = (struct hms_pg_conf){ .dsn = c->server.dsn,
					.connect_timeout = 5000,
					.retry_wait = 20,
					.batch_timeout = 30000,
					.batches_max = 64,
					.batch_max_bytes = 8 << 20 };
	c->ups = c->downs = 0;
	c->pg = hms_pg_new(c->loop, &c->conf, "test", &cb, c);
	while (!hms_pg_is_up(c->pg)) {
		hms_loop_run_once(c->loop, true);
	}
	return 0;
}

int pg_client_teardown(void **state)
{
	struct pg_client *c = *state;

	hms_pg_free(&c->pg);
	for (int i = 0; i < 5; i++) {
		hms_loop_run_once(c->loop, false);
	}
	return 0;
}

static void client_on_timeout(struct hms_timer *timer, void *arg)
{
	(void)timer;
	*(bool *)arg = true;
}

void pg_client_wait(struct pg_client *c, const bool *flag)
{
	struct hms_timer timer;
	bool late = false;

	hms_timer_init(&timer, c->loop, client_on_timeout, &late);
	hms_timer_start(&timer, 20000);
	while (!*flag && !late) {
		hms_loop_run_once(c->loop, true);
	}
	hms_timer_stop(&timer);
	assert_false(late);
}

void outcome_done(const struct hms_pg_error *err, void *arg)
{
	struct outcome *o = arg;

	o->ended = true;
	o->times++;
	if (err) {
		o->code = err->code;
		o->retriable = err->retriable;
		memcpy(o->sqlstate, err->sqlstate, sizeof(o->sqlstate));
		snprintf(o->stmt, sizeof(o->stmt), "%s", err->stmt ? err->stmt : "");
		snprintf(o->text, sizeof(o->text), "%s", err->text);
	}
}

struct outcome pg_client_run(struct pg_client *c, struct hms_pg_batch *batch)
{
	struct outcome o = { 0 };

	hms_pg_batch_send(batch, outcome_done, &o);
	assert_false(o.ended);
	pg_client_wait(c, &o.ended);
	return o;
}

struct outcome pg_client_do(struct pg_client *c, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb, void *arg)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(c->pg);

	hms_pg_stmt_begin(batch, stmt, cb, arg);
	return pg_client_run(c, batch);
}

void rows_int(const struct hms_pg_result *res, void *arg) { *(int64_t *)arg = hms_pg_get_int(res, 0, 0); }
