/* Random bytes never repeat, neither across the pool's refills nor in a child process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "hms/crypto/crypto.h"

static void thousands_of_draws_are_all_different(void **state)
{
	enum { DRAWS = 2000 };
	static uint64_t drawn[DRAWS];

	(void)state;
	for (size_t i = 0; i < DRAWS; i++) {
		drawn[i] = hms_random_u64();
		for (size_t j = 0; j < i; j++)
			assert_true(drawn[i] != drawn[j]);
	}
}

static void a_long_draw_fills_every_part(void **state)
{
	static uint8_t bytes[8192], zeros[32];

	(void)state;
	hms_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i += sizeof(zeros))
		assert_memory_not_equal(bytes + i, zeros, sizeof(zeros));
}

static void a_child_draws_other_bytes_than_its_parent(void **state)
{
	uint64_t ours, theirs = 0;
	int ends[2], status;
	pid_t child;

	(void)state;
	hms_random_u64();
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		ours = hms_random_u64();
		_exit(write(ends[1], &ours, sizeof(ours)) == sizeof(ours) ? 0 : 1);
	}
	ours = hms_random_u64();
	assert_int_equal(read(ends[0], &theirs, sizeof(theirs)), sizeof(theirs));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(ours != theirs);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_draws_are_all_different),
		cmocka_unit_test(a_long_draw_fills_every_part),
		cmocka_unit_test(a_child_draws_other_bytes_than_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
