/** Guesses of a device's credentials, slowed per device, whatever number of addresses they come from. Nobody can lock a device out by guessing: an
 *  address that never failed for the device is heard, and one that was right stays so for a day. So a guesser needs a fresh address for each guess,
 *  and the device, which does not guess, none. */
#ifndef FE_GUESS_H
#define FE_GUESS_H

#include "hms/device/identity.h"
#include "hms/net/rate.h"

struct fe_guesses;
/** NULL when out of memory. */
struct fe_guesses *fe_guesses_new(void);
void fe_guesses_free(struct fe_guesses **guesses);

/** Whether what this address shows for the device may be checked. @param per_second  wrong ones that a device may have; 0: no limit. */
bool fe_guess_ok(struct fe_guesses *g, struct hms_device_id device, const struct hms_addr *peer, int64_t per_second, uint64_t now_ms);
void fe_guess_right(struct fe_guesses *g, struct hms_device_id device, const struct hms_addr *peer, uint64_t now_ms);
void fe_guess_wrong(struct fe_guesses *g, struct hms_device_id device, const struct hms_addr *peer, int64_t per_second, uint64_t now_ms);

#endif
