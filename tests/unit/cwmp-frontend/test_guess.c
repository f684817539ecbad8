/* Who may guess a device's credentials, and that nobody locks it out by guessing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guess.h"

enum { PER_SECOND = 1, START_MS = 100000000 };

static const struct hms_device_id device = { { 1 } }, other_device = { { 2 } };

static struct hms_addr address(uint32_t number)
{
	struct hms_addr a = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *four = (struct sockaddr_in *)&a.ss;

	four->sin_family = AF_INET;
	four->sin_addr.s_addr = htonl(0x0a000000 + number);
	return a;
}

/* Many addresses fail for the device until its bucket is empty. */
static void attack(struct fe_guesses *g, uint32_t addresses)
{
	for (uint32_t i = 0; i < addresses; i++) {
		struct hms_addr peer = address(i);

		fe_guess_wrong(g, device, &peer, PER_SECOND, START_MS);
	}
}

static void who_failed_waits_once_the_device_is_under_attack(void **state)
{
	struct fe_guesses *g = fe_guesses_new();
	struct hms_addr guesser = address(0);

	(void)state;
	fe_guess_wrong(g, device, &guesser, PER_SECOND, START_MS);
	assert_true(fe_guess_ok(g, device, &guesser, PER_SECOND, START_MS));
	attack(g, 100);
	for (uint32_t i = 0; i < 100; i++) {
		guesser = address(i);
		assert_false(fe_guess_ok(g, device, &guesser, PER_SECOND, START_MS));
	}
	assert_true(fe_guess_ok(g, other_device, &guesser, PER_SECOND, START_MS));
	assert_true(fe_guess_ok(g, device, &guesser, PER_SECOND, START_MS + 61 * 1000));
	assert_true(fe_guess_ok(g, device, &guesser, 0, START_MS));
	fe_guesses_free(&g);
}

static void the_device_itself_is_heard_whatever_others_do(void **state)
{
	struct fe_guesses *g = fe_guesses_new();
	struct hms_addr home = address(5000), shared = address(7);

	(void)state;
	/* At an address that is new, and at one from which it was right before somebody guessed there, too. */
	fe_guess_right(g, device, &shared, START_MS - 3600 * 1000);
	attack(g, 100);
	assert_true(fe_guess_ok(g, device, &home, PER_SECOND, START_MS));
	assert_true(fe_guess_ok(g, device, &shared, PER_SECOND, START_MS));
	fe_guesses_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_failed_waits_once_the_device_is_under_attack),
		cmocka_unit_test(the_device_itself_is_heard_whatever_others_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
