/* The life of a connection: made, connecting, up, broken, tried again, freed. */
#include "internal.h"

#include <stdlib.h>

#include "hms/base/clock.h"

enum { RETRY_GROWTH_MAX = 20 };

static void conn_start(struct hms_pg *pg);

void pg_ref(struct hms_pg *pg) { pg->refs++; }

void pg_unref(struct hms_pg *pg)
{
	if (--pg->refs) {
		return;
	}
	hms_map_free(&pg->prepared);
	free(pg->dsn);
	free(pg->application_name);
	free(pg);
}

void pg_break(struct hms_pg *pg, int code, const char *text)
{
	if (pg->state != PG_CONNECTING && pg->state != PG_UP) {
		return;
	}
	pg->was_up = pg->state == PG_UP;
	pg->state = PG_BROKEN;
	pg->break_code = code;
	snprintf(pg->break_text, sizeof(pg->break_text), "%.*s", HMS_STR_FMT(hms_str_trim(hms_str(text))));
	if (pg->watch) {
		hms_io_set(pg->watch->io, 0);
	}
	hms_defer_schedule(pg->loop, &pg->defer);
}

/* Ends libpq's side; nothing is called back. */
static void conn_close(struct hms_pg *pg)
{
	if (pg->was_up) {
		hms_gauge_add(&pg_metrics.up, -1);
		pg->was_up = false;
	}
	hms_timer_stop(&pg->life);
	hms_timer_stop(&pg->deadline);
	pg_watch_close(pg);
	PQfinish(pg->conn);
	pg->conn = NULL;
	hms_map_free(&pg->prepared);
	pg->alone = pg->open = pg->write_pending = pg->copying = false;
	pg->reset = 0;
}

static void list_move(struct hms_list *from, struct hms_list *to)
{
	while (!hms_list_empty(from)) {
		struct hms_list *node = from->next;

		hms_list_remove(node);
		hms_list_push_back(to, node);
	}
}

/* Takes all batches under way, oldest first, as failed with one code. */
static void conn_take_batches(struct hms_pg *pg, int code, const char *text, struct hms_list *out)
{
	struct hms_list *it, *next;

	hms_list_init(out);
	list_move(&pg->wire, out);
	list_move(&pg->waiting, out);
	hms_gauge_add(&pg_metrics.batches_open, -(int64_t)pg->batches);
	pg->batches = 0;
	hms_list_foreach(it, next, out) {
		pg_batch_fail(hms_container_of(it, struct hms_pg_batch, node), code, text);
	}
}

static void batches_end(struct hms_list *list)
{
	while (!hms_list_empty(list)) {
		struct hms_list *node = list->next;

		hms_list_remove(node);
		pg_batch_end(hms_container_of(node, struct hms_pg_batch, node));
	}
}

/* BROKEN -> WAITING: tells everybody, then waits for the next attempt. */
static void conn_drop(struct hms_pg *pg)
{
	bool was_up = pg->was_up;
	uint64_t growth_max = (uint64_t)pg->conf.retry_wait * RETRY_GROWTH_MAX;
	struct hms_list batches;

	log_warn("postgres connection is down", KV_Z("application", pg->application_name), KV_Z("reason", pg->break_text),
		 KV_U("retry_ms", pg->wait_ms));
	conn_close(pg);
	pg->state = PG_WAITING;
	conn_take_batches(pg, HMS_EUNAVAIL, pg->break_text, &batches);
	if (pg->break_code == HMS_ETIMEOUT && !hms_list_empty(&batches)) {
		/* The oldest one is the cause, the others only stood behind it. */
		pg_batch_fail(hms_container_of(batches.next, struct hms_pg_batch, node), HMS_ETIMEOUT, pg->break_text);
	}
	/* Up to a quarter more, so that many processes do not come back at once. */
	hms_timer_start(&pg->life, pg->wait_ms + arc4random_uniform((uint32_t)pg->wait_ms / 4 + 1));
	pg->wait_ms = pg->wait_ms * 2 < growth_max ? pg->wait_ms * 2 : growth_max;
	if (was_up) {
		hms_counter_inc(&pg_metrics.losses);
		if (pg->cb.down) {
			pg->cb.down(pg, pg->break_text, pg->arg);
		}
	}
	batches_end(&batches);
}

