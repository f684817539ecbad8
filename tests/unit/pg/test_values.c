/* Parameters, arrays and results survive the way through PostgreSQL's binary formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pg_client.h"

static const uint8_t uuid[16] = { 1, 35, 69, 103, 137, 171, 205, 239, 254, 220, 186, 152, 118, 84, 50, 16 };

static void check_scalars(const struct hms_pg_result *res, void *arg)
{
	uint8_t id[16];

	*(bool *)arg = true;
	assert_int_equal(hms_pg_rows(res), 1);
	assert_true(hms_pg_get_bool(res, 0, 0));
	assert_int_equal(hms_pg_get_int(res, 0, 1), -2);
	assert_int_equal(hms_pg_get_int(res, 0, 2), -70000);
	assert_int_equal(hms_pg_get_int(res, 0, 3), -5000000000LL);
	assert_true(hms_str_eqz(hms_pg_get_str(res, 0, 4), "gr\xc3\xbc\xc3\x9f"));
	assert_true(hms_str_eq(hms_pg_get_str(res, 0, 5), HMS_STR("a\0b")));
	hms_pg_get_uuid(res, 0, 6, id);
	assert_memory_equal(id, uuid, 16);
	assert_true(hms_str_eqz(hms_pg_get_str(res, 0, 7), "{\"a\": 1}"));
	assert_int_equal(hms_pg_get_time_us(res, 0, 8), 1700000000123456LL);
	assert_true(hms_pg_is_null(res, 0, 9));
	assert_false(hms_pg_is_null(res, 0, 10));
	assert_int_equal(hms_pg_get_str(res, 0, 10).len, 0);
	assert_true(hms_pg_get_double(res, 0, 11) == 1.5);
	/* PostgreSQL understood the values, it did not only echo bytes. */
	assert_true(hms_pg_get_bool(res, 0, 12));
}

static void scalars_survive_the_round_trip(void **state)
{
	static const struct hms_pg_stmt stmt = {
		"scalars", "select $1::bool, $2::int2, $3::int4, $4::int8, $5::text, $6::bytea, $7::uuid, $8::jsonb, $9::timestamptz,"
			   " $10::text, $11::text, 1.5::float8, $1 and $2 = -2 and $3 = -70000 and $4 = -5000000000 and length($6) = 3"
			   " and $7 = '01234567-89ab-cdef-fedc-ba9876543210' and $8->>'a' = '1'"
			   " and $9 = '2023-11-14 22:13:20.123456+00' and $10 is null and $11 = ''"
	};
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	bool seen = false;

	hms_pg_stmt_begin(b, &stmt, check_scalars, &seen);
	hms_pg_p_bool(b, true);
	hms_pg_p_int2(b, -2);
	hms_pg_p_int4(b, -70000);
	hms_pg_p_int8(b, -5000000000LL);
	hms_pg_p_text(b, hms_str("gr\xc3\xbc\xc3\x9f"));
	hms_pg_p_bytea(b, HMS_STR("a\0b"));
	hms_pg_p_uuid(b, uuid);
	hms_pg_p_json(b, hms_str("{\"a\":1}"));
	hms_pg_p_time_us(b, 1700000000123456LL);
	hms_pg_p_text(b, (struct hms_str){ 0 });
	hms_pg_p_text(b, HMS_STR(""));
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_true(seen);
}

static void check_array(const struct hms_pg_result *res, void *arg)
{
	*(bool *)arg = true;
	assert_int_equal(hms_pg_rows(res), 2);
	assert_int_equal(hms_pg_get_int(res, 0, 0), 7);
	assert_true(hms_str_eqz(hms_pg_get_str(res, 0, 1), "x"));
	assert_true(hms_str_eqz(hms_pg_get_str(res, 0, 2), "[1]"));
	assert_true(hms_pg_is_null(res, 1, 1));
	assert_int_equal(hms_pg_get_str(res, 1, 3).len, 0);
	assert_true(hms_pg_get_bool(res, 1, 4));
	assert_int_equal(hms_pg_get_time_us(res, 1, 5), 1);
	assert_int_equal(hms_pg_get_int(res, 1, 6), -1);
	assert_int_equal(hms_pg_get_int(res, 1, 7), -3);
	assert_true(hms_pg_get_bool(res, 0, 8));
}

