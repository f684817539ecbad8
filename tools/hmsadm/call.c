/* One batch on a connection of its own, waited for. */
#include "hms/pg/pg.h"
#include "hmsadm.h"

#define CONNECT_MS 5000

struct call {
	struct hms_loop *loop;
	struct hms_timer patience; /* for the connection */
	struct hms_pg_batch *batch;
	struct hms_pg *pg;
	struct hms_err *err;
	void (*fill)(struct hms_pg_batch *batch, void *arg);
	void *arg;
	int code;
};

static void on_done(const struct hms_pg_error *error, void *arg)
{
	struct call *call = arg;
	bool twice = error && strcmp(error->sqlstate, "23505") == 0; /* unique_violation */

	call->code = error ? hms_err_set(call->err, error->code, "%s", twice ? "there is one of that name already" : error->text) : 0;
	hms_loop_stop(call->loop);
}

static void on_up(struct hms_pg *pg, void *arg)
{
	struct call *call = arg;
	struct hms_pg_batch *batch = hms_pg_batch_new(pg);

	hms_timer_stop(&call->patience);
	if (!batch) {
		call->code = hms_err_set(call->err, HMS_ENOMEM, "out of memory");
		hms_loop_stop(call->loop);
		return;
	}
	call->fill(batch, call->arg);
	hms_pg_batch_send(batch, on_done, call);
}

static void on_down(struct hms_pg *pg, const char *text, void *arg)
{
	struct call *call = arg;

	(void)pg;
	call->code = hms_err_set(call->err, HMS_EUNAVAIL, "[postgres] dsn: %s", text);
	hms_loop_stop(call->loop);
}

static void on_late(struct hms_timer *timer, void *arg)
{
	struct call *call = arg;

	(void)timer;
	call->code = hms_err_set(call->err, HMS_EUNAVAIL, "[postgres] dsn: no connection in %d s; the reason is above", CONNECT_MS / 1000);
	hms_loop_stop(call->loop);
}

int adm_call_once(const struct hms_conf *conf, void (*fill)(struct hms_pg_batch *, void *), void *arg, struct hms_err *err)
{
	static const struct hms_pg_cb cb = { on_up, on_down };
	struct call call = { .loop = hms_loop_new(), .err = err, .fill = fill, .arg = arg };

	if (!call.loop)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	hms_timer_init(&call.patience, call.loop, on_late, &call);
	hms_timer_start(&call.patience, CONNECT_MS);
	call.pg = hms_pg_new(call.loop, hms_conf_get(conf, &hms_pg_conf_section), "hmsadm", &cb, &call);
	if (!call.pg)
		call.code = hms_err_set(err, HMS_ENOMEM, "out of memory");
	else
		hms_loop_run(call.loop);
	hms_timer_stop(&call.patience);
	hms_pg_free(&call.pg);
	hms_loop_free(&call.loop);
	return call.code;
}
