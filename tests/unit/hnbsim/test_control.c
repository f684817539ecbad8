/* Lines of --control, and devices that lack an RPC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control.h"
#include "rig.h"

static int control(const char *line) { return control_line(&sim, hms_str(line)); }

static void alarms_are_raised_changed_and_cleared(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_int_equal(control("raise SIM00000001\n"), 0);
	assert_int_equal(cell->alarms.faults.active_count, 1);
	assert_int_equal(control("change all"), 0);
	assert_true(is_set("Device.FaultMgmt.ExpeditedEvent.2.NotificationType", "ChangedAlarm"));
	assert_int_equal(control("clear all"), 0);
	assert_int_equal(cell->alarms.faults.active_count, 0);
}

static void a_cell_reboots_when_told(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 204 }, { 200, "INFORM" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	sim.stopping = false;
	assert_int_equal(control("raise all"), 0);
	assert_int_equal(control("reboot SIM00000001"), 0);
	run_sessions(2);
	assert_true(inform_has(2, "1 BOOT"));
	assert_int_equal(cell->alarms.faults.active_count, 0);
}

static void what_is_no_command_is_told(void **state)
{
	static const char *const bad[] = { "", "raise", "dance all", "raise SIM00000002", "raise all all", "\xff\xfe" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(control(bad[i]), HMS_ESYNTAX);
}

static int open_hnb2(void **state)
{
	static char kind[] = "hnb2-both";

	*state = kind;
	return rig_open(state);
}

/* DEP-03 is for them: de-provisioned by SetParameterValues. */
static void a_kind_without_factory_reset_says_so(void **state)
{
	(void)state;
	PLAY({ 200, "INFORM" }, { 200, "<cwmp:GetRPCMethods/>" }, { 200, "<cwmp:FactoryReset/>" }, { 204 });
	cell_power_up(cell);
	run_sessions(1);
	assert_non_null(strstr(acs.got[2].body, "<string>Download</string>"));
	assert_null(strstr(acs.got[2].body, "FactoryReset"));
	assert_non_null(strstr(acs.got[3].body, "<FaultCode>9000</FaultCode>"));
	assert_int_equal(cell->resets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(alarms_are_raised_changed_and_cleared),
		TEST(a_cell_reboots_when_told),
		TEST(what_is_no_command_is_told),
		cmocka_unit_test_setup_teardown(a_kind_without_factory_reset_says_so, open_hnb2, rig_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
