/* The pressure on this front end: measured, shown, and said when it changes what is refused. */
#include "shed.h"

#include <stdlib.h>

#define PERIOD_MS 100
#define CALM_MS 5000 /* before less is refused than the log says */

struct fe_shed {
	struct fe *fe;
	struct hms_timer timer;
	int64_t looked_us;
	uint64_t progress_ms; /* since then no record was acknowledged that was sent */
	unsigned pending;
	struct fe_signals now; /* without lag: that is the partition's */
	int64_t produce_us;    /* the greatest of late, fading */
	unsigned refusing;     /* as logged: turns of which some are refused */
	uint64_t calm_at_ms;
};

void fe_shed_sent(struct fe_shed *s)
{
	if (s->pending++ == 0)
		s->progress_ms = hms_loop_now_ms(s->fe->loop);
}

void fe_shed_settled(struct fe_shed *s)
{
	s->pending--;
	s->progress_ms = hms_loop_now_ms(s->fe->loop);
}

void fe_shed_kept(struct fe_shed *s, uint64_t us)
{
	if ((int64_t)us > s->produce_us)
		s->produce_us = (int64_t)us;
}

/* ---- what is said ---- */

static unsigned turns_refused(unsigned pressure)
{
	unsigned count = 0;

	for (enum fe_turn turn = 0; turn < FE_TURN_COUNT; turn++)
		count += fe_shed_permille(turn, pressure) > 0;
	return count;
}

static void log_change(const struct fe_shed *s, const struct fe_signals *now)
{
	static const char *const states[] = { "none", "periodic", "all that is not urgent", "some of all" };

	hms_log(s->refusing ? HMS_LOG_WARN : HMS_LOG_INFO, "overload", KV_Z("refused", states[s->refusing]),
		KV_I("produce_ms", now->produce_ms), KV_I("loop_ms", now->loop_ms), KV_I("lag_ms", now->lag_ms));
}

/* More at once; less once it has been less for a while. */
static void tell(struct fe_shed *s, const struct fe_signals *now, uint64_t now_ms)
{
	unsigned refusing = turns_refused(fe_pressure(s->fe->conf, now));

	if (refusing >= s->refusing)
		s->calm_at_ms = now_ms + CALM_MS;
	if (refusing > s->refusing || (refusing < s->refusing && now_ms >= s->calm_at_ms)) {
		s->refusing = refusing;
		log_change(s, now);
	}
	hms_gauge_set(&s->fe->m.refusing, s->refusing);
	hms_gauge_set(&s->fe->m.pressure, fe_pressure(s->fe->conf, now));
}

/* ---- what is measured ---- */

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct fe_shed *s = arg;
	int64_t now_us = hms_mono_us();
	uint64_t now_ms = hms_loop_now_ms(s->fe->loop);
	int64_t late_ms = (now_us - s->looked_us) / 1000 - PERIOD_MS;
	int64_t silent_ms = s->pending ? (int64_t)(now_ms - s->progress_ms) : 0;
	struct fe_signals now;

	s->looked_us = now_us;
	s->now.loop_ms = late_ms > s->now.loop_ms ? late_ms : s->now.loop_ms * 9 / 10;
	s->now.produce_ms = silent_ms > s->produce_us / 1000 ? silent_ms : s->produce_us / 1000;
	s->produce_us = s->produce_us * 9 / 10;
	now = s->now;
	now.lag_ms = s->fe->m.lag_max_ms.value;
	tell(s, &now, now_ms);
	hms_timer_start(timer, PERIOD_MS);
}

bool fe_sheds(struct fe_shed *s, uint32_t classes, uint32_t retry_count, int64_t lag_ms, enum fe_turn *turn)
{
	struct fe_signals now = s->now;
	unsigned permille;

	*turn = fe_turn(classes, retry_count);
	now.lag_ms = lag_ms;
	permille = fe_shed_permille(*turn, fe_pressure(s->fe->conf, &now));
	return permille > 0 && hms_random_u64() % 1000 < permille;
}

struct fe_shed *fe_shed_new(struct fe *fe)
{
	struct fe_shed *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fe = fe;
	s->looked_us = hms_mono_us();
	hms_timer_init(&s->timer, fe->loop, on_timer, s);
	hms_timer_start(&s->timer, PERIOD_MS);
	return s;
}

void fe_shed_free(struct fe_shed **shed)
{
	if (!*shed)
		return;
	hms_timer_stop(&(*shed)->timer);
	free(*shed);
	*shed = NULL;
}
