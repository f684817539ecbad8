/* Cache entries, lag and wake-up messages against a real Redis (contracts 3). */
#include "hms/base/err.h"
#include "server.h"

static struct server server;
static struct client client;

#define VERSION 0x4000000000000010u
static const struct hms_device_id dev = { { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 1, 2, 3, 4, 5, 6, 0xff } };
#define D "d:{0123456789abcdef00010203040506ff}"

static int setup(void **state)
{
	(void)state;
	client_ask(&client, "FLUSHALL");
	return 0;
}

struct result {
	unsigned done;
	int code;
	bool found;
	struct hms_entry entry;
	char key[64], credentials[64], group[64];
};

static void on_entry(int code, const struct hms_entry *entry, void *arg)
{
	struct result *out = arg;

	out->done++;
	out->code = code;
	out->found = entry != NULL;
	if (!entry)
		return;
	out->entry = *entry;
	snprintf(out->key, sizeof(out->key), "%.*s", HMS_STR_FMT(entry->key));
	snprintf(out->credentials, sizeof(out->credentials), "%.*s", HMS_STR_FMT(entry->credentials));
	snprintf(out->group, sizeof(out->group), "%.*s", HMS_STR_FMT(entry->group));
}

static struct result get(void)
{
	struct result out = { 0 };

	hms_entry_get(client.r, dev, on_entry, &out);
	client_wait(&client, &out.done);
	assert_int_equal(out.code, 0);
	return out;
}

static void on_code(int code, void *arg)
{
	struct result *out = arg;

	out->done++;
	out->code = code;
}

static int set(const struct hms_entry *entry)
{
	struct result out = { 0 };

	hms_entry_set(client.r, dev, entry, on_code, &out);
	client_wait(&client, &out.done);
	return out.code;
}

static struct hms_entry an_entry(void)
{
	return (struct hms_entry){ .version = VERSION,
				   .flags = HMS_ENTRY_HAS_WORK,
				   .key = HMS_STR("~1.1"),
				   .credentials = HMS_STR("sealed"),
				   .group = HMS_STR("phones") };
}

static void a_missing_entry_is_told_as_missing(void **state)
{
	(void)state;
	assert_false(get().found);
}

static void an_entry_comes_back_as_it_was_written(void **state)
{
	struct hms_entry entry = an_entry();
	struct result got;

	(void)state;
	entry.has_alias = true;
	memset(entry.alias.b, 0xa5, 16);
	assert_int_equal(set(&entry), 0);
	got = get();
	assert_true(got.found);
	assert_true(got.entry.version == VERSION);
	assert_int_equal(got.entry.flags, HMS_ENTRY_HAS_WORK);
	assert_string_equal(got.key, "~1.1");
	assert_string_equal(got.credentials, "sealed");
	assert_string_equal(got.group, "phones");
	assert_true(got.entry.has_alias && hms_device_id_eq(got.entry.alias, entry.alias));
}

static void an_entry_of_an_older_release_has_no_group(void **state)
{
	struct hms_entry entry = an_entry();

	(void)state;
	assert_int_equal(set(&entry), 0);
	client_ask(&client, "HDEL " D " g");
	assert_true(get().found);
	assert_string_equal(get().group, "");
}

static void empty_fields_are_no_missing_entry(void **state)
{
	struct hms_entry entry = { .version = 1 };

	(void)state;
	assert_int_equal(set(&entry), 0);
	assert_true(get().found);
	assert_int_equal(get().entry.credentials.len, 0);
}

static void an_older_version_does_not_overwrite(void **state)
{
	struct hms_entry entry = an_entry();

	(void)state;
	assert_int_equal(set(&entry), 0);
	entry.version--;
	entry.key = HMS_STR("old");
	assert_int_equal(set(&entry), HMS_ESTALE);
	assert_string_equal(get().key, "~1.1");
	entry.version++;
	entry.key = HMS_STR("same");
	assert_int_equal(set(&entry), 0);
	assert_string_equal(get().key, "same");
}

static void a_field_that_the_new_entry_lacks_is_gone(void **state)
{
	struct hms_entry entry = an_entry();

	(void)state;
	entry.has_alias = true;
	set(&entry);
	entry.has_alias = false;
	set(&entry);
	assert_false(get().entry.has_alias);
}

