/* A ping that is not sent: hosts under .invalid cannot be resolved, all others answer. */
#include "ping.h"

#include "cell.h"
#include "session.h"

#define RUN_MS 50

static bool has_ping(const struct cell *cell) { return model_has(cell->tree.model, ROLE_PING_STATE); }

static void set(struct cell *cell, enum model_role role, struct hms_str value)
{
	if (model_has(cell->tree.model, role))
		tree_set(&cell->tree, tree_role(&cell->tree, role), value, true);
}

static bool is_requested(const struct cell *cell)
{
	char scratch[TREE_SCRATCH];

	return has_ping(cell) && hms_str_eqz(cell_role_text(cell, ROLE_PING_STATE, scratch), "Requested");
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct cell *cell = arg;
	struct tree_env env = cell_env(cell);
	char scratch[TREE_SCRATCH], count[24];
	bool resolved;

	(void)timer;
	if (cell->session || cell->state != CELL_UP || !is_requested(cell))
		return; /* ping_next() is called when the session is over */
	resolved = !hms_str_ends(cell_role_text(cell, ROLE_PING_HOST, scratch), HMS_STR(".invalid"));
	snprintf(count, sizeof(count), "%lld", resolved ? (long long)tree_role_int(&cell->tree, ROLE_PING_REPETITIONS, &env, 1) : 0LL);
	set(cell, ROLE_PING_SUCCESS, hms_str(count));
	set(cell, ROLE_PING_STATE, resolved ? HMS_STR("Complete") : HMS_STR("Error_CannotResolveHostName"));
	cell_record_state(cell, "ping", resolved ? HMS_STR("Complete") : HMS_STR("Error_CannotResolveHostName"));
	events_add(&cell->events, HMS_EVENT_DIAGNOSTICS_COMPLETE);
	cell_schedule(cell);
}

void ping_init(struct cell *cell) { hms_timer_init(&cell->ping_timer, cell->sim->loop, on_timer, cell); }

/* Writing an argument stops a test that runs (TR-106 3.3.2), unless it is asked for in the same call. */
void ping_changed(struct cell *cell, uint32_t roles)
{
	const uint32_t arguments = ROLE_BIT(ROLE_PING_HOST) | ROLE_BIT(ROLE_PING_REPETITIONS);

	if (has_ping(cell) && (roles & arguments) && !(roles & ROLE_BIT(ROLE_PING_STATE)))
		ping_stop(cell);
}

void ping_next(struct cell *cell)
{
	if (cell->state == CELL_UP && is_requested(cell))
		hms_timer_start(&cell->ping_timer, RUN_MS);
}

void ping_stop(struct cell *cell)
{
	hms_timer_stop(&cell->ping_timer);
	if (has_ping(cell))
		tree_unset(&cell->tree, tree_role(&cell->tree, ROLE_PING_STATE));
}
