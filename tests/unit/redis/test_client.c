/* The client itself: each callback exactly once, reconnecting, time-outs, scripts that Redis forgot, subscriptions. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hms/base/err.h"
#include "server.h"

static struct server server;
static struct client client;

static int setup(void **state)
{
	(void)state;
	server_new(&server);
	server_start(&server, NULL);
	client_new(&client, server.url);
	client_wait_ups(&client, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	client_free(&client);
	server_free(&server);
	return 0;
}

/* Counts what callbacks said. */
struct tally {
	unsigned done, ok, timeouts, unavailable;
	unsigned again; /* sends so many more from its callbacks */
};

static void count(int code, const struct hms_redis_reply *reply, void *arg)
{
	struct tally *tally = arg;

	tally->done++;
	tally->ok += code == 0;
	tally->timeouts += code == HMS_ETIMEOUT;
	tally->unavailable += code == HMS_EUNAVAIL;
	assert_true((code == 0) == (reply != NULL));
	if (tally->again > 0) {
		unsigned before = tally->done;

		tally->again--;
		client_send(&client, "PING", count, tally);
		assert_int_equal(tally->done, before);
	}
}

static void wait_for(unsigned *counter, unsigned value)
{
	hms_timer_start(&client.guard, 20000);
	while (*counter < value)
		hms_loop_run_once(client.loop, true);
	hms_timer_stop(&client.guard);
}

static void replies_of_every_type_are_read(void **state)
{
	(void)state;
	assert_string_equal(client_ask(&client, "SET a 1"), "OK");
	assert_string_equal(client_ask(&client, "INCR a"), "2");
	assert_string_equal(client_ask(&client, "GET nothing"), "(nil)");
	assert_string_equal(client_ask(&client, "EVAL return{1,{'x',{'y'}},{}} 0"), "1 x y ");
	assert_non_null(strstr(client_ask(&client, "HGET a b"), "WRONGTYPE"));
}

static void a_callback_never_runs_inside_the_call(void **state)
{
	struct tally tally = { .again = 3 };

	(void)state;
	client_send(&client, "PING", count, &tally);
	assert_int_equal(tally.done, 0);
	wait_for(&tally.done, 4);
	assert_int_equal(tally.ok, 4);
}

static void while_down_commands_fail_soon_and_never_inside_the_call(void **state)
{
	struct tally tally = { .again = 3 };

	(void)state;
	server_kill(&server);
	wait_for(&client.downs, 1);
	assert_false(hms_redis_is_up(client.r));
	client_send(&client, "PING", count, &tally);
	assert_int_equal(tally.done, 0);
	wait_for(&tally.done, 4);
	assert_int_equal(tally.unavailable, 4);
}

static void beyond_the_cap_commands_fail_and_below_it_they_do_not(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	for (int i = 0; i < 1005; i++)
		client_send(&client, "PING", count, &tally);
	wait_for(&tally.done, 1005);
	assert_int_equal(tally.ok, 1000);
	assert_int_equal(tally.unavailable, 5);
	assert_string_equal(client_ask(&client, "PING"), "PONG");
}

static void a_command_larger_than_the_cap_fails(void **state)
{
	struct hms_str args[2] = { HMS_STR("ECHO"), { NULL, 0 } };
	struct tally tally = { 0 };
	size_t len = 33u << 20;

	(void)state;
	args[1] = hms_strn(calloc(1, len), len);
	hms_redis_command(client.r, args, 2, count, &tally);
	wait_for(&tally.done, 1);
	assert_int_equal(tally.unavailable, 1);
	assert_string_equal(client_ask(&client, "PING"), "PONG");
	free((char *)args[1].p);
}

static void a_killed_server_fails_what_is_under_way_once_and_is_found_again(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	kill(server.pid, SIGSTOP);
	for (int i = 0; i < 10; i++)
		client_send(&client, "PING", count, &tally);
	hms_loop_run_once(client.loop, true);
	server_kill(&server);
	wait_for(&tally.done, 10);
	assert_int_equal(tally.unavailable, 10);
	wait_for(&client.downs, 1);
	server_start(&server, NULL);
	client_wait_ups(&client, 2);
	assert_true(hms_redis_is_up(client.r));
	assert_string_equal(client_ask(&client, "PING"), "PONG");
	assert_int_equal(tally.done, 10);
	assert_int_equal(client.downs, 1);
}

static void a_stopped_server_times_commands_out_and_the_connection_is_renewed(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	client.conf.command_timeout = 200;
	kill(server.pid, SIGSTOP);
	client_send(&client, "PING", count, &tally);
	client_send(&client, "PING", count, &tally);
	wait_for(&tally.done, 2);
	assert_int_equal(tally.timeouts, 2);
	wait_for(&client.downs, 1);
	/* connecting succeeds in the kernel, but the hello is not answered */
	client_send(&client, "PING", count, &tally);
	wait_for(&tally.done, 3);
	assert_int_equal(tally.unavailable, 1);
	kill(server.pid, SIGCONT);
	client_wait_ups(&client, 2);
	assert_string_equal(client_ask(&client, "PING"), "PONG");
}

