/* What the lag of a partition means for an Inform. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/cwmp/cwmp.h"
#include "lag.h"

static const struct fe_conf conf = { .lag_limit_bootstrap = 10000, .lag_limit_other = 5000 };

static void bootstrap_and_boot_are_refused_in_a_backlog(void **state)
{
	static const uint32_t grave[] = { HMS_EVENT_BOOTSTRAP, HMS_EVENT_BOOT, HMS_EVENT_BOOT | HMS_EVENT_VALUE_CHANGE };

	(void)state;
	for (size_t i = 0; i < sizeof(grave) / sizeof(grave[0]); i++) {
		assert_int_equal(fe_admit(&conf, grave[i], 0), FE_ADMIT_HOLD);
		assert_int_equal(fe_admit(&conf, grave[i], 10000), FE_ADMIT_HOLD);
		assert_int_equal(fe_admit(&conf, grave[i], 10001), FE_ADMIT_REFUSE);
		assert_int_equal(fe_admit(&conf, grave[i], -1), FE_ADMIT_REFUSE);
	}
}

static void all_others_are_kept_but_do_not_wait_in_a_backlog(void **state)
{
	static const uint32_t others[] = { 0, HMS_EVENT_PERIODIC, HMS_EVENT_REPROVISION_SEGW, HMS_EVENT_TRANSFER_COMPLETE,
					   HMS_EVENT_OTHER };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(fe_admit(&conf, others[i], 5000), FE_ADMIT_HOLD);
		assert_int_equal(fe_admit(&conf, others[i], 5001), FE_ADMIT_NO_HOLD);
		assert_int_equal(fe_admit(&conf, others[i], -1), FE_ADMIT_NO_HOLD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bootstrap_and_boot_are_refused_in_a_backlog),
		cmocka_unit_test(all_others_are_kept_but_do_not_wait_in_a_backlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
