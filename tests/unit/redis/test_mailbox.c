/* POST, TAKE, REVOKE against a real Redis: each rule of the contract (contracts 3) and of its model by name. */
#include <inttypes.h>

#include "hms/base/err.h"
#include "server.h"

static struct server server;
static struct client client;

/* Above 2^53, one apart: a Lua number could not tell them. */
#define SID 0x7fffffffffffffe1u
#define OTHER_SID 0x7fffffffffffffe2u
#define VERSION 0x4000000000000010u

static const struct hms_device_id dev = { { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 1, 2, 3, 4, 5, 6, 0xff } };
#define HEX "0123456789abcdef00010203040506ff"
#define M "m:{" HEX "}"
#define W "w:{" HEX "}:7fffffffffffffe1"

static int setup(void **state)
{
	(void)state;
	client_ask(&client, "FLUSHALL");
	return 0;
}

struct result {
	unsigned done;
	int code, result;
	uint32_t n, old_t;
	char grant[64];
};

static void on_posted(int code, enum hms_post_result result, void *arg)
{
	struct result *out = arg;

	out->done++;
	out->code = code;
	out->result = (int)result;
}

/* Posts items "<name><n>" of the numbers in ns, a list ended by 0. */
static int post(uint64_t version, uint64_t sid, uint32_t decided, const char *name, const uint32_t *ns)
{
	struct hms_mail_item items[16];
	struct result out = { 0 };
	char texts[16][16];
	size_t count = 0;

	for (; ns && ns[count]; count++) {
		snprintf(texts[count], sizeof(texts[count]), "%s%" PRIu32, name, ns[count]);
		items[count] = (struct hms_mail_item){ ns[count], hms_str(texts[count]) };
	}
	hms_mail_post(client.r, dev, version, sid, decided, items, count, on_posted, &out);
	client_wait(&client, &out.done);
	assert_int_equal(out.code, 0);
	return out.result;
}
#define NS(...) ((const uint32_t[]){ __VA_ARGS__, 0 })

static void on_taken(int code, const struct hms_take *take, void *arg)
{
	struct result *out = arg;

	out->done++;
	out->code = code;
	assert_true((code == 0) == (take != NULL));
	if (!take)
		return;
	out->result = (int)take->result;
	out->n = take->n;
	out->old_t = take->old_t;
	snprintf(out->grant, sizeof(out->grant), "%.*s", HMS_STR_FMT(take->grant));
}

static struct result take_of(uint64_t sid, uint32_t seq, uint32_t after, bool need, uint64_t hold_ms)
{
	struct result out = { 0 };

	hms_mail_take(client.r, dev, sid, seq, after, need, "fe-7", hold_ms, on_taken, &out);
	client_wait(&client, &out.done);
	return out;
}

static struct result take(uint32_t seq, uint32_t after, bool need, uint64_t hold_ms)
{
	struct result out = take_of(SID, seq, after, need, hold_ms);

	assert_int_equal(out.code, 0);
	return out;
}

static void assert_taken(struct result got, uint32_t n, uint32_t old_t, const char *grant)
{
	assert_int_equal(got.result, HMS_TAKE_ITEM);
	assert_int_equal(got.n, n);
	assert_int_equal(got.old_t, old_t);
	assert_string_equal(got.grant, grant);
}

static void on_revoked(int code, enum hms_revoke_result result, void *arg)
{
	struct result *out = arg;

	out->done++;
	out->code = code;
	out->result = (int)result;
}

static int revoke(uint64_t sid, uint32_t n)
{
	struct result out = { 0 };

	hms_mail_revoke(client.r, dev, sid, n, on_revoked, &out);
	client_wait(&client, &out.done);
	assert_int_equal(out.code, 0);
	return out.result;
}

/* ---- POST ---- */

