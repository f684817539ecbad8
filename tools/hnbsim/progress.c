/* Which steps of the story a cell has made. */
#include "progress.h"

#include "hms/base/clock.h"

#define PM_UPLOADS 2 /* periods */

static const struct {
	const char *name;
	bool core, initial, both, other;
} steps[] = {
#define STORY_STEP(id, ...) { __VA_ARGS__ },
#include "story_steps.def"
#undef STORY_STEP
};

const char *story_step_name(enum story_step step) { return steps[step].name; }

uint32_t progress_steps(bool all)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < STEP_COUNT; i++)
		bits |= all || steps[i].core ? 1u << i : 0;
	return bits;
}

bool progress_makes(const struct cell *cell, enum story_step step)
{
	if (!(cell->sim->steps & (1u << step)))
		return false;
	if (step == STEP_DEPROVISIONED && (int64_t)cell->index >= cell->sim->opt->deprovision)
		return false;
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

/* ---- steps in any order: what the cell has done so far counts ---- */
static bool made_alarm_raised(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress, (void)event;
	return cell->alarms.reported[FAULT_NEW] > 0;
}

static bool made_alarm_cleared(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress, (void)event;
	return cell->alarms.reported[FAULT_CLEARED] > 0;
}

static bool made_pm_uploads(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress, (void)event;
	return cell->pm.uploaded >= PM_UPLOADS;
}

static bool made_cm_file(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress, (void)event;
	return cell->cm_applied > 0 && cell->transfers_reported > 0;
}

static bool made_changed(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)cell, (void)event;
	return progress->changes > 0;
}

/* It was reset (DEP-02), or what made it serve was taken from it (DEP-03); and where it asked after that it was led nowhere (DEP-04). */
static bool made_deprovisioned(const struct progress *progress, const struct cell *cell, const struct progress_event *event)
{
	(void)progress;
	if (!event->ended || event->ended->end != SESSION_DONE || event->ended->rpcs > 0)
		return false;
	if (cell->resets > 0)
		return (event->ended->event_bits & HMS_EVENT_BOOTSTRAP) != 0;
	return !is_true(cell, ROLE_ADMIN_STATE) && !has_text(cell, ROLE_GATEWAY);
}

static step_made *const made_by[] = {
	[STEP_POWER_UP] = made_power_up,
	[STEP_DISCOVERY] = made_discovery,
	[STEP_REGISTRATION] = made_registration,
	[STEP_CONFIGURED] = made_configured,
	[STEP_UNLOCKED] = made_unlocked,
	[STEP_IN_SERVICE] = made_in_service,
	[STEP_QUIET] = made_quiet,
	[STEP_ALARM_RAISED] = made_alarm_raised,
	[STEP_ALARM_CLEARED] = made_alarm_cleared,
	[STEP_PM_UPLOADS] = made_pm_uploads,
	[STEP_CM_FILE] = made_cm_file,
	[STEP_CHANGED] = made_changed,
	[STEP_DEPROVISIONED] = made_deprovisioned,
};

static const uint32_t in_any_order =
	1u << STEP_ALARM_RAISED | 1u << STEP_ALARM_CLEARED | 1u << STEP_PM_UPLOADS | 1u << STEP_CM_FILE | 1u << STEP_CHANGED;

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
	if (event->rpc && progress->next > STEP_IN_SERVICE && event->rpc->written == 1 && !(event->rpc->roles & ROLE_BIT(ROLE_ADMIN_STATE)))
		progress->changes++;
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
		/* CONFIGURED may come in one RPC with AdminState; those of in_any_order may all have been made before */
		if (step != STEP_CONFIGURED && !(in_any_order & (1u << step)))
			return;
	}
}
