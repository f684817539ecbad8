/* Splitting the parameters of a record into parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "parts.h"

#define LIMIT 1000

/* What was emitted, one after the other. */
struct seen {
	unsigned parts, last_at, params;
	size_t largest;
	int fail_at; /* part that fails, or -1 */
};

static int emit(struct fe_parts *parts, bool last, void *arg)
{
	struct seen *seen = arg;
	size_t bytes = 0;

	assert_int_equal(parts->made, seen->parts);
	if ((int)seen->parts == seen->fail_at)
		return HMS_EFULL;
	for (size_t i = 0; i < parts->count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "Device.P.%u", seen->params++);
		assert_string_equal(parts->list[i]->name, name);
		bytes += hms__param__get_packed_size(parts->list[i]);
	}
	seen->largest = bytes > seen->largest ? bytes : seen->largest;
	if (last)
		seen->last_at = seen->parts;
	seen->parts++;
	return 0;
}

static struct hms_arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = hms_arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	return 0;
}

static int add(struct fe_parts *parts, unsigned i, size_t value_bytes)
{
	char name[32], *value = malloc(value_bytes + 1);
	struct hms_cwmp_param param = { .value = { value, value_bytes }, .type = HMS_XSD_UINT, .writable = true };
	int rc;

	memset(value, 'v', value_bytes);
	snprintf(name, sizeof(name), "Device.P.%u", i);
	param.name = hms_str(name);
	rc = fe_parts_add(parts, &param);
	free(value); /* what the part holds is a copy */
	return rc;
}

static void few_parameters_are_one_part(void **state)
{
	struct seen seen = { .fail_at = -1 };
	struct fe_parts parts;

	(void)state;
	fe_parts_init(&parts, arena, LIMIT, emit, &seen);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(add(&parts, i, 10), 0);
	assert_string_equal(parts.list[4]->value, "vvvvvvvvvv");
	assert_int_equal(parts.list[4]->type, HMS_XSD_UINT);
	assert_true(parts.list[4]->writable);
	assert_int_equal(fe_parts_finish(&parts), 0);
	assert_int_equal(seen.parts, 1);
	assert_int_equal(seen.params, 5);
}

static void none_at_all_is_one_empty_part(void **state)
{
	struct seen seen = { .fail_at = -1 };
	struct fe_parts parts;

	(void)state;
	fe_parts_init(&parts, arena, LIMIT, emit, &seen);
	assert_int_equal(fe_parts_finish(&parts), 0);
	assert_int_equal(seen.parts, 1);
	assert_int_equal(seen.params, 0);
}

static void many_are_split_in_order_and_no_part_is_over_the_limit(void **state)
{
	struct seen seen = { .fail_at = -1 };
	struct fe_parts parts;

	(void)state;
	fe_parts_init(&parts, arena, LIMIT, emit, &seen);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(add(&parts, i, i % 50), 0);
	assert_int_equal(fe_parts_finish(&parts), 0);
	assert_int_equal(seen.params, 1000);
	assert_true(seen.parts > 10);
	assert_int_equal(seen.last_at, seen.parts - 1);
	assert_true(seen.largest <= LIMIT);
}

static void a_value_over_the_limit_is_a_part_of_its_own(void **state)
{
	struct seen seen = { .fail_at = -1 };
	struct fe_parts parts;

	(void)state;
	fe_parts_init(&parts, arena, LIMIT, emit, &seen);
	assert_int_equal(add(&parts, 0, 10), 0);
	assert_int_equal(add(&parts, 1, 5000), 0);
	assert_int_equal(add(&parts, 2, 10), 0);
	assert_int_equal(fe_parts_finish(&parts), 0);
	assert_int_equal(seen.parts, 3);
	assert_int_equal(seen.params, 3);
}

static void a_part_that_cannot_leave_ends_it(void **state)
{
	struct seen seen = { .fail_at = 1 };
	struct fe_parts parts;
	unsigned i = 0;

	(void)state;
	fe_parts_init(&parts, arena, LIMIT, emit, &seen);
	while (add(&parts, i, 100) == 0)
		assert_true(++i < 1000);
	assert_int_equal(seen.parts, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(few_parameters_are_one_part, setup, teardown),
		cmocka_unit_test_setup_teardown(none_at_all_is_one_empty_part, setup, teardown),
		cmocka_unit_test_setup_teardown(many_are_split_in_order_and_no_part_is_over_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_value_over_the_limit_is_a_part_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_that_cannot_leave_ends_it, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
