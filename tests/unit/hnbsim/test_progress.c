/* The steps of the story behind "in service": in which order they come does not matter, and what is no step is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "progress.h"
#include "rig.h"

static struct progress progress;
static uint32_t made; /* bits */

static void on_step(struct cell *c, enum story_step step, uint64_t took_us, const struct progress_event *event)
{
	(void)c, (void)took_us, (void)event;
	made |= 1u << step;
}

static int open_story(void **state)
{
	int rc = rig_open(state);

	sim.steps = progress_steps(true);
	opt.deprovision = 1;
	progress_begin(&progress, cell);
	progress.next = STEP_ALARM_RAISED;
	made = 0;
	return rc;
}

/* A session has ended well. */
static void session_ended(uint32_t events, unsigned rpcs)
{
	struct session session = { .cell = cell, .event_bits = events, .rpcs = rpcs, .end = SESSION_DONE };

	progress_note(&progress, cell, 1, &(struct progress_event){ .ended = &session }, on_step);
}

static void do_everything(void)
{
	struct rpc_call call = { .written = 1 };

	cell->alarms.reported[FAULT_NEW] = cell->alarms.reported[FAULT_CLEARED] = 1;
	cell->pm.uploaded = 2;
	cell->cm_applied = cell->transfers_reported = 1;
	progress_note(&progress, cell, 1, &(struct progress_event){ .rpc = &call }, on_step);
}

static void core_has_the_old_steps_only(void **state)
{
	(void)state;
	sim.steps = progress_steps(false);
	assert_true(progress_makes(cell, STEP_IN_SERVICE) && progress_makes(cell, STEP_QUIET));
	assert_false(progress_makes(cell, STEP_ALARM_RAISED) || progress_makes(cell, STEP_DEPROVISIONED));
}

static void what_was_done_before_counts_at_once(void **state)
{
	(void)state;
	do_everything();
	assert_int_equal(progress.next, STEP_QUIET);
	session_ended(HMS_EVENT_PERIODIC, 0);
	assert_int_equal(progress.next, STEP_DEPROVISIONED);
}

static void a_step_waits_for_the_one_before(void **state)
{
	(void)state;
	cell->pm.uploaded = 2;
	session_ended(HMS_EVENT_PERIODIC, 0);
	assert_int_equal(progress.next, STEP_ALARM_RAISED);
	cell->alarms.reported[FAULT_NEW] = 1;
	session_ended(HMS_EVENT_PERIODIC, 0);
	assert_int_equal(progress.next, STEP_ALARM_CLEARED);
	assert_int_equal(made, 1u << STEP_ALARM_RAISED);
}

static void an_unlock_is_no_change_of_an_operator(void **state)
{
	struct rpc_call call = { .written = 1, .roles = ROLE_BIT(ROLE_ADMIN_STATE) };

	(void)state;
	progress_note(&progress, cell, 1, &(struct progress_event){ .rpc = &call }, on_step);
	assert_int_equal(progress.changes, 0);
}

static void a_reset_cell_is_de_provisioned_when_it_is_led_nowhere(void **state)
{
	(void)state;
	cell->resets = 1;
	progress.next = STEP_DEPROVISIONED;
	session_ended(HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT, 2); /* it was told something: DEP-04 is broken */
	assert_int_equal(progress.next, STEP_DEPROVISIONED);
	session_ended(HMS_EVENT_PERIODIC, 0);
	assert_int_equal(progress.next, STEP_DEPROVISIONED);
	session_ended(HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT, 0);
	assert_int_equal(progress.next, STEP_COUNT);
}

static void a_cell_without_its_gateway_is_de_provisioned_too(void **state)
{
	(void)state;
	progress.next = STEP_DEPROVISIONED;
	tree_set(&cell->tree, tree_role(&cell->tree, ROLE_GATEWAY), HMS_STR("192.0.2.1"), false);
	session_ended(HMS_EVENT_PERIODIC, 0);
	assert_int_equal(progress.next, STEP_DEPROVISIONED);
	tree_set(&cell->tree, tree_role(&cell->tree, ROLE_GATEWAY), HMS_STR(""), false);
	session_ended(HMS_EVENT_PERIODIC, 0);
	assert_int_equal(progress.next, STEP_COUNT);
}

static void only_so_many_cells_are_de_provisioned(void **state)
{
	(void)state;
	assert_true(progress_makes(cell, STEP_DEPROVISIONED));
	opt.deprovision = 0;
	assert_false(progress_makes(cell, STEP_DEPROVISIONED));
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_story, rig_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(core_has_the_old_steps_only),
		TEST(what_was_done_before_counts_at_once),
		TEST(a_step_waits_for_the_one_before),
		TEST(an_unlock_is_no_change_of_an_operator),
		TEST(a_reset_cell_is_de_provisioned_when_it_is_led_nowhere),
		TEST(a_cell_without_its_gateway_is_de_provisioned_too),
		TEST(only_so_many_cells_are_de_provisioned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
