/* The parameter document, read; provisioning's tests write what is read here whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hms/base/err.h"
#include "hms/device/params.h"

static int never(const struct hms_param_entry *entry, void *arg)
{
	(void)entry;
	(void)arg;
	fail();
	return 0;
}

static void a_pattern_takes_the_instances_of_its_entry(void **state)
{
	struct hms_param_entry e = { .instances = { 3, 4294967295u }, .instance_count = 2 };
	struct hms_buf out = HMS_BUF_INIT(64);

	(void)state;
	assert_int_equal(hms_param_path(&e, HMS_STR("A.{i}.B.{i}.C"), &out), 0);
	assert_string_equal(hms_buf_z(&out), "A.3.B.4294967295.C");
	hms_buf_reset(&out);
	assert_int_equal(hms_param_path(&e, HMS_STR("A.{i}.C"), &out), HMS_ESYNTAX);
	hms_buf_reset(&out);
	assert_int_equal(hms_param_path(&e, HMS_STR("A.{i}.B.{i}.{i}"), &out), HMS_ESYNTAX);
	e.instance_count = 0;
	hms_buf_reset(&out);
	assert_int_equal(hms_param_path(&e, HMS_STR("A.B."), &out), 0);
	assert_string_equal(hms_buf_z(&out), "A.B.");
	hms_buf_fini(&out);
}

static void what_is_no_document_is_an_error_and_nothing_is_an_empty_one(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} broken[] = { { "\x01\x05xxxx", 6 }, { "\x02", 1 }, { "\x01", 1 }, { "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12 } };
	struct hms_arena *arena = hms_arena_new(1024 * 1024);

	(void)state;
	assert_int_equal(hms_params_each(arena, HMS_STR(""), never, NULL), 0);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(hms_params_each(arena, hms_strn(broken[i].bytes, broken[i].len), never, NULL), HMS_ESYNTAX);
	hms_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_takes_the_instances_of_its_entry),
		cmocka_unit_test(what_is_no_document_is_an_error_and_nothing_is_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