static void an_entry_lives_a_day_and_up_to_a_tenth_more(void **state)
{
	struct hms_entry entry = an_entry();

	(void)state;
	set(&entry);
	assert_in_range(atoi(client_ask(&client, "TTL " D)), 86400 - 10, 86400 + 8640);
}

static void credentials_begin_with_the_format_byte(void **state)
{
	struct hms_entry entry = an_entry();

	(void)state;
	set(&entry);
	assert_string_equal(client_ask(&client, "HGET " D " c"), "\1sealed");
}

static void what_cannot_be_read_is_missing(void **state)
{
	static const char *const spoilt[] = {
		"HSET " D " c \2sealed", "HSET " D " c ",     "HDEL " D " c",
		"HSET " D " v 17",	 "HSET " D " f x",    "HSET " D " f 4294967296",
		"HDEL " D " k",		 "HSET " D " a 0123", "HSET " D " a 0123456789abcdef0001020304050xyz",
	};
	struct hms_entry entry = an_entry();

	(void)state;
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		client_ask(&client, "DEL " D);
		assert_int_equal(set(&entry), 0);
		client_ask(&client, spoilt[i]);
		assert_false(get().found);
	}
}

static void a_callback_may_be_left_out(void **state)
{
	struct hms_entry entry = an_entry();

	(void)state;
	hms_entry_set(client.r, dev, &entry, NULL, NULL);
	assert_true(get().found);
}

/* ---- lag ---- */

struct lags {
	unsigned done;
	size_t count;
	int64_t ages[4];
};

static void on_lags(int code, const int64_t *ages, size_t count, void *arg)
{
	struct lags *lags = arg;

	lags->done++;
	lags->count = count;
	assert_int_equal(code, 0);
	for (size_t i = 0; i < count && i < 4; i++)
		lags->ages[i] = ages[i];
}

static void lags_are_read_in_one_go_and_missing_ones_are_minus_1(void **state)
{
	struct lags lags = { 0 };

	(void)state;
	hms_lag_set(client.r, 0, 0);
	hms_lag_set(client.r, 2, 123456789012);
	client_ask(&client, "SET hms:lag:3 rubbish");
	hms_lag_get(client.r, 4, on_lags, &lags);
	client_wait(&client, &lags.done);
	assert_int_equal(lags.count, 4);
	assert_true(lags.ages[0] == 0 && lags.ages[1] == -1 && lags.ages[2] == 123456789012 && lags.ages[3] == -1);
	assert_in_range(atoi(client_ask(&client, "PTTL hms:lag:2")), 5000, 10000);
}

/* ---- wake-up messages ---- */

static void what_is_no_wake_up_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"0123456789abcdef00010203040506ff",
		"0123456789abcdef00010203040506ff 7fffffffffffffe",
		"0123456789abcdef00010203040506ff 7fffffffffffffe11",
		"0123456789abcdef00010203040506ff-7fffffffffffffe1",
		"0123456789abcdef00010203040506fg 7fffffffffffffe1",
		"0123456789abcdef00010203040506ff 7fffffffffffffg1",
	};
	struct hms_device_id id;
	uint64_t sid;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_wake_parse(hms_str(bad[i]), &id, &sid), HMS_ESYNTAX);
	assert_int_equal(hms_wake_parse(HMS_STR("0123456789abcdef00010203040506ff 7fffffffffffffe1"), &id, &sid), 0);
	assert_true(hms_device_id_eq(id, dev) && sid == 0x7fffffffffffffe1u);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_missing_entry_is_told_as_missing),
		TEST(an_entry_comes_back_as_it_was_written),
		TEST(an_entry_of_an_older_release_has_no_group),
		TEST(empty_fields_are_no_missing_entry),
		TEST(an_older_version_does_not_overwrite),
		TEST(a_field_that_the_new_entry_lacks_is_gone),
		TEST(an_entry_lives_a_day_and_up_to_a_tenth_more),
		TEST(credentials_begin_with_the_format_byte),
		TEST(what_cannot_be_read_is_missing),
		TEST(a_callback_may_be_left_out),
		TEST(lags_are_read_in_one_go_and_missing_ones_are_minus_1),
		TEST(what_is_no_wake_up_is_refused),
	};
	int failed;

	if (!pair_new(&server, &client))
		return 0;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	pair_free(&server, &client);
	return failed;
}
