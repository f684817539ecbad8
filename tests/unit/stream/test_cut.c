/* Ranges of inputs: bounded by bytes; halves find a culprit in few steps and leave nothing out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cut.h"

enum { INPUTS = 2000 };

static size_t bytes[INPUTS];
static unsigned done[INPUTS], dead[INPUTS];

static void fill(size_t each)
{
	for (size_t i = 0; i < INPUTS; i++)
		bytes[i] = each;
	memset(done, 0, sizeof(done));
	memset(dead, 0, sizeof(dead));
}

static bool has_culprit(const struct stream_cut *cut, const bool *culprits)
{
	for (size_t i = cut->from; i < cut->to; i++)
		if (culprits[i])
			return true;
	return false;
}

static void mark(const struct stream_cut *cut, unsigned *marks)
{
	for (size_t i = cut->from; i < cut->to; i++)
		marks[i]++;
}

/* Does what the engine does; returns how many transactions it took. */
static unsigned work_off(size_t count, size_t bytes_max, const bool *culprits)
{
	struct stream_cut cut;
	unsigned transactions = 0;
	bool more = true;

	stream_cut_begin(&cut, bytes, count, bytes_max);
	while (more) {
		transactions++;
		if (!has_culprit(&cut, culprits)) {
			mark(&cut, done);
		} else if (stream_cut_halve(&cut)) {
			continue;
		} else {
			mark(&cut, dead);
			transactions++;
		}
		more = stream_cut_next(&cut);
	}
	return transactions;
}

static void each_input_is_done_once(size_t count, const bool *culprits)
{
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(dead[i], culprits[i]);
		assert_int_equal(done[i], !culprits[i]);
	}
}

static void one_culprit_costs_few_transactions_wherever_it_is(void **state)
{
	static const size_t places[] = { 0, 1, 999, 1000, 1001, 1998, 1999 };

	(void)state;
	for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
		bool culprits[INPUTS] = { [0] = false };

		culprits[places[k]] = true;
		fill(1);
		assert_in_range(work_off(INPUTS, SIZE_MAX, culprits), 12, 2 * 11 + 2);
		each_input_is_done_once(INPUTS, culprits);
	}
}

static void any_culprits_are_found_in_any_number_of_inputs(void **state)
{
	(void)state;
	for (size_t count = 1; count <= 9; count++)
		for (unsigned set = 0; set < 1u << count; set++) {
			bool culprits[INPUTS] = { [0] = false };

			for (size_t i = 0; i < count; i++)
				culprits[i] = set >> i & 1;
			fill(1);
			work_off(count, SIZE_MAX, culprits);
			each_input_is_done_once(count, culprits);
			fill(1);
			work_off(count, 3, culprits);
			each_input_is_done_once(count, culprits);
		}
}

static void all_culprits_of_a_full_batch_are_found(void **state)
{
	static bool culprits[INPUTS];

	(void)state;
	memset(culprits, true, sizeof(culprits));
	fill(1);
	assert_in_range(work_off(INPUTS, SIZE_MAX, culprits), INPUTS, 3 * INPUTS);
	each_input_is_done_once(INPUTS, culprits);
}

static void a_range_keeps_to_the_bytes(void **state)
{
	struct stream_cut cut;

	(void)state;
	fill(40);
	stream_cut_begin(&cut, bytes, 5, 100);
	assert_int_equal(cut.to, 2);
	assert_true(stream_cut_next(&cut));
	assert_int_equal(cut.from, 2);
	assert_int_equal(cut.to, 4);
	assert_true(stream_cut_next(&cut));
	assert_int_equal(cut.to, 5);
	assert_false(stream_cut_next(&cut));
}

static void an_input_above_the_limit_goes_alone(void **state)
{
	struct stream_cut cut;

	(void)state;
	fill(10);
	bytes[1] = SIZE_MAX; /* no sum of sizes wraps around */
	stream_cut_begin(&cut, bytes, 3, 100);
	assert_int_equal(cut.to, 1);
	assert_true(stream_cut_next(&cut));
	assert_int_equal(cut.from, 1);
	assert_int_equal(cut.to, 2);
	assert_true(stream_cut_next(&cut));
	assert_int_equal(cut.to, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_culprit_costs_few_transactions_wherever_it_is),
		cmocka_unit_test(any_culprits_are_found_in_any_number_of_inputs),
		cmocka_unit_test(all_culprits_of_a_full_batch_are_found),
		cmocka_unit_test(a_range_keeps_to_the_bytes),
		cmocka_unit_test(an_input_above_the_limit_goes_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
