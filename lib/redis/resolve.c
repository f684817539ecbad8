/* Looking up the name of the Redis host beside the loop, with glibc's getaddrinfo_a. */
#include <netdb.h>
#include <stdlib.h>

#include "redis_internal.h"

/* getaddrinfo_a tells the end by a thread or a signal; asking now and then is simpler, and names are looked up rarely. */
#define POLL_MS 10

struct redis_lookup {
	struct redis_lookup *next; /* of the given up */
	struct gaicb request;
	struct addrinfo hints;
	char host[256];
	unsigned attempt;
};

static void lookup_free(struct redis_lookup *lookup)
{
	if (lookup->request.ar_result)
		freeaddrinfo(lookup->request.ar_result);
	free(lookup);
}

/* One that runs cannot be cancelled and goes on writing to its memory: that waits here until it has ended. A few at
 * most: one a connect_timeout, and the system's resolver gives up after some of them. */
static _Thread_local struct redis_lookup *given_up;

static void free_ended(void)
{
	for (struct redis_lookup **at = &given_up; *at;) {
		struct redis_lookup *lookup = *at;

		if (gai_error(&lookup->request) == EAI_INPROGRESS) {
			at = &lookup->next;
			continue;
		}
		*at = lookup->next;
		lookup_free(lookup);
	}
}

static void give_up(struct redis_lookup *lookup)
{
	gai_cancel(&lookup->request);
	lookup->next = given_up;
	given_up = lookup;
	free_ended();
}

/* Tells one address of the list: another one at each attempt, so that one that is down does not hide the others. */
static void tell(struct redis_resolve *resolve, const struct addrinfo *list, unsigned attempt)
{
	const struct addrinfo *address = list;
	char text[NI_MAXHOST];
	unsigned count = 0;
	int rc;

	for (const struct addrinfo *a = list; a; a = a->ai_next)
		count++;
	for (unsigned i = 0; count > 0 && i < attempt % count; i++)
		address = address->ai_next;
	rc = address ? getnameinfo(address->ai_addr, address->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) : EAI_NONAME;
	resolve->done(resolve, rc == 0 ? text : NULL, rc == 0 ? "" : gai_strerror(rc));
}

static void poll_lookup(struct hms_timer *timer, void *arg)
{
	struct redis_resolve *resolve = arg;
	struct redis_lookup *lookup = resolve->lookup;
	int rc = gai_error(&lookup->request);

	if (rc == EAI_INPROGRESS) {
		hms_timer_start(timer, POLL_MS);
		return;
	}
	resolve->lookup = NULL;
	if (rc == 0)
		tell(resolve, lookup->request.ar_result, lookup->attempt);
	else
		resolve->done(resolve, NULL, gai_strerror(rc));
	lookup_free(lookup);
}

void redis_resolve_init(struct redis_resolve *resolve, struct hms_loop *loop,
			void (*done)(struct redis_resolve *, const char *, const char *))
{
	resolve->lookup = NULL;
	resolve->done = done;
	hms_timer_init(&resolve->poll, loop, poll_lookup, resolve);
}

static bool tell_if_numeric(struct redis_resolve *resolve, const char *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *list;

	if (getaddrinfo(host, NULL, &hints, &list) != 0)
		return false;
	freeaddrinfo(list);
	resolve->done(resolve, host, "");
	return true;
}

void redis_resolve_start(struct redis_resolve *resolve, const char *host, unsigned attempt)
{
	struct redis_lookup *lookup;
	struct gaicb *list[1];
	int rc;

	if (tell_if_numeric(resolve, host))
		return;
	lookup = calloc(1, sizeof(*lookup));
	if (!lookup) {
		resolve->done(resolve, NULL, gai_strerror(EAI_MEMORY));
		return;
	}
	strncpy(lookup->host, host, sizeof(lookup->host) - 1);
	lookup->hints.ai_socktype = SOCK_STREAM;
	lookup->attempt = attempt;
	lookup->request.ar_name = lookup->host;
	lookup->request.ar_request = &lookup->hints;
	list[0] = &lookup->request;
	rc = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	if (rc != 0) {
		lookup_free(lookup);
		resolve->done(resolve, NULL, gai_strerror(rc));
		return;
	}
	resolve->lookup = lookup;
	hms_timer_start(&resolve->poll, POLL_MS);
}

void redis_resolve_stop(struct redis_resolve *resolve)
{
	struct redis_lookup *lookup = resolve->lookup;

	hms_timer_stop(&resolve->poll);
	resolve->lookup = NULL;
	if (lookup)
		give_up(lookup);
}
