/* Which steps of the story a cell has made. */
#include "progress.h"

#include "hms/base/clock.h"

static const struct {
	const char *name;
	bool initial, both, other;
} steps[] = {
#define STORY_STEP(id, name, initial, both, other) { name, initial, both, other },
#include "story_steps.def"
#undef STORY_STEP
};

const char *story_step_name(enum story_step step) { return steps[step].name; }

bool progress_makes(const struct cell *cell, enum story_step step)
{
	if (!model_has(cell->tree.model, ROLE_ADMIN_STATE))
		return steps[step].other;
	return cell->kind->home == HOME_BOTH ? steps[step].both : steps[step].initial;
}

static void skip(struct progress *progress, const struct cell *cell)
{
	while (progress->next < STEP_COUNT && !progress_makes(cell, progress->next))
		progress->next++;
}

void progress_begin(struct progress *progress, const struct cell *cell)
{
	*progress = (struct progress){ .step_us = hms_mono_us() };
	skip(progress, cell);
}

static bool has_text(const struct cell *cell, enum model_role role)
{
	char scratch[TREE_SCRATCH];

	return cell_role_text(cell, role, scratch).len > 0;
}

static bool is_true(const struct cell *cell, enum model_role role)
{
	struct tree_env env = cell_env(cell);

	return tree_role_bool(&cell->tree, role, &env);
}

/* ---- when a step is made ---- */
typedef bool step_made(const struct progress *progress, const struct cell *cell, const struct progress_event *event);

static bool made_power_up(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress;
	return event->informed && (event->informed->event_bits & HMS_EVENT_BOOTSTRAP) && cell->group == cell->home;
}

/* A serving SeGW, and where the HMS is another one its URL (U-DISC-06, L-DISC-05). */
static bool made_discovery(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress;
	return event->rpc && (event->rpc->roles & ROLE_BIT(ROLE_SEGW)) && has_text(cell, ROLE_SEGW) &&
	       cell->url_changed == (cell->kind->home == HOME_INITIAL);
}

static bool made_registration(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress;
	return event->informed && (event->informed->event_bits & HMS_EVENT_BOOTSTRAP) && cell->group != cell->home;
}

/* Values of the serving role (U-REG-04, L-REG-02); the gateway may have come with the discovery. */
static bool made_configured(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	uint32_t unlock = ROLE_BIT(ROLE_ADMIN_STATE) | ROLE_BIT(ROLE_PARAMETER_KEY);

	(void)progress;
	if (!event->rpc || event->rpc->written == 0 || !has_text(cell, ROLE_GATEWAY))
		return false;
	return event->rpc->written > 1 || (event->rpc->roles & ~unlock) || is_true(cell, ROLE_ADMIN_STATE);
}

static bool made_unlocked(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress;
	return event->rpc && (event->rpc->roles & ROLE_BIT(ROLE_ADMIN_STATE)) && is_true(cell, ROLE_ADMIN_STATE);
}

static bool made_in_service(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress;
	return event->informed && (event->informed->event_bits & HMS_EVENT_VALUE_CHANGE) && is_true(cell, ROLE_OP_STATE);
}

static bool made_quiet(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress, (void)cell;
	return event->ended && event->ended->end == SESSION_DONE;
}

static step_made *const made_by[] = {
	[STEP_POWER_UP] = made_power_up,     [STEP_DISCOVERY] = made_discovery, [STEP_REGISTRATION] = made_registration,
	[STEP_CONFIGURED] = made_configured, [STEP_UNLOCKED] = made_unlocked,	[STEP_IN_SERVICE] = made_in_service,
	[STEP_QUIET] = made_quiet,
};

/* A session of one 2 PERIODIC alone, in which the HMS asked nothing. */
static void count_quiet(struct progress *progress, const struct session *ended)
{
	progress->failed_before |= ended->end != SESSION_DONE;
	if (progress->next == STEP_QUIET && ended->end == SESSION_DONE && ended->event_bits == HMS_EVENT_PERIODIC && ended->rpcs == 0)
		progress->quiet++;
}

void progress_note(struct progress *progress, struct cell *cell, uint32_t quiet, const struct progress_event *event, progress_made *made)
{
	if (event->ended)
		count_quiet(progress, event->ended);
	if (event->informed)
		progress->inform_us = hms_wall_us() - (int64_t)(hms_mono_us() - event->informed->inform_us);
	while (progress->next < STEP_COUNT && made_by[progress->next](progress, cell, event)) {
		enum story_step step = progress->next;
		uint64_t now_us = hms_mono_us();

		if (step == STEP_QUIET && progress->quiet < quiet)
			return;
		if (step == STEP_DISCOVERY)
			progress->discovery_inform = cell->informs;
		if (step == STEP_CONFIGURED && cell->kind->home == HOME_BOTH)
			progress->split = progress->discovery_inform != cell->informs && !progress->failed_before;
		progress->next++;
		skip(progress, cell);
		made(cell, step, now_us - progress->step_us, event);
		progress->step_us = now_us;
		if (step != STEP_CONFIGURED) /* which may come in one RPC with AdminState */
			return;
	}
}
