/* The hash map against a plain array, its cap, and the hash functions against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "hms/base/err.h"
#include "hms/base/map.h"

enum { KEYS = 300 };

/* Random puts and deletions, compared with an array after each step. */
static void behaves_like_an_array_under_random_operations(void **state)
{
	struct hms_map *map = hms_map_new(KEYS);
	uintptr_t model[KEYS] = { 0 };
	size_t count = 0;

	(void)state;
	srand(1);
	for (uintptr_t step = 1; step < 50000; step++) {
		uint32_t key = (uint32_t)(rand() % KEYS);

		if (rand() % 2) {
			assert_int_equal(hms_map_put(map, &key, sizeof(key), (void *)step), 0);
			count += model[key] == 0;
			model[key] = step;
		} else {
			assert_int_equal((uintptr_t)hms_map_del(map, &key, sizeof(key)), model[key]);
			count -= model[key] != 0;
			model[key] = 0;
		}
		assert_int_equal(hms_map_count(map), count);
		key = (uint32_t)(rand() % KEYS);
		assert_int_equal((uintptr_t)hms_map_get(map, &key, sizeof(key)), model[key]);
	}
	for (uint32_t key = 0; key < KEYS; key++)
		assert_int_equal((uintptr_t)hms_map_get(map, &key, sizeof(key)), model[key]);
	hms_map_free(&map);
	assert_null(map);
	hms_map_free(&map);
}

static void the_cap_refuses_new_keys_only(void **state)
{
	struct hms_map *map = hms_map_new(2);
	int a = 1, b = 2;

	(void)state;
	assert_int_equal(hms_map_put(map, "x", 1, &a), 0);
	assert_int_equal(hms_map_put(map, "y", 1, &a), 0);
	assert_int_equal(hms_map_put(map, "z", 1, &a), HMS_EFULL);
	assert_int_equal(hms_map_put(map, "y", 1, &b), 0);
	assert_ptr_equal(hms_map_get(map, "y", 1), &b);
	assert_ptr_equal(hms_map_del(map, "x", 1), &a);
	assert_int_equal(hms_map_put(map, "z", 1, &a), 0);
	hms_map_free(&map);
}

static void keys_are_bytes_of_any_length(void **state)
{
	struct hms_map *map = hms_map_new(10);
	int a = 1, b = 2, c = 3;

	(void)state;
	assert_int_equal(hms_map_put(map, NULL, 0, &a), 0);
	assert_int_equal(hms_map_put(map, "\0", 1, &b), 0);
	assert_int_equal(hms_map_put(map, "\0\0", 2, &c), 0);
	assert_ptr_equal(hms_map_get(map, "", 0), &a);
	assert_ptr_equal(hms_map_get(map, "\0", 1), &b);
	assert_ptr_equal(hms_map_get(map, "\0\0", 2), &c);
	assert_null(hms_map_get(map, "\0\0\0", 3));
	hms_map_free(&map);
}

static void add_up(struct hms_str key, void *value, void *arg) { *(uintptr_t *)arg += (uintptr_t)value * key.len; }

static void each_visits_every_entry_once(void **state)
{
	struct hms_map *map = hms_map_new(100);
	uintptr_t sum = 0;

	(void)state;
	for (uintptr_t i = 1; i <= 100; i++)
		assert_int_equal(hms_map_put(map, &i, sizeof(i), (void *)i), 0);
	hms_map_each(map, add_up, &sum);
	assert_int_equal(sum, 5050 * sizeof(uintptr_t));
	hms_map_free(&map);
}

/* Vectors of the reference implementation (vectors_sip64): key 00..0f, message 00..(n-1). */
static void siphash_matches_the_reference(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} vectors[] = { { 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd },  { 7, 0xab0200f58b01d137 },
			{ 8, 0x93f5f5799a932462 }, { 15, 0xa129ca6149be45e5 }, { 63, 0x958a324ceb064572 } };
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_true(hms_siphash(bytes, bytes, vectors[i].len) == vectors[i].hash);
}

static void the_process_hash_has_a_seed(void **state)
{
	static const uint8_t no_key[16];

	(void)state;
	assert_true(hms_hash("abc", 3) == hms_hash("abc", 3));
	assert_true(hms_hash("abc", 3) != hms_siphash(no_key, "abc", 3));
}

/* http://www.isthe.com/chongo/tech/comp/fnv/: FNV-1a 64. */
static void the_stable_hash_is_fnv_1a(void **state)
{
	(void)state;
	assert_true(hms_hash_stable(HMS_HASH_STABLE_SEED, "", 0) == 0xcbf29ce484222325);
	assert_true(hms_hash_stable(HMS_HASH_STABLE_SEED, "a", 1) == 0xaf63dc4c8601ec8c);
	assert_true(hms_hash_stable(HMS_HASH_STABLE_SEED, "foobar", 6) == 0x85944171f73967e8);
	assert_true(hms_hash_stable(hms_hash_stable(HMS_HASH_STABLE_SEED, "foo", 3), "bar", 3) == 0x85944171f73967e8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behaves_like_an_array_under_random_operations),
		cmocka_unit_test(the_cap_refuses_new_keys_only),
		cmocka_unit_test(keys_are_bytes_of_any_length),
		cmocka_unit_test(each_visits_every_entry_once),
		cmocka_unit_test(siphash_matches_the_reference),
		cmocka_unit_test(the_process_hash_has_a_seed),
		cmocka_unit_test(the_stable_hash_is_fnv_1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
