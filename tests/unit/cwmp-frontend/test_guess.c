/* Who may guess a device's credentials, and that nobody locks it out by guessing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guess.h"

/* Two pairs that meet in a place of the table are one in 16,384: of so many some few are forgotten. */
enum { PER_SECOND = 1, START_MS = 100000000, MANY = 100, FORGOTTEN = 10 };

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
	unsigned waits = 0;

	(void)state;
	fe_guess_wrong(g, device, &guesser, PER_SECOND, START_MS);
	assert_true(fe_guess_ok(g, device, &guesser, PER_SECOND, START_MS));
	attack(g, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		guesser = address(i);
		waits += !fe_guess_ok(g, device, &guesser, PER_SECOND, START_MS);
	}
	assert_in_range(waits, MANY - FORGOTTEN, MANY);
	assert_true(fe_guess_ok(g, other_device, &guesser, PER_SECOND, START_MS));
	assert_true(fe_guess_ok(g, device, &guesser, PER_SECOND, START_MS + 61 * 1000));
	assert_true(fe_guess_ok(g, device, &guesser, 0, START_MS));
	fe_guesses_free(&g);
}

/* At addresses that are new, and at those from which it was right before somebody guessed there, too. */
static void the_device_itself_is_heard_whatever_others_do(void **state)
{
	struct fe_guesses *g = fe_guesses_new();
	unsigned heard = 0;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		struct hms_addr shared = address(i);

		fe_guess_right(g, device, &shared, START_MS - 3600 * 1000);
	}
	attack(g, MANY);
	for (uint32_t i = 0; i < 2 * MANY; i++) {
		struct hms_addr home = address(i);

		heard += fe_guess_ok(g, device, &home, PER_SECOND, START_MS);
	}
	assert_in_range(heard, 2 * MANY - FORGOTTEN, 2 * MANY);
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
