/* Bytes of bodies from outside sessions: in all, and from one source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget.h"

static struct hms_addr address(const char *text)
{
	struct hms_addr a;

	assert_int_equal(hms_addr_parse(hms_str(text), &a), 0);
	return a;
}

static void a_source_has_its_share_and_all_have_theirs(void **state)
{
	struct fe_budget *b = fe_budget_new();
	struct hms_addr one = address("192.0.2.1:1"), same = address("192.0.2.1:2"), other = address("192.0.2.9:1");
	struct fe_budget_share first = { 0 }, second = { 0 }, third = { 0 };

	(void)state;
	assert_true(fe_budget_take(b, &first, &one, 60, 150, 100));
	assert_true(fe_budget_take(b, &first, &one, 40, 150, 100));
	assert_false(fe_budget_take(b, &second, &same, 1, 150, 100));
	assert_true(fe_budget_take(b, &third, &other, 50, 150, 100));
	assert_false(fe_budget_take(b, &third, &other, 1, 150, 100));
	assert_true(fe_budget_take(b, &third, &other, 1, 0, 100));
	fe_budget_give(b, &first);
	fe_budget_give(b, &first);
	assert_true(fe_budget_take(b, &second, &same, 99, 150, 100));
	assert_false(fe_budget_take(b, &second, &same, SIZE_MAX, 150, 0));
	assert_true(fe_budget_take(b, &second, &same, 5, 0, 0));
	fe_budget_give(b, &second);
	fe_budget_give(b, &third);
	assert_true(fe_budget_take(b, &first, &one, 100, 100, 100));
	fe_budget_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_source_has_its_share_and_all_have_theirs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