static void post_of_a_stale_version_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(post(VERSION + 1, SID, 1, "new", NS(1)), HMS_POST_OK);
	assert_int_equal(post(VERSION, SID, 9, "old", NS(2)), HMS_POST_STALE);
	assert_int_equal(post(VERSION, OTHER_SID, 9, "old", NS(1)), HMS_POST_STALE);
	assert_string_equal(client_ask(&client, "HGET " M " d"), "1");
	assert_string_equal(client_ask(&client, "HEXISTS " M " 2"), "0");
	assert_string_equal(client_ask(&client, "HGET " M " s"), "7fffffffffffffe1");
}

static void post_of_the_same_version_is_accepted_again(void **state)
{
	(void)state;
	assert_int_equal(post(VERSION, SID, 1, "a", NS(1)), HMS_POST_OK);
	assert_int_equal(post(VERSION, SID, 1, "a", NS(1)), HMS_POST_OK);
	assert_string_equal(client_ask(&client, "HGET " M " v"), "4000000000000010");
}

static void post_for_another_sid_starts_the_mailbox_anew(void **state)
{
	(void)state;
	post(VERSION, SID, 7, "a", NS(1, 2));
	take(1, 0, false, 1000);
	revoke(SID, 2);
	assert_int_equal(post(VERSION, OTHER_SID, 1, "b", NS(1)), HMS_POST_OK);
	assert_string_equal(client_ask(&client, "HGET " M " s"), "7fffffffffffffe2");
	assert_string_equal(client_ask(&client, "HMGET " M " d t 2"), "1 (nil) (nil)");
	assert_taken(take_of(OTHER_SID, 1, 0, false, 1000), 1, 0, "b1");
}

static void post_never_overwrites_an_existing_item(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "first", NS(1));
	assert_int_equal(post(VERSION + 1, SID, 1, "second", NS(1, 2)), HMS_POST_OK);
	assert_taken(take(1, 0, false, 1000), 1, 0, "first1");
	assert_taken(take(1, 1, false, 1000), 2, 1, "second2");
}

static void post_never_takes_back_what_is_decided(void **state)
{
	(void)state;
	post(VERSION, SID, 5, "a", NULL);
	post(VERSION, SID, 3, "a", NULL);
	assert_string_equal(client_ask(&client, "HGET " M " d"), "5");
	post(VERSION, SID, UINT32_MAX, "a", NULL);
	assert_string_equal(client_ask(&client, "HGET " M " d"), "4294967295");
}

static void post_to_an_ended_session_places_nothing(void **state)
{
	(void)state;
	assert_int_equal(take(1, 0, false, 0).result, HMS_TAKE_NONE);
	assert_int_equal(post(VERSION, SID, 1, "a", NS(1)), HMS_POST_ENDED);
	assert_string_equal(client_ask(&client, "EXISTS " M), "0");
}

static void a_stale_post_to_an_ended_session_is_stale(void **state)
{
	(void)state;
	post(VERSION + 1, SID, 1, "a", NULL);
	assert_int_equal(take(1, 0, false, 0).result, HMS_TAKE_DECIDED);
	assert_int_equal(post(VERSION, SID, 1, "a", NS(1)), HMS_POST_STALE);
}

static void an_ended_session_does_not_refuse_the_next_one(void **state)
{
	(void)state;
	take(1, 0, false, 0);
	assert_int_equal(post(VERSION, OTHER_SID, 1, "a", NS(1)), HMS_POST_OK);
}

static void a_mailbox_lives_half_an_hour_from_its_last_post(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1));
	client_ask(&client, "EXPIRE " M " 5");
	post(VERSION, SID, 2, "a", NS(1));
	assert_in_range(atoi(client_ask(&client, "TTL " M)), 1795, 1800);
}

static void all_sixteen_items_of_a_post_arrive_in_order(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1));
	for (uint32_t n = 1; n <= 16; n++) {
		char grant[8];

		snprintf(grant, sizeof(grant), "a%" PRIu32, n);
		assert_taken(take(1, n - 1, false, 1000), n, n - 1, grant);
	}
	assert_int_equal(take(1, 16, false, 1000).result, HMS_TAKE_DECIDED);
}