static void set_flag(struct hms_timer *timer, void *arg)
{
	(void)timer;
	*(unsigned *)arg = 1;
}

static void only_the_late_commands_count_as_timed_out(void **state)
{
	struct tally early = { 0 }, late = { 0 };
	struct hms_timer timer;
	unsigned passed = 0;

	(void)state;
	client.conf.command_timeout = 400;
	hms_timer_init(&timer, client.loop, set_flag, &passed);
	client_send(&client, "BLPOP nothing 0", count, &early);
	hms_timer_start(&timer, 200);
	client_wait(&client, &passed);
	client_send(&client, "PING", count, &late);
	wait_for(&late.done, 1);
	assert_int_equal(early.timeouts, 1);
	assert_int_equal(late.unavailable, 1);
}

static void a_server_that_comes_later_is_found(void **state)
{
	struct server later;
	struct client waiting;

	(void)state;
	server_new(&later);
	client_new(&waiting, later.url);
	for (int i = 0; i < 20; i++)
		hms_loop_run_once(waiting.loop, false);
	assert_false(hms_redis_is_up(waiting.r));
	server_start(&later, NULL);
	client_wait_ups(&waiting, 1);
	assert_string_equal(client_ask(&waiting, "PING"), "PONG");
	client_free(&waiting);
	server_free(&later);
}

static void freeing_runs_every_callback_that_is_left_once(void **state)
{
	struct tally tally = { 0 };
	struct client other;

	(void)state;
	client_new(&other, server.url);
	client_wait_ups(&other, 1);
	for (int i = 0; i < 5; i++)
		client_send(&other, "PING", count, &tally);
	other.conf.commands_max = 0;
	client_send(&other, "PING", count, &tally);
	assert_int_equal(tally.done, 0);
	client_free(&other);
	assert_int_equal(tally.unavailable, 6);
}

static void freeing_before_the_first_connection_is_clean(void **state)
{
	struct client other;

	(void)state;
	client_new(&other, "redis://localhost:1/0");
	client_free(&other);
	client_new(&other, "unix:/nowhere/redis.sock");
	client_free(&other);
}

/* ---- scripts ---- */

static struct hms_redis_script echo = { .name = "echo", .source = "return {KEYS[1], ARGV[1], ARGV[2]} -- \"quotes\"" };

struct echoed {
	unsigned done;
	bool right, error;
};

static void on_echo(int code, const struct hms_redis_reply *reply, void *arg)
{
	struct echoed *out = arg;

	out->done++;
	assert_int_equal(code, 0);
	out->error = reply->type == HMS_REDIS_ERROR;
	out->right = reply->type == HMS_REDIS_ARRAY && reply->count == 3 && hms_str_eqz(reply->items[0].str, "k") &&
		     hms_str_eq(reply->items[1].str, hms_strn("a\0\r\n", 4)) && reply->items[2].str.len == 0;
}

static struct echoed run_echo(void)
{
	const struct hms_str key = HMS_STR("k"), args[] = { { "a\0\r\n", 4 }, HMS_STR("") };
	struct echoed out = { 0 };

	hms_redis_script(client.r, &echo, &key, 1, args, 2, on_echo, &out);
	client_wait(&client, &out.done);
	return out;
}

static void a_script_that_redis_forgot_is_loaded_and_run_once(void **state)
{
	char calls[1024];

	(void)state;
	assert_true(run_echo().right); /* not known yet */
	client_ask(&client, "CONFIG RESETSTAT");
	assert_true(run_echo().right); /* known */
	assert_null(strstr(client_ask(&client, "INFO commandstats"), "cmdstat_eval:"));
	client_ask(&client, "FLUSHALL");
	client_ask(&client, "SCRIPT FLUSH");
	assert_true(run_echo().right);
	snprintf(calls, sizeof(calls), "%s", client_ask(&client, "SCRIPT EXISTS 0000000000000000000000000000000000000000"));
	assert_string_equal(calls, "0");
	snprintf(calls, sizeof(calls), "SCRIPT EXISTS %s", echo.sha1);
	assert_string_equal(client_ask(&client, calls), "1");
}

static void an_error_of_a_script_is_a_reply(void **state)
{
	static struct hms_redis_script broken = { .name = "broken", .source = "return redis.call('NOSUCHCOMMAND')" };
	struct echoed out = { 0 };

	(void)state;
	hms_redis_script(client.r, &broken, NULL, 0, NULL, 0, on_echo, &out);
	client_wait(&client, &out.done);
	assert_true(out.error);
}