void pg_on_defer(struct hms_defer *defer, void *arg)
{
	struct hms_pg *pg = arg;
	struct hms_list failed;

	(void)defer;
	pg_ref(pg);
	hms_list_init(&failed);
	list_move(&pg->failed, &failed);
	if (pg->state == PG_BROKEN) {
		conn_drop(pg);
	}
	batches_end(&failed);
	pg_unref(pg);
}

static void conn_on_io(struct hms_io *io, int events, void *arg)
{
	struct hms_pg *pg = arg;

	(void)io;
	pg_ref(pg);
	if (events & HMS_IO_READ) {
		pg_receive(pg);
	}
	/* Without anything to write, too: libuv watches no longer what had an error (a server that has ended the session), though there is
	 * more to read, the end at last. */
	if (pg->state == PG_UP) {
		pg_flush(pg);
	}
	if (pg->state == PG_UP && pg->copying) {
		pg_copy_feed(pg);
		/* A server that refuses a row says so before the end, and what it said may have been read already. */
		pg_receive(pg);
	}
	if (pg->state == PG_UP) {
		pg_submit(pg);
	}
	pg_unref(pg);
}

static void conn_on_notice(void *arg, const PGresult *res)
{
	struct hms_pg *pg = arg;
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (hms_log_allow(&pg->notice_limit, 1, hms_loop_now_ms(pg->loop))) {
		log_info("postgres notice", KV_Z("application", pg->application_name), KV_Z("text", text ? text : ""));
	}
}

static void conn_on_up(struct hms_pg *pg)
{
	pg->prepared = hms_map_new(PG_PREPARED_MAX);
	if (!pg->prepared || PQsetnonblocking(pg->conn, 1) || !PQenterPipelineMode(pg->conn) ||
	    pg_watch_open(pg, conn_on_io, HMS_IO_READ)) {
		pg_break(pg, HMS_EUNAVAIL, "cannot prepare the connection");
		return;
	}
	hms_timer_stop(&pg->life);
	pg->state = PG_UP;
	pg->was_up = true;
	pg->wait_ms = (uint64_t)pg->conf.retry_wait;
	hms_gauge_add(&pg_metrics.up, 1);
	log_info("postgres connection is up", KV_Z("application", pg->application_name));
	pg_setup(pg);
	if (pg->cb.up) {
		pg->cb.up(pg, pg->arg);
	}
}

/* One step of connecting; each may have given the connection another descriptor. */
static void conn_poll(struct hms_io *io, int events, void *arg)
{
	struct hms_pg *pg = arg;
	int code = 0;

	(void)io;
	(void)events;
	pg_ref(pg);
	switch (PQconnectPoll(pg->conn)) {
	case PGRES_POLLING_READING:
		code = pg_watch_open(pg, conn_poll, HMS_IO_READ);
		break;
	case PGRES_POLLING_WRITING:
		code = pg_watch_open(pg, conn_poll, HMS_IO_WRITE);
		break;
	case PGRES_POLLING_OK:
		conn_on_up(pg);
		break;
	default:
		pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
		break;
	}
	if (code) {
		pg_break(pg, HMS_EUNAVAIL, hms_strerror(code));
	}
	pg_unref(pg);
}

