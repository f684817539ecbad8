/* Sessions that wait for a decision. The wake-up is a hint; what TAKE says is the truth. */
#include "hold.h"

#include <stdlib.h>

#include "post.h"
#include "take.h"

/* After a wipe of Redis or a lost wake-up nobody waits longer than these. */
#define SOON_MS 250
#define LATER_MS 1000
/* Spreads the questions of all waiters after a reconnection. */
#define SPREAD_MS 100
/* The map's own cap; waiters_max is checked before. */
#define MAP_CAP 1000000

struct fe_waiters {
	struct fe *fe;
	struct hms_list by_rank[FE_RANK_COUNT];
	struct hms_map *by_device; /* one a device: whoever opens one session after the other takes no more than that */
};

static struct fe_post *post_of(struct hms_list *node) { return hms_container_of(node, struct fe_post, waiter.node); }

static struct fe_post *waiter_of(struct fe_waiters *ws, struct hms_device_id device)
{
	return hms_map_get(ws->by_device, device.b, sizeof(device.b));
}

void fe_hold_leave(struct fe_post *p)
{
	struct fe_waiters *ws = p->fe->waiters;

	if (!p->waiter.waits)
		return;
	p->waiter.waits = false;
	hms_timer_stop(&p->waiter.timer);
	hms_list_remove(&p->waiter.node);
	if (waiter_of(ws, p->s.device) == p)
		hms_map_del(ws->by_device, p->s.device.b, sizeof(p->s.device.b));
	hms_gauge_set(&p->fe->m.waiters, (int64_t)hms_map_count(ws->by_device));
}

/* The longest waiting one of the lowest class below rank; NULL if there is none. */
static struct fe_post *lowest_below(struct fe_waiters *ws, enum fe_rank rank)
{
	for (enum fe_rank r = 0; r < rank; r++)
		if (!hms_list_empty(&ws->by_rank[r]))
			return post_of(ws->by_rank[r].next);
	return NULL;
}

/* Makes one end as at its limit. */
static void end_now(struct fe_post *p)
{
	hms_counter_inc(&p->fe->m.waiters_evicted);
	fe_hold_leave(p);
	p->at_limit = true;
	if (p->waiter.asking)
		p->waiter.again = true;
	else
		fe_take(p);
}

static bool make_room(struct fe_waiters *ws, enum fe_rank rank)
{
	struct fe_post *other;

	if (hms_map_count(ws->by_device) < (size_t)ws->fe->conf->waiters_max)
		return true;
	other = lowest_below(ws, rank);
	if (!other)
		return false;
	end_now(other);
	return true;
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct fe_post *p = arg;

	(void)timer;
	if (!p->waiter.asking)
		fe_take(p);
}

/* A newer Inform supersedes the session (contracts 2): the older one ends as at its limit. Returns whether p may wait. */
static bool is_newest(struct fe_waiters *ws, const struct fe_post *p)
{
	struct fe_post *other = waiter_of(ws, p->s.device);

	if (other && other->s.inform_us > p->s.inform_us)
		return false;
	if (other)
		end_now(other);
	return true;
}

static bool enter(struct fe_post *p)
{
	struct fe_waiters *ws = p->fe->waiters;
	enum fe_rank rank = fe_session_rank(p->s.classes);

	if (!is_newest(ws, p) || !make_room(ws, rank) || hms_map_put(ws->by_device, p->s.device.b, sizeof(p->s.device.b), p))
		return false;
	p->waiter.waits = true;
	p->waiter.asked = 0;
	hms_list_push_back(&ws->by_rank[rank], &p->waiter.node);
	hms_timer_init(&p->waiter.timer, p->fe->loop, on_timer, p);
	hms_gauge_set(&p->fe->m.waiters, (int64_t)hms_map_count(ws->by_device));
	return true;
}

void fe_hold_park(struct fe_post *p)
{
	int64_t left_ms = (p->s.hold_until_us - hms_wall_us()) / 1000 + 1;
	int64_t wait_ms;

	if (!p->waiter.waits && !enter(p)) {
		p->at_limit = true;
		hms_counter_inc(&p->fe->m.waiters_evicted);
		fe_take(p);
		return;
	}
	fe_post_drop_work(p);
	wait_ms = p->waiter.asked++ < 2 ? SOON_MS : LATER_MS;
	if (wait_ms > left_ms)
		wait_ms = left_ms > 0 ? left_ms : 0;
	hms_timer_start(&p->waiter.timer, (uint64_t)wait_ms);
}

void fe_hold_wake(struct fe_waiters *ws, struct hms_device_id device, uint64_t sid)
{
	struct fe_post *p = waiter_of(ws, device);

	if (!p || p->s.sid != sid)
		return;
	hms_counter_inc(&ws->fe->m.wakes);
	if (p->waiter.asking) {
		p->waiter.again = true;
		return;
	}
	hms_timer_stop(&p->waiter.timer);
	fe_take(p);
}

void fe_hold_drop(struct fe_waiters *ws, struct hms_device_id device, uint64_t sid)
{
	struct fe_post *p = waiter_of(ws, device);

	if (!p || p->s.sid != sid)
		return;
	fe_hold_leave(p);
	if (p->req)
		hms_http_req_abort(p->req);
}

void fe_hold_ask_all(struct fe_waiters *ws)
{
	struct hms_list *it, *next;

	for (enum fe_rank rank = 0; rank < FE_RANK_COUNT; rank++)
		hms_list_foreach(it, next, &ws->by_rank[rank]) {
			struct fe_post *p = post_of(it);

			if (!p->waiter.asking)
				hms_timer_start(&p->waiter.timer, p->s.sid % SPREAD_MS);
			else
				p->waiter.again = true;
		}
}

struct fe_waiters *fe_waiters_new(struct fe *fe)
{
	struct fe_waiters *ws = calloc(1, sizeof(*ws));

	if (!ws)
		return NULL;
	ws->fe = fe;
	for (enum fe_rank rank = 0; rank < FE_RANK_COUNT; rank++)
		hms_list_init(&ws->by_rank[rank]);
	ws->by_device = hms_map_new(MAP_CAP);
	if (!ws->by_device) {
		free(ws);
		return NULL;
	}
	return ws;
}

void fe_waiters_free(struct fe_waiters **waiters)
{
	struct fe_waiters *ws = *waiters;

	if (!ws)
		return;
	for (enum fe_rank rank = 0; rank < FE_RANK_COUNT; rank++)
		while (!hms_list_empty(&ws->by_rank[rank]))
			fe_hold_leave(post_of(ws->by_rank[rank].next));
	hms_map_free(&ws->by_device);
	free(ws);
	*waiters = NULL;
}
