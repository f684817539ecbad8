/* The parameters of one cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_model.h"

static struct tiny tiny;

static int open_tiny(void **state)
{
	(void)state;
	return tiny_open(&tiny);
}

static int close_tiny(void **state)
{
	(void)state;
	tiny_close(&tiny);
	return 0;
}

static struct tree_ref ref_of(const char *name)
{
	struct tree_ref ref;

	assert_true(tree_find(&tiny.tree, hms_str(name), &ref));
	return ref;
}

static void values_are_the_models_until_they_are_set(void **state)
{
	(void)state;
	assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "One"));
	assert_true(tiny_value_is(&tiny, "Device.ManagementServer.URL", "http://acs/"));
	assert_int_equal(tree_set(&tiny.tree, ref_of("Device.Radio.Mode"), HMS_STR("All"), false), 0);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "All"));
	tree_unset(&tiny.tree, ref_of("Device.Radio.Mode"));
	assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "One"));
}

static void names_are_found_exactly(void **state)
{
	static const char *const absent[] = { "",
					      "Device.",
					      "Device.Radio",
					      "Device.Radio.Mod",
					      "Device.Radio.Modes",
					      "Device.Radio.Neighbour.2.CID",
					      "Device.Radio.Neighbour.1.",
					      "Device.Radio.Neighbour.0.CID",
					      "Device.Radio.Neighbour.x.CID",
					      "Device.Radio.Neighbour.1.CID.",
					      "Device.Radio.Neighbour.99999999999999999999.CID" };
	struct tree_ref ref;

	(void)state;
	assert_true(tree_find(&tiny.tree, HMS_STR("Device.Radio.Neighbour.1.CID"), &ref));
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		assert_false(tree_find(&tiny.tree, hms_str(absent[i]), &ref));
}

static void many_settings_stay_sorted_and_found(void **state)
{
	static const char *const names[] = { "Device.Radio.SecGW",
					     "Device.ManagementServer.Username",
					     "Device.Radio.Gateway",
					     "Device.ManagementServer.URL",
					     "Device.Radio.Mode",
					     "Device.Radio.Neighbour.1.CID",
					     "Device.ManagementServer.Password",
					     "Device.Radio.AdminState",
					     "Device.Radio.OpState" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(tree_set(&tiny.tree, ref_of(names[i]), hms_str(names[i]), false), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(tiny_value_is(&tiny, names[i], names[i]));
}

static void only_changes_by_the_device_that_notify_are_to_be_reported(void **state)
{
	(void)state;
	tree_set(&tiny.tree, ref_of("Device.Radio.OpState"), HMS_STR("1"), false);
	tree_set(&tiny.tree, ref_of("Device.Radio.Mode"), HMS_STR("All"), true);
	assert_int_equal(tree_changes(&tiny.tree), 0);
	tree_set(&tiny.tree, ref_of("Device.Radio.OpState"), HMS_STR("0"), true);
	assert_int_equal(tree_changes(&tiny.tree), 2);
	tree_set_notify(&tiny.tree, ref_of("Device.Radio.OpState"), 1);
	assert_int_equal(tree_changes(&tiny.tree), 1);
}

static void a_change_after_the_inform_was_sent_stays_to_be_reported(void **state)
{
	uint32_t sent;

	(void)state;
	tree_set(&tiny.tree, ref_of("Device.Radio.OpState"), HMS_STR("1"), true);
	sent = tiny.tree.change_count;
	tree_set(&tiny.tree, ref_of("Device.Radio.OpState"), HMS_STR("0"), true);
	tree_clear_changes(&tiny.tree, sent);
	assert_int_equal(tree_changes(&tiny.tree), 2);
	tree_clear_changes(&tiny.tree, tiny.tree.change_count);
	assert_int_equal(tree_changes(&tiny.tree), 0);
}

static void pinned_notification_cannot_be_turned_off_and_new_rows_have_none(void **state)
{
	(void)state;
	tree_set_notify(&tiny.tree, ref_of("Device.Radio.Firmware"), 0);
	assert_int_equal(tree_notify(&tiny.tree, ref_of("Device.Radio.Firmware")), 2);
	assert_int_equal(tree_notify(&tiny.tree, ref_of("Device.Radio.Neighbour.1.Active")), 0);
	tree_set_notify(&tiny.tree, ref_of("Device.Radio.Neighbour.1.Active"), 2);
	assert_int_equal(tree_notify(&tiny.tree, ref_of("Device.Radio.Neighbour.1.Active")), 2);
}

static void rows_come_and_go(void **state)
{
	uint16_t table = tree_find_table(&tiny.tree, HMS_STR("Device.Radio.Neighbour."));

	(void)state;
	assert_int_equal(tree_add_row(&tiny.tree, table), 2);
	assert_int_equal(tree_add_row(&tiny.tree, table), 3);
	assert_int_equal(tree_add_row(&tiny.tree, table), HMS_EFULL);
	tree_set(&tiny.tree, ref_of("Device.Radio.Neighbour.2.CID"), HMS_STR("22"), false);
	tree_set(&tiny.tree, ref_of("Device.Radio.Neighbour.3.CID"), HMS_STR("33"), false);
	assert_int_equal(tree_delete_row(&tiny.tree, (struct tree_row){ table, 2 }), 0);
	assert_int_equal(tree_delete_row(&tiny.tree, (struct tree_row){ table, 2 }), HMS_ENOENT);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Neighbour.3.CID", "33"));
	assert_int_equal(tree_add_row(&tiny.tree, table), 4);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Neighbour.4.CID", "0"));
}

static void factory_reset_forgets_everything(void **state)
{
	struct tree_ref ref;

	(void)state;
	tree_set(&tiny.tree, ref_of("Device.Radio.Mode"), HMS_STR("All"), true);
	tree_add_row(&tiny.tree, 0);
	tree_fini(&tiny.tree);
	assert_true(tiny_value_is(&tiny, "Device.Radio.Mode", "One"));
	assert_false(tree_find(&tiny.tree, HMS_STR("Device.Radio.Neighbour.2.CID"), &ref));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_tiny, close_tiny)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_are_the_models_until_they_are_set),
		TEST(names_are_found_exactly),
		TEST(many_settings_stay_sorted_and_found),
		TEST(only_changes_by_the_device_that_notify_are_to_be_reported),
		TEST(a_change_after_the_inform_was_sent_stays_to_be_reported),
		TEST(pinned_notification_cannot_be_turned_off_and_new_rows_have_none),
		TEST(rows_come_and_go),
		TEST(factory_reset_forgets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
