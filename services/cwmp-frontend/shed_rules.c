/* Who gives way at which pressure. */
#include "hms/cwmp/cwmp.h"
#include "shed.h"

/* RetryCount at which a device has waited for minutes (TR-069 table 3). */
#define RETRIED_OFTEN 4
#define LAG_MOST 1000

static const struct {
	unsigned from, to;
} turns[FE_TURN_COUNT] = {
#define FE_TURN(id, label, from, to) { from, to },
#include "turns.def"
#undef FE_TURN
};

enum fe_turn fe_turn(uint32_t classes, uint32_t retry_count)
{
	static const uint32_t by_time = HMS_EVENT_PERIODIC | HMS_EVENT_SCHEDULED | HMS_EVENT_HEARTBEAT;
	static const uint32_t later = HMS_EVENT_CONNECTION_REQUEST | HMS_EVENT_KICKED | HMS_EVENT_REQUEST_DOWNLOAD | HMS_EVENT_WAKEUP |
				      HMS_EVENT_VENDOR | HMS_EVENT_OTHER;
	enum fe_turn turn = FE_TURN_URGENT;

	if (!(classes & ~by_time))
		turn = FE_TURN_PERIODIC;
	else if (!(classes & ~(by_time | later)))
		turn = FE_TURN_OTHER;
	return turn != FE_TURN_URGENT && retry_count >= RETRIED_OFTEN ? turn + 1 : turn;
}

static unsigned share(int64_t is, int64_t limit, unsigned most)
{
	int64_t permille = limit > 0 && is > 0 ? is * 1000 / limit : 0;

	return permille < most ? (unsigned)permille : most;
}

unsigned fe_pressure(const struct fe_conf *conf, const struct fe_signals *s)
{
	const unsigned shares[] = {
		share(s->produce_ms, conf->shed_produce, UINT16_MAX),
		share(s->loop_ms, conf->shed_loop, UINT16_MAX),
		share(s->lag_ms, conf->shed_lag, LAG_MOST),
	};
	unsigned most = 0;

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		most = shares[i] > most ? shares[i] : most;
	return most;
}

unsigned fe_shed_permille(enum fe_turn turn, unsigned pressure)
{
	unsigned from = turns[turn].from, to = turns[turn].to;

	if (pressure <= from)
		return 0;
	return pressure >= to ? 1000 : (pressure - from) * 1000 / (to - from);
}
