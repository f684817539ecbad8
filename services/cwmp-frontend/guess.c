/* Guesses of a device's credentials: a bucket for each device, and who was right or wrong for it, in tables of fixed size. */
#include "guess.h"

#include <stdlib.h>

#include "hms/base/map.h"

#define SLOTS 16384
#define WRONG_MS (60 * 1000)
#define RIGHT_MS (24 * 3600 * 1000)

/** What an address has shown for a device; a newer pair takes the place of an older one. */
struct pair {
	uint64_t key; /* 0: none */
	uint64_t right_ms, wrong_ms;
};

struct fe_guesses {
	struct hms_rate *devices;
	struct pair pairs[SLOTS];
};

struct fe_guesses *fe_guesses_new(void)
{
	struct fe_guesses *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->devices = hms_rate_new();
	if (!g->devices)
		fe_guesses_free(&g);
	return g;
}

void fe_guesses_free(struct fe_guesses **guesses)
{
	if (!*guesses)
		return;
	hms_rate_free(&(*guesses)->devices);
	free(*guesses);
	*guesses = NULL;
}

static uint64_t device_key(struct hms_device_id device) { return hms_hash(device.b, sizeof(device.b)); }

static uint64_t pair_key(struct hms_device_id device, const struct hms_addr *peer)
{
	const uint64_t both[2] = { device_key(device), hms_rate_source(peer) };

	return hms_hash(both, sizeof(both)) | 1;
}

/* The hash is seeded: no peer can choose a place. */
static struct pair *place_of(struct fe_guesses *g, uint64_t key) { return &g->pairs[(key >> 1) % SLOTS]; }

static struct pair *pair_of(struct fe_guesses *g, struct hms_device_id device, const struct hms_addr *peer)
{
	uint64_t key = pair_key(device, peer);
	struct pair *p = place_of(g, key);

	if (p->key != key)
		*p = (struct pair){ .key = key };
	return p;
}

static bool within(uint64_t then_ms, uint64_t now_ms, uint64_t span_ms) { return then_ms > 0 && now_ms - then_ms < span_ms; }

bool fe_guess_ok(struct fe_guesses *g, struct hms_device_id device, const struct hms_addr *peer, int64_t per_second, uint64_t now_ms)
{
	const struct pair *p;
	uint64_t key;

	if (hms_rate_ok_key(g->devices, device_key(device), per_second, now_ms))
		return true;
	key = pair_key(device, peer);
	p = place_of(g, key);
	return p->key != key || within(p->right_ms, now_ms, RIGHT_MS) || !within(p->wrong_ms, now_ms, WRONG_MS);
}

void fe_guess_right(struct fe_guesses *g, struct hms_device_id device, const struct hms_addr *peer, uint64_t now_ms)
{
	pair_of(g, device, peer)->right_ms = now_ms;
}

void fe_guess_wrong(struct fe_guesses *g, struct hms_device_id device, const struct hms_addr *peer, int64_t per_second, uint64_t now_ms)
{
	pair_of(g, device, peer)->wrong_ms = now_ms;
	hms_rate_charge_key(g->devices, device_key(device), per_second, now_ms);
}