static void grants_of_any_bytes_and_of_64_kib_survive(void **state)
{
	static char big[65536];
	struct hms_mail_item items[4];
	struct result out = { 0 };

	(void)state;
	memset(big, 0, sizeof(big));
	for (uint32_t i = 0; i < 4; i++)
		items[i] = (struct hms_mail_item){ i + 1, { big, sizeof(big) } };
	hms_mail_post(client.r, dev, VERSION, SID, 1, items, 4, on_posted, &out);
	client_wait(&client, &out.done);
	assert_int_equal(out.code, 0);
	assert_string_equal(client_ask(&client, "HSTRLEN " M " 4"), "65537");
	assert_int_equal(take(1, 3, false, 1000).n, 4);
}

static void items_begin_with_the_format_byte_1_and_marks_are_the_byte_0(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1, 2));
	revoke(SID, 2);
	assert_string_equal(client_ask(&client, "HGET " M " 1"), "\1a1");
	assert_string_equal(client_ask(&client, "HSTRLEN " M " 2"), "1");
	assert_string_equal(client_ask(&client, "EVAL return(string.byte(redis.call('HGET',KEYS[1],'2'))) 1 " M), "0");
}

/* ---- TAKE ---- */

static void take_returns_the_lowest_item_above_after(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(2, 5, 3));
	assert_taken(take(1, 0, false, 1000), 2, 0, "a2");
	assert_taken(take(1, 2, false, 1000), 3, 2, "a3");
	assert_taken(take(1, 3, false, 1000), 5, 3, "a5");
	assert_int_equal(take(1, 5, false, 1000).result, HMS_TAKE_DECIDED);
}

static void an_item_that_was_taken_is_there_again_with_the_t_that_tells(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1, 2));
	assert_taken(take(1, 0, false, 1000), 1, 0, "a1");
	assert_taken(take(1, 0, false, 1000), 1, 1, "a1");
	assert_taken(take(1, 1, false, 1000), 2, 1, "a2");
	/* t is the highest taken, and stays so */
	assert_taken(take(1, 0, false, 1000), 1, 2, "a1");
	assert_string_equal(client_ask(&client, "HGET " M " t"), "2");
}

static void after_decide_nothing_is_handed_out_before_the_answer_is_decided(void **state)
{
	(void)state;
	post(VERSION, SID, 2, "a", NS(1));
	assert_int_equal(take(3, 0, true, 1000).result, HMS_TAKE_WAIT);
	assert_string_equal(client_ask(&client, "HEXISTS " M " t"), "0");
	assert_taken(take(3, 0, false, 1000), 1, 0, "a1");
	post(VERSION, SID, 3, "a", NS(1, 2));
	assert_taken(take(3, 1, true, 1000), 2, 1, "a2");
}

static void when_all_is_decided_and_nothing_is_left_the_session_is_ended(void **state)
{
	(void)state;
	post(VERSION, SID, 3, "a", NS(1));
	assert_int_equal(take(3, 1, false, 1000).result, HMS_TAKE_DECIDED);
	assert_string_equal(client_ask(&client, "GET " W), "ended");
	assert_in_range(atoi(client_ask(&client, "TTL " W)), 55, 60);
}

static void the_limit_ends_the_session_though_nothing_is_decided(void **state)
{
	(void)state;
	post(VERSION, SID, 2, "a", NS(1));
	assert_int_equal(take(3, 1, false, 0).result, HMS_TAKE_NONE);
	assert_string_equal(client_ask(&client, "GET " W), "ended");
	assert_in_range(atoi(client_ask(&client, "TTL " W)), 55, 60);
}

static void at_the_limit_an_item_that_is_there_is_still_handed_out(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1));
	assert_taken(take(9, 0, false, 0), 1, 0, "a1");
	assert_string_equal(client_ask(&client, "EXISTS " W), "0");
}

static void a_missing_mailbox_is_never_nothing_to_do(void **state)
{
	(void)state;
	assert_int_equal(take(1, 0, false, 1000).result, HMS_TAKE_WAIT);
	assert_int_equal(take(1, 0, true, 1000).result, HMS_TAKE_WAIT);
}