static void scripts_fail_like_commands_while_down(void **state)
{
	const struct hms_str key = HMS_STR("k");
	struct tally tally = { 0 };

	(void)state;
	server_kill(&server);
	wait_for(&client.downs, 1);
	hms_redis_script(client.r, &echo, &key, 1, NULL, 0, count, &tally);
	assert_int_equal(tally.done, 0);
	wait_for(&tally.done, 1);
	assert_int_equal(tally.unavailable, 1);
}

/* ---- subscription ---- */

static void on_message(struct hms_str payload, void *arg)
{
	assert_true(hms_str_eqz(payload, "hello"));
	++*(unsigned *)arg;
}

static void a_subscription_gets_messages_and_is_renewed_with_the_connection(void **state)
{
	unsigned messages = 0;

	(void)state;
	assert_int_equal(hms_redis_subscribe(client.r, "hms:fe:x", on_message, &messages), 0);
	assert_int_equal(hms_redis_subscribe(client.r, "hms:fe:y", on_message, &messages), HMS_EEXISTS);
	client_wait_ups(&client, 2); /* told once more: now subscribed */
	assert_string_equal(client_ask(&client, "PUBLISH hms:fe:x hello"), "1");
	wait_for(&messages, 1);
	server_kill(&server);
	wait_for(&client.downs, 1);
	server_start(&server, NULL);
	client_wait_ups(&client, 3);
	assert_string_equal(client_ask(&client, "PUBLISH hms:fe:x hello"), "1");
	wait_for(&messages, 2);
}

static void a_subscription_that_is_lost_alone_is_renewed_and_told(void **state)
{
	unsigned messages = 0;

	(void)state;
	hms_redis_subscribe(client.r, "hms:fe:x", on_message, &messages);
	client_wait_ups(&client, 2);
	client_ask(&client, "CLIENT KILL TYPE pubsub");
	client_wait_ups(&client, 3);
	assert_int_equal(client.downs, 0);
	assert_string_equal(client_ask(&client, "PUBLISH hms:fe:x hello"), "1");
	wait_for(&messages, 1);
}

/* ---- TCP, names, passwords ---- */

static unsigned free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	close(fd);
	return ntohs(addr.sin_port);
}

static void a_host_name_a_password_and_a_database_are_used(void **state)
{
	char port[8], good[128], wrong[128];
	const char *options[] = { "--port", port, "--requirepass", "p@ss/word", NULL };
	struct server guarded;
	struct client right, refused;

	(void)state;
	snprintf(port, sizeof(port), "%u", free_port());
	snprintf(good, sizeof(good), "redis://:p%%40ss%%2Fword@localhost:%s/3", port);
	snprintf(wrong, sizeof(wrong), "redis://default:wrong@127.0.0.1:%s/3", port);
	server_new(&guarded);
	server_start(&guarded, options);
	client_new(&refused, wrong);
	client_new(&right, good);
	client_wait_ups(&right, 1);
	client_ask(&right, "SET here 1");
	assert_non_null(strstr(client_ask(&right, "INFO keyspace"), "db3:keys=1"));
	for (int i = 0; i < 20; i++)
		hms_loop_run_once(refused.loop, false);
	assert_int_equal(refused.ups, 0);
	client_free(&right);
	client_free(&refused);
	server_free(&guarded);
}

static void a_bad_url_is_refused_at_once(void **state)
{
	struct hms_redis_conf conf = client.conf;
	struct hms_err err;

	(void)state;
	conf.url = "http://127.0.0.1";
	assert_null(hms_redis_new(client.loop, &conf, NULL, NULL, &err));
	assert_int_equal(err.code, HMS_ESYNTAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replies_of_every_type_are_read),
		TEST(a_callback_never_runs_inside_the_call),
		TEST(while_down_commands_fail_soon_and_never_inside_the_call),
		TEST(beyond_the_cap_commands_fail_and_below_it_they_do_not),
		TEST(a_command_larger_than_the_cap_fails),
		TEST(a_killed_server_fails_what_is_under_way_once_and_is_found_again),
		TEST(a_stopped_server_times_commands_out_and_the_connection_is_renewed),
		TEST(only_the_late_commands_count_as_timed_out),
		TEST(a_server_that_comes_later_is_found),
		TEST(freeing_runs_every_callback_that_is_left_once),
		TEST(freeing_before_the_first_connection_is_clean),
		TEST(a_script_that_redis_forgot_is_loaded_and_run_once),
		TEST(an_error_of_a_script_is_a_reply),
		TEST(scripts_fail_like_commands_while_down),
		TEST(a_subscription_gets_messages_and_is_renewed_with_the_connection),
		TEST(a_subscription_that_is_lost_alone_is_renewed_and_told),
		TEST(a_host_name_a_password_and_a_database_are_used),
		TEST(a_bad_url_is_refused_at_once),
	};

	if (!server_available()) {
		fprintf(stderr, "skipped: redis-server is not installed\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
