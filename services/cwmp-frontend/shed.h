/** Overload: which Informs are answered 503 when they have been read and before they cost more, and how that is measured (contracts 4). Who reports on
 *  time alone gives way first; alarms, transfers and restarts last. */
#ifndef FE_SHED_H
#define FE_SHED_H

#include "fe.h"

enum fe_turn {
#define FE_TURN(id, label, from, to) FE_TURN_##id,
#include "turns.def"
#undef FE_TURN
	FE_TURN_COUNT
};

/** The turn of an Inform with these events, one later for who was refused often: nobody shall starve. Pure. */
enum fe_turn fe_turn(uint32_t classes, uint32_t retry_count);

/** What is measured, in ms. */
struct fe_signals {
	int64_t produce_ms; /* how long a record takes until it is kept */
	int64_t loop_ms;    /* how late the loop comes to what is due */
	int64_t lag_ms;	    /* of the device's partition; -1: not reported */
};
/** How near the nearest limit is, in thousandths of it. Lag counts up to 1000 only: what is urgent is kept even so. Pure. */
unsigned fe_pressure(const struct fe_conf *conf, const struct fe_signals *signals);

/** How many of 1000 Informs of that turn are refused. Pure. */
unsigned fe_shed_permille(enum fe_turn turn, unsigned pressure);

struct fe_shed;
/** Looks each 100 ms. NULL when out of memory. */
struct fe_shed *fe_shed_new(struct fe *fe);
void fe_shed_free(struct fe_shed **shed);

/** A record was given to Kafka; one was acknowledged, or has failed. */
void fe_shed_sent(struct fe_shed *shed);
void fe_shed_settled(struct fe_shed *shed);
/** An Inform took so long from its last byte until it was kept. */
void fe_shed_kept(struct fe_shed *shed, uint64_t us);

/** Whether this Inform is refused, by chance as fe_shed_permille() says; *turn is its turn. */
bool fe_sheds(struct fe_shed *shed, uint32_t classes, uint32_t retry_count, int64_t lag_ms, enum fe_turn *turn);

#endif