static void the_mailbox_of_another_session_is_left_alone(void **state)
{
	(void)state;
	post(VERSION, OTHER_SID, 9, "a", NS(1));
	assert_int_equal(take(1, 0, false, 1000).result, HMS_TAKE_WAIT);
	assert_int_equal(take(1, 0, false, 0).result, HMS_TAKE_NONE);
	assert_string_equal(client_ask(&client, "HEXISTS " M " t"), "0");
	assert_taken(take_of(OTHER_SID, 1, 0, false, 1000), 1, 0, "a1");
}

static void a_waiter_is_kept_a_little_longer_than_its_hold(void **state)
{
	(void)state;
	assert_int_equal(take(1, 0, false, 20000).result, HMS_TAKE_WAIT);
	assert_in_range(atoi(client_ask(&client, "PTTL " W)), 20001, 22000);
}

static void a_repeated_post_of_the_device_reopens_an_ended_session(void **state)
{
	(void)state;
	take(1, 0, false, 0);
	assert_int_equal(take(1, 0, false, 1000).result, HMS_TAKE_WAIT);
	assert_int_equal(post(VERSION, SID, 1, "a", NS(1)), HMS_POST_OK);
}

static void an_item_of_an_unknown_format_is_told(void **state)
{
	struct result out;

	(void)state;
	post(VERSION, SID, 1, "a", NS(1));
	client_ask(&client, "HSET " M " 1 \2new");
	out = take_of(SID, 1, 0, false, 1000);
	assert_int_equal(out.code, HMS_EVERSION);
}

/* ---- waking ---- */

struct wakes {
	unsigned count;
	char payload[128];
};

static void on_wake(struct hms_str payload, void *arg)
{
	struct wakes *wakes = arg;

	wakes->count++;
	snprintf(wakes->payload, sizeof(wakes->payload), "%.*s", HMS_STR_FMT(payload));
}

static void a_post_wakes_the_front_end_that_waits_and_removes_the_waiter(void **state)
{
	struct wakes wakes = { 0 };
	struct client front_end;
	struct hms_device_id id;
	char channel[64];
	uint64_t sid;

	(void)state;
	client_new(&front_end, server.url);
	hms_fe_channel("fe-7", channel, sizeof(channel));
	assert_int_equal(hms_redis_subscribe(front_end.r, channel, on_wake, &wakes), 0);
	client_wait_ups(&front_end, 1);
	take(1, 0, false, 10000);
	post(VERSION, SID, 1, "a", NS(1));
	client_wait(&front_end, &wakes.count);
	assert_string_equal(wakes.payload, HEX " 7fffffffffffffe1");
	assert_int_equal(hms_wake_parse(hms_str(wakes.payload), &id, &sid), 0);
	assert_true(hms_device_id_eq(id, dev) && sid == SID);
	assert_string_equal(client_ask(&client, "EXISTS " W), "0");
	/* nobody waits any more: the next one wakes nobody, the one after it does; so the second wake is of that */
	post(VERSION, SID, 2, "a", NS(1));
	take_of(OTHER_SID, 9, 1, false, 10000);
	post(VERSION + 1, OTHER_SID, 3, "a", NS(1));
	wakes.count = 0;
	client_wait(&front_end, &wakes.count);
	assert_string_equal(wakes.payload, HEX " 7fffffffffffffe2");
	client_free(&front_end);
}

static void a_refused_post_leaves_the_waiter(void **state)
{
	(void)state;
	post(VERSION + 1, SID, 1, "a", NULL);
	take(2, 0, false, 10000);
	assert_int_equal(post(VERSION, SID, 2, "a", NS(1)), HMS_POST_STALE);
	assert_string_equal(client_ask(&client, "GET " W), "fe:fe-7");
}

/* ---- REVOKE ---- */

static void revoke_without_a_mailbox_or_of_another_session_is_a_miss(void **state)
{
	(void)state;
	assert_int_equal(revoke(SID, 1), HMS_REVOKE_MISS);
	post(VERSION, SID, 1, "a", NS(1));
	assert_int_equal(revoke(OTHER_SID, 1), HMS_REVOKE_MISS);
	assert_taken(take(1, 0, false, 1000), 1, 0, "a1");
}

