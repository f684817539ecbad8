/* Arenas: cap, alignment, zeroing, growing, reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "hms/base/arena.h"

static void memory_is_zeroed_and_aligned_after_reset_too(void **state)
{
	struct hms_arena *arena = hms_arena_new(100000);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t bytes = 1; bytes < 300; bytes++) {
			unsigned char *p = hms_arena_alloc(arena, bytes);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < bytes; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xaa, bytes);
		}
		hms_arena_reset(arena);
		assert_int_equal(hms_arena_used(arena), 0);
	}
	hms_arena_free(&arena);
	assert_null(arena);
	hms_arena_free(&arena);
}

static void nothing_passes_the_cap(void **state)
{
	struct hms_arena *arena = hms_arena_new(10000);

	(void)state;
	assert_null(hms_arena_alloc(arena, 10001));
	assert_null(hms_arena_alloc(arena, SIZE_MAX));
	assert_null(hms_arena_alloc(arena, SIZE_MAX - 8));
	assert_non_null(hms_arena_alloc(arena, 9980));
	assert_non_null(hms_arena_alloc(arena, 0));
	assert_int_equal(hms_arena_used(arena), 10000);
	assert_null(hms_arena_alloc(arena, 1));
	assert_null(hms_arena_alloc(arena, 0));
	assert_null(hms_arena_str(arena, HMS_STR("")).p);
	assert_null(hms_arena_printf(arena, "%d", 1));
	hms_arena_reset(arena);
	assert_non_null(hms_arena_alloc(arena, 10000));
	hms_arena_free(&arena);
}

static void a_mark_is_gone_back_to_over_blocks(void **state)
{
	struct hms_arena *arena = hms_arena_new(1000000);
	struct hms_str kept = hms_arena_str(arena, HMS_STR("kept"));
	size_t used = hms_arena_used(arena);
	struct hms_arena_mark mark = hms_arena_mark(arena);

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *first = hms_arena_alloc(arena, 1);

		assert_ptr_equal(first, kept.p + used);
		assert_int_equal(*first, 0);
		*first = 'x';
		for (int i = 0; i < 100; i++)
			assert_non_null(hms_arena_alloc(arena, 5000));
		assert_null(hms_arena_alloc(arena, 600000));
		hms_arena_rewind(arena, mark);
		assert_int_equal(hms_arena_used(arena), used);
	}
	assert_string_equal(kept.p, "kept");
	assert_non_null(hms_arena_alloc(arena, 1000000 - used));
	hms_arena_free(&arena);
}

static void number_of_tiny_allocations_is_bounded(void **state)
{
	struct hms_arena *arena = hms_arena_new(1600);
	unsigned n = 0;

	(void)state;
	while (hms_arena_alloc(arena, 1))
		n++;
	assert_in_range(n, 100, 101);
	hms_arena_free(&arena);
}

static void strings_are_terminated_copies(void **state)
{
	struct hms_arena *arena = hms_arena_new(1000);
	struct hms_str s = hms_arena_str(arena, HMS_STR("abcdef"));

	(void)state;
	assert_string_equal(s.p, "abcdef");
	assert_int_equal(s.len, 6);
	assert_string_equal(hms_arena_strz(arena, hms_str(NULL)), "");
	assert_string_equal(hms_arena_printf(arena, "%s-%d", "x", 42), "x-42");
	hms_arena_free(&arena);
}

static void the_last_array_grows_in_place(void **state)
{
	struct hms_arena *arena = hms_arena_new(3000);
	char *p = hms_arena_grow(arena, NULL, 0, 10), *q;

	(void)state;
	memset(p, 'x', 10);
	q = hms_arena_grow(arena, p, 10, 500);
	assert_ptr_equal(p, q);
	assert_memory_equal(q, "xxxxxxxxxx\0\0", 12);
	assert_ptr_equal(hms_arena_grow(arena, q, 500, 20), q);
	hms_arena_free(&arena);
}

static void an_older_array_moves_with_its_content(void **state)
{
	struct hms_arena *arena = hms_arena_new(3000);
	char *p = hms_arena_grow(arena, NULL, 0, 10), *q;

	(void)state;
	memset(p, 'x', 10);
	assert_non_null(hms_arena_alloc(arena, 1));
	q = hms_arena_grow(arena, p, 10, 100);
	assert_ptr_not_equal(p, q);
	assert_memory_equal(q, "xxxxxxxxxx\0\0", 12);
	assert_null(hms_arena_grow(arena, q, 100, 4000));
	assert_memory_equal(q, "xxxxxxxxxx\0\0", 12);
	hms_arena_free(&arena);
}

static void growth_over_many_blocks_keeps_all_content(void **state)
{
	struct hms_arena *arena = hms_arena_new(4 << 20);
	size_t n = 1;
	uint32_t *p = hms_arena_alloc(arena, sizeof(*p));

	(void)state;
	for (; n < 100000; n += 1 + n / 3) {
		size_t more = n + 1 + n / 3;

		for (size_t i = 0; i < n; i++)
			p[i] = (uint32_t)i;
		p = hms_arena_grow(arena, p, n * sizeof(*p), more * sizeof(*p));
		assert_non_null(p);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], i);
	}
	hms_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned_after_reset_too), cmocka_unit_test(nothing_passes_the_cap),
		cmocka_unit_test(number_of_tiny_allocations_is_bounded),	cmocka_unit_test(strings_are_terminated_copies),
		cmocka_unit_test(a_mark_is_gone_back_to_over_blocks),		cmocka_unit_test(the_last_array_grows_in_place),
		cmocka_unit_test(an_older_array_moves_with_its_content),	cmocka_unit_test(growth_over_many_blocks_keeps_all_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