static void conn_start(struct hms_pg *pg)
{
	const char *const names[] = { "dbname", "application_name", "client_encoding", NULL };
	const char *const values[] = { pg->dsn, pg->application_name, "UTF8", NULL };

	hms_counter_inc(&pg_metrics.connects);
	pg->state = PG_CONNECTING;
	pg->conn = PQconnectStartParams(names, values, 1);
	if (!pg->conn || PQstatus(pg->conn) == CONNECTION_BAD) {
		pg_break(pg, HMS_EUNAVAIL, pg->conn ? PQerrorMessage(pg->conn) : hms_strerror(HMS_ENOMEM));
		return;
	}
	PQsetNoticeReceiver(pg->conn, conn_on_notice, pg);
	hms_timer_start(&pg->life, (uint64_t)pg->conf.connect_timeout);
	if (pg_watch_open(pg, conn_poll, HMS_IO_WRITE)) {
		pg_break(pg, HMS_EUNAVAIL, "cannot watch the descriptor");
	}
}

static void conn_on_life(struct hms_timer *timer, void *arg)
{
	struct hms_pg *pg = arg;

	(void)timer;
	if (pg->state == PG_WAITING) {
		conn_start(pg);
	} else {
		pg_break(pg, HMS_EUNAVAIL, "no connection in time");
	}
}

/* The results come in order, so the oldest batch is the one that is late. */
static void conn_on_deadline(struct hms_timer *timer, void *arg)
{
	struct hms_pg *pg = arg;
	struct hms_list *oldest = !hms_list_empty(&pg->wire) ? pg->wire.next : pg->waiting.next;
	uint64_t age_ms;

	if (!pg->batches) {
		return;
	}
	age_ms = (hms_mono_us() - hms_container_of(oldest, struct hms_pg_batch, node)->sent_us) / 1000;
	if (age_ms >= (uint64_t)pg->conf.batch_timeout) {
		pg_break(pg, HMS_ETIMEOUT, "a batch took longer than batch_timeout");
		return;
	}
	hms_timer_start(timer, (uint64_t)pg->conf.batch_timeout - age_ms);
}

struct hms_pg *hms_pg_new(struct hms_loop *loop, const struct hms_pg_conf *conf, const char *application_name, const struct hms_pg_cb *cb,
			  void *arg)
{
	struct hms_pg *pg = calloc(1, sizeof(*pg));

	if (!pg) {
		return NULL;
	}
	pg->refs = 1;
	pg->loop = loop;
	pg->conf = *conf;
	pg->dsn = hms_str_dup(hms_str(conf->dsn));
	pg->application_name = hms_str_dup(hms_str(application_name));
	if (!pg->dsn || !pg->application_name) {
		pg_unref(pg);
		return NULL;
	}
	pg->cb = cb ? *cb : (struct hms_pg_cb){ 0 };
	pg->arg = arg;
	pg->wait_ms = (uint64_t)conf->retry_wait;
	hms_list_init(&pg->waiting);
	hms_list_init(&pg->wire);
	hms_list_init(&pg->failed);
	hms_timer_init(&pg->life, loop, conn_on_life, pg);
	hms_timer_init(&pg->deadline, loop, conn_on_deadline, pg);
	hms_defer_init(&pg->defer, pg_on_defer, pg);
	conn_start(pg);
	return pg;
}

void hms_pg_free(struct hms_pg **pg)
{
	struct hms_pg *p = *pg;
	struct hms_list batches, failed;

	*pg = NULL;
	if (!p) {
		return;
	}
	p->was_up = p->was_up || p->state == PG_UP;
	p->state = PG_CLOSED;
	hms_defer_cancel(&p->defer);
	conn_close(p);
	conn_take_batches(p, HMS_ECANCELED, hms_strerror(HMS_ECANCELED), &batches);
	hms_list_init(&failed);
	list_move(&p->failed, &failed);
	batches_end(&failed);
	batches_end(&batches);
	pg_unref(p);
}

bool hms_pg_is_up(const struct hms_pg *pg) { return pg->state == PG_UP; }

void hms_pg_reconnect(struct hms_pg *pg, const char *why) { pg_break(pg, HMS_EUNAVAIL, why); }
