/* Places at once and bytes a day, by key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "caps.h"

static const uint8_t one[16] = { 1 }, two[16] = { 2 }, three[16] = { 3 };

static int setup(void **state)
{
	*state = fs_caps_new(2);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fs_caps *caps = *state;

	fs_caps_free(&caps);
	return 0;
}

static void places_at_once_are_counted_by_key(void **state)
{
	struct fs_cap *a, *b, *c;

	assert_int_equal(fs_cap_take(*state, one, 1, 0, 0, 1, &a), FS_CAP_OK);
	assert_int_equal(fs_cap_take(*state, one, 1, 0, 0, 1, &b), FS_CAP_BUSY);
	assert_null(b);
	assert_int_equal(fs_cap_take(*state, two, 1, 0, 0, 1, &c), FS_CAP_OK);
	fs_cap_give(&a);
	fs_cap_give(&a);
	assert_int_equal(fs_cap_take(*state, one, 1, 0, 0, 1, &b), FS_CAP_OK);
	fs_cap_give(&b);
	fs_cap_give(&c);
}

static void bytes_of_a_day_are_counted_and_forgotten_at_the_next(void **state)
{
	struct fs_cap *a;

	assert_int_equal(fs_cap_take(*state, one, 0, 100, 101, 1, &a), FS_CAP_DAY);
	assert_int_equal(fs_cap_take(*state, one, 0, 100, 100, 1, &a), FS_CAP_OK);
	assert_true(fs_cap_bytes(a, 60));
	assert_true(fs_cap_bytes(a, 40));
	assert_false(fs_cap_bytes(a, 1));
	fs_cap_give(&a);
	assert_int_equal(fs_cap_take(*state, one, 0, 100, 0, 1, &a), FS_CAP_DAY);
	assert_int_equal(fs_cap_take(*state, one, 0, 0, 0, 1, &a), FS_CAP_OK);
	fs_cap_give(&a);
	assert_int_equal(fs_cap_take(*state, one, 0, 100, 50, 2, &a), FS_CAP_OK);
	fs_cap_give(&a);
}

static void idle_keys_make_room_and_busy_ones_do_not(void **state)
{
	struct fs_cap *a, *b, *c;

	assert_int_equal(fs_cap_take(*state, one, 0, 0, 0, 1, &a), FS_CAP_OK);
	assert_int_equal(fs_cap_take(*state, two, 0, 0, 0, 1, &b), FS_CAP_OK);
	assert_int_equal(fs_cap_take(*state, three, 0, 0, 0, 1, &c), FS_CAP_FULL);
	fs_cap_give(&b);
	assert_int_equal(fs_cap_take(*state, three, 0, 0, 0, 1, &c), FS_CAP_OK);
	fs_cap_give(&a);
	fs_cap_give(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(places_at_once_are_counted_by_key, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes_of_a_day_are_counted_and_forgotten_at_the_next, setup, teardown),
		cmocka_unit_test_setup_teardown(idle_keys_make_room_and_busy_ones_do_not, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