static void revoke_of_what_was_taken_says_so_and_changes_nothing(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1, 2, 3));
	take(1, 1, false, 1000);
	assert_int_equal(revoke(SID, 2), HMS_REVOKE_TAKEN);
	assert_int_equal(revoke(SID, 1), HMS_REVOKE_TAKEN);
	assert_taken(take(1, 1, false, 1000), 2, 2, "a2");
}

static void a_revoked_item_is_skipped_by_take(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1, 2, 3));
	assert_int_equal(revoke(SID, 2), HMS_REVOKE_DONE);
	assert_taken(take(1, 0, false, 1000), 1, 0, "a1");
	assert_taken(take(1, 1, false, 1000), 3, 1, "a3");
}

static void a_revoked_item_is_not_placed_again_by_a_later_post(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1));
	assert_int_equal(revoke(SID, 1), HMS_REVOKE_DONE);
	assert_int_equal(revoke(SID, 1), HMS_REVOKE_DONE);
	post(VERSION + 1, SID, 1, "a", NS(1));
	assert_int_equal(take(1, 0, false, 1000).result, HMS_TAKE_DECIDED);
}

static void revoke_of_an_item_that_is_not_there_yet_holds_against_its_post(void **state)
{
	(void)state;
	post(VERSION, SID, 1, "a", NS(1));
	assert_int_equal(revoke(SID, 2), HMS_REVOKE_DONE);
	post(VERSION, SID, 1, "a", NS(1, 2, 3));
	assert_taken(take(1, 1, false, 1000), 3, 0, "a3");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(post_of_a_stale_version_is_refused_and_changes_nothing),
		TEST(post_of_the_same_version_is_accepted_again),
		TEST(post_for_another_sid_starts_the_mailbox_anew),
		TEST(post_never_overwrites_an_existing_item),
		TEST(post_never_takes_back_what_is_decided),
		TEST(post_to_an_ended_session_places_nothing),
		TEST(a_stale_post_to_an_ended_session_is_stale),
		TEST(an_ended_session_does_not_refuse_the_next_one),
		TEST(a_mailbox_lives_half_an_hour_from_its_last_post),
		TEST(all_sixteen_items_of_a_post_arrive_in_order),
		TEST(grants_of_any_bytes_and_of_64_kib_survive),
		TEST(items_begin_with_the_format_byte_1_and_marks_are_the_byte_0),
		TEST(take_returns_the_lowest_item_above_after),
		TEST(an_item_that_was_taken_is_there_again_with_the_t_that_tells),
		TEST(after_decide_nothing_is_handed_out_before_the_answer_is_decided),
		TEST(when_all_is_decided_and_nothing_is_left_the_session_is_ended),
		TEST(the_limit_ends_the_session_though_nothing_is_decided),
		TEST(at_the_limit_an_item_that_is_there_is_still_handed_out),
		TEST(a_missing_mailbox_is_never_nothing_to_do),
		TEST(the_mailbox_of_another_session_is_left_alone),
		TEST(a_waiter_is_kept_a_little_longer_than_its_hold),
		TEST(a_repeated_post_of_the_device_reopens_an_ended_session),
		TEST(an_item_of_an_unknown_format_is_told),
		TEST(a_post_wakes_the_front_end_that_waits_and_removes_the_waiter),
		TEST(a_refused_post_leaves_the_waiter),
		TEST(revoke_without_a_mailbox_or_of_another_session_is_a_miss),
		TEST(revoke_of_what_was_taken_says_so_and_changes_nothing),
		TEST(a_revoked_item_is_skipped_by_take),
		TEST(a_revoked_item_is_not_placed_again_by_a_later_post),
		TEST(revoke_of_an_item_that_is_not_there_yet_holds_against_its_post),
	};
	int failed;

	if (!pair_new(&server, &client))
		return 0;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	pair_free(&server, &client);
	return failed;
}
