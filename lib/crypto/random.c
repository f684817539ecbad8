/* Random bytes: a small pool per thread, filled by getrandom(2). */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "hms/crypto/crypto.h"

/* One system call serves some twenty nonces or session ids. Bytes that were handed out are wiped. */
static _Thread_local struct {
	uint8_t bytes[256];
	size_t left;
} pool;

/* A child must not hand out what its parent will. */
static void forget_pool(void) { pool.left = 0; }

__attribute__((constructor)) static void watch_forks(void)
{
	if (pthread_atfork(NULL, NULL, forget_pool) != 0)
		abort();
}

static void fill(void *out, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = getrandom((char *)out + done, len - done, 0);

		if (n < 0 && errno != EINTR) {
			perror("getrandom");
			abort();
		}
		if (n > 0)
			done += (size_t)n;
	}
}

void hms_random(void *out, size_t len)
{
	if (len > sizeof(pool.bytes) / 4) {
		fill(out, len);
		return;
	}
	if (pool.left < len) {
		fill(pool.bytes, sizeof(pool.bytes));
		pool.left = sizeof(pool.bytes);
	}
	pool.left -= len;
	memcpy(out, pool.bytes + pool.left, len);
	explicit_bzero(pool.bytes + pool.left, len);
}

uint64_t hms_random_u64(void)
{
	uint64_t value;

	hms_random(&value, sizeof(value));
	return value;
}
