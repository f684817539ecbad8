/* What the files of this folder share. */
#ifndef HMS_CRYPTO_INTERNAL_H
#define HMS_CRYPTO_INTERNAL_H

#include "hms/crypto/crypto.h"

/** An algorithm or memory is missing, or our own code is wrong, where there is no way on: says so and aborts. */
_Noreturn void hms_crypto_die(const char *what);

#define HMS_PURPOSE_MAX 64

struct hms_secret {
	uint8_t prk[32]; /* of HKDF: from here on the file's bytes are not needed */
};

#endif
