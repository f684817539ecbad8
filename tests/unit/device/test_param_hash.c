/* param_hash: what changes it and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/device/event.h"

#define PARAM(n, v)                                                         \
	{                                                                   \
		.name = { n, sizeof(n) - 1 }, .value = { v, sizeof(v) - 1 } \
	}

static const struct hms_cwmp_param version = PARAM("Device.DeviceInfo.SoftwareVersion", "1.2.3");
static const struct hms_cwmp_param key = PARAM("Device.ManagementServer.ParameterKey", "");

/* Stored beside HMS_PARAM_HASH_RULE: a change of these values needs a new rule. Computed by another program. */
static void rule_1_gives_its_values_for_ever(void **state)
{
	const struct hms_cwmp_param both[] = { version, key };

	(void)state;
	assert_int_equal(HMS_PARAM_HASH_RULE, 1);
	assert_true(hms_param_hash(&version, 1) == 0x9632264c4d2b6474u);
	assert_true(hms_param_hash(both, 2) == 0x499bb51b5aa12bf3u);
}

static void order_does_not_matter(void **state)
{
	const struct hms_cwmp_param one[] = { version, key }, other[] = { key, version };

	(void)state;
	assert_true(hms_param_hash(one, 2) == hms_param_hash(other, 2));
}

static void a_value_a_name_and_a_missing_parameter_matter(void **state)
{
	const struct hms_cwmp_param value = PARAM("Device.DeviceInfo.SoftwareVersion", "1.2.4");
	const struct hms_cwmp_param name = PARAM("Device.DeviceInfo.HardwareVersion", "1.2.3");
	const struct hms_cwmp_param both[] = { version, key };
	uint64_t base = hms_param_hash(&version, 1);

	(void)state;
	assert_true(hms_param_hash(&value, 1) != base);
	assert_true(hms_param_hash(&name, 1) != base);
	assert_true(hms_param_hash(both, 2) != base);
	assert_true(hms_param_hash(NULL, 0) != base);
}

static void swapped_values_and_moved_boundaries_matter(void **state)
{
	const struct hms_cwmp_param a[] = { PARAM("x", "1"), PARAM("y", "2") }, b[] = { PARAM("x", "2"), PARAM("y", "1") };
	const struct hms_cwmp_param c = PARAM("ab", "c"), d = PARAM("a", "bc");

	(void)state;
	assert_true(hms_param_hash(a, 2) != hms_param_hash(b, 2));
	assert_true(hms_param_hash(&c, 1) != hms_param_hash(&d, 1));
}

static void a_doubled_parameter_does_not_cancel_itself(void **state)
{
	const struct hms_cwmp_param twice[] = { version, version };

	(void)state;
	assert_true(hms_param_hash(twice, 2) != hms_param_hash(NULL, 0));
	assert_true(hms_param_hash(twice, 2) != hms_param_hash(&version, 1));
}

static void clock_like_parameters_do_not_matter(void **state)
{
	const struct hms_cwmp_param now[] = { version, PARAM("Device.DeviceInfo.UpTime", "5"),
					      PARAM("Device.Time.CurrentLocalTime", "2026") };
	const struct hms_cwmp_param later[] = { version, PARAM("Device.DeviceInfo.uptime", "66"),
						PARAM("Device.Time.CurrentLocalTime", "2027") };

	(void)state;
	assert_true(hms_param_hash(now, 3) == hms_param_hash(later, 3));
	assert_true(hms_param_hash(now, 3) == hms_param_hash(&version, 1));
}

static void names_that_only_look_like_clocks_matter(void **state)
{
	const struct hms_cwmp_param a[] = { PARAM("Device.X.MaxUpTime", "1"), PARAM("Device.FAP.GPS.LastScanTime", "1"),
					    PARAM("UpTime", "1") };
	struct hms_cwmp_param b[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		memcpy(b, a, sizeof(b));
		b[i].value = HMS_STR("2");
		assert_true(hms_param_hash(a, 3) != hms_param_hash(b, 3));
	}
}

static void an_empty_list_has_a_hash_that_is_not_0(void **state)
{
	(void)state;
	assert_true(hms_param_hash(NULL, 0) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_gives_its_values_for_ever),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(a_value_a_name_and_a_missing_parameter_matter),
		cmocka_unit_test(swapped_values_and_moved_boundaries_matter),
		cmocka_unit_test(a_doubled_parameter_does_not_cancel_itself),
		cmocka_unit_test(clock_like_parameters_do_not_matter),
		cmocka_unit_test(names_that_only_look_like_clocks_matter),
		cmocka_unit_test(an_empty_list_has_a_hash_that_is_not_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
