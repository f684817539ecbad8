/* Connections that have not shown who they are: how many there may be, in all and of one source. When all places are taken the oldest gives way: who
 * only holds on goes first, and a device that shows itself at once does not meet it. Sources that meet in a place share it, and no peer can choose its
 * place. */
#include "strangers.h"

#include <stdlib.h>

#include "hms/net/rate.h"

#define PLACES 16384

struct strangers {
	struct hms_listener_strangers opts;
	struct hms_list list; /* struct hms_conn, the oldest first */
	unsigned count;
	unsigned by_source[PLACES];
};

struct strangers *strangers_new(const struct hms_listener_strangers *opts)
{
	struct strangers *s = calloc(1, sizeof(*s));

	if (s) {
		s->opts = *opts;
		hms_list_init(&s->list);
	}
	return s;
}

void strangers_free(struct strangers **strangers)
{
	free(*strangers);
	*strangers = NULL;
}

static void count(uint64_t *counter)
{
	if (counter) {
		++*counter;
	}
}

static unsigned place_of(const struct hms_addr *source) { return (unsigned)(hms_rate_source(source) >> 1) % PLACES; }

bool strangers_room(struct strangers *s, const struct hms_addr *source)
{
	if (!s->opts.max_per_source || s->by_source[place_of(source)] < s->opts.max_per_source) {
		return true;
	}
	count(s->opts.limited);
	return false;
}

bool strangers_give_way(struct strangers *s)
{
	if (hms_list_empty(&s->list)) {
		return false;
	}
	count(s->opts.evicted);
	conn_finish(hms_container_of(s->list.next, struct hms_conn, stranger), HMS_CLOSE_CROWDED);
	return true;
}

void strangers_enter(struct strangers *s, struct hms_conn *conn)
{
	if (s->opts.max && s->count >= s->opts.max) {
		strangers_give_way(s);
	}
	conn->strangers = s;
	conn->stranger_place = place_of(&conn->peer);
	hms_list_push_back(&s->list, &conn->stranger);
	s->by_source[conn->stranger_place]++;
	s->count++;
}

void strangers_leave(struct hms_conn *conn)
{
	struct strangers *s = conn->strangers;

	if (!s) {
		return;
	}
	conn->strangers = NULL;
	hms_list_remove(&conn->stranger);
	s->by_source[conn->stranger_place]--;
	s->count--;
}

void hms_conn_known(struct hms_conn *conn) { strangers_leave(conn); }