static void arrays_of_every_type_unnest(void **state)
{
	static const struct hms_pg_stmt stmt = {
		"arrays", "select a, b, c, d, e, f, g, h, i = '01234567-89ab-cdef-fedc-ba9876543210'"
			  " from unnest($1::int8[], $2::text[], $3::jsonb[], $4::bytea[], $5::bool[], $6::timestamptz[], $7::int4[],"
			  " $8::int2[], $9::uuid[]) as t(a, b, c, d, e, f, g, h, i)"
	};
	static const unsigned oids[] = { HMS_PG_INT8,	     HMS_PG_TEXT, HMS_PG_JSONB, HMS_PG_BYTEA, HMS_PG_BOOL,
					 HMS_PG_TIMESTAMPTZ, HMS_PG_INT4, HMS_PG_INT2,	HMS_PG_UUID };
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	struct hms_pg_array *a[9];
	bool seen = false;

	for (size_t i = 0; i < 9; i++) {
		a[i] = hms_pg_array_new(b, oids[i]);
	}
	for (int i = 0; i < 2; i++) {
		hms_pg_a_int8(a[0], 7 + i);
		hms_pg_a_text(a[1], i ? (struct hms_str){ 0 } : HMS_STR("x"));
		hms_pg_a_json(a[2], HMS_STR("[1]"));
		hms_pg_a_bytea(a[3], HMS_STR(""));
		hms_pg_a_bool(a[4], i);
		hms_pg_a_time_us(a[5], i);
		hms_pg_a_int4(a[6], -i);
		hms_pg_a_int2(a[7], -3);
		hms_pg_a_uuid(a[8], uuid);
	}
	assert_int_equal(hms_pg_array_count(a[1]), 2);
	hms_pg_stmt_begin(b, &stmt, check_array, &seen);
	for (size_t i = 0; i < 9; i++) {
		hms_pg_p_array(b, a[i]);
	}
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_true(seen);
}

static void an_empty_array_has_no_element(void **state)
{
	static const struct hms_pg_stmt stmt = { "empty_array", "select count(*) from unnest($1::int4[])" };
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	int64_t count = -1;

	hms_pg_stmt_begin(b, &stmt, rows_int, &count);
	hms_pg_p_array(b, hms_pg_array_new(b, HMS_PG_INT4));
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_int_equal(count, 0);
}

static void a_null_needs_only_its_type(void **state)
{
	static const struct hms_pg_stmt stmt = { "typed_null", "select coalesce($1, 5)" };
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	int64_t value = -1;

	hms_pg_stmt_begin(b, &stmt, rows_int, &value);
	hms_pg_p_null(b, HMS_PG_INT4);
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_int_equal(value, 5);
}

static void check_absent(const struct hms_pg_result *res, void *arg)
{
	uint8_t id[16];

	*(bool *)arg = true;
	assert_true(hms_pg_is_null(res, 5, 0));
	assert_true(hms_pg_is_null(res, 0, 9));
	assert_int_equal(hms_pg_get_int(res, 5, 0), 0);
	assert_null(hms_pg_get_str(res, 0, 9).p);
	hms_pg_get_uuid(res, 0, 0, id);
	assert_int_equal(id[0], 0);
	assert_int_equal(hms_pg_get_time_us(res, 0, 0), 0);
}

static void an_absent_column_or_row_reads_as_nothing(void **state)
{
	static const struct hms_pg_stmt stmt = { "one", "select 1::int4" };
	struct pg_client *c = *state;
	bool seen = false;

	assert_int_equal(pg_client_do(c, &stmt, check_absent, &seen).code, 0);
	assert_true(seen);
}

static void a_batch_over_its_cap_fails_without_being_sent(void **state)
{
	static const struct hms_pg_stmt stmt = { "sized", "select length($1::text)" };
	static char big[1 << 20];
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

	memset(big, 'x', sizeof(big));
	hms_pg_stmt_begin(b, &stmt, NULL, NULL);
	for (int i = 0; i < 9; i++) {
		hms_pg_p_text(b, hms_strn(big, sizeof(big)));
	}
	assert_int_equal(pg_client_run(c, b).code, HMS_EFULL);
	assert_true(hms_pg_is_up(c->pg));
}

static void a_parameter_without_a_statement_is_an_error(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

	hms_pg_p_bool(b, true);
	assert_int_equal(pg_client_run(c, b).code, HMS_EINVAL);
}

static void megabytes_both_ways_do_not_block_each_other(void **state)
{
	enum { BATCHES = 24 };
	static const struct hms_pg_stmt stmt = { "echo", "select $1::bytea" };
	static char big[2 << 20];
	struct pg_client *c = *state;
	struct outcome o[BATCHES] = { 0 };

	for (int i = 0; i < BATCHES; i++) {
		struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

		hms_pg_stmt_begin(b, &stmt, NULL, NULL);
		hms_pg_p_bytea(b, hms_strn(big, sizeof(big)));
		hms_pg_batch_send(b, outcome_done, &o[i]);
	}
	for (int i = 0; i < BATCHES; i++) {
		pg_client_wait(c, &o[i].ended);
		assert_int_equal(o[i].code, 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, pg_client_setup, pg_client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(scalars_survive_the_round_trip),
		TEST(arrays_of_every_type_unnest),
		TEST(an_empty_array_has_no_element),
		TEST(a_null_needs_only_its_type),
		TEST(an_absent_column_or_row_reads_as_nothing),
		TEST(a_batch_over_its_cap_fails_without_being_sent),
		TEST(a_parameter_without_a_statement_is_an_error),
		TEST(megabytes_both_ways_do_not_block_each_other),
	};

	return cmocka_run_group_tests(tests, pg_client_group_setup, pg_client_group_teardown);
}
