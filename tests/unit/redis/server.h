/* A private redis-server and a client of it, for the tests of this folder. */
#ifndef TEST_REDIS_SERVER_H
#define TEST_REDIS_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include <cmocka.h>

#include "hms/redis/mailbox.h"
#include "hms/redis/redis.h"

struct server {
	char folder[64], socket[96], url[112];
	pid_t pid;
};
/** Whether redis-server is installed. */
bool server_available(void);
void server_new(struct server *s);
/** Runs it and waits until it accepts connections. @param options  more options and their values, ended by NULL; may
 *  be NULL. */
void server_start(struct server *s, const char *const *options);
void server_kill(struct server *s);
void server_free(struct server *s);

/** A client with its loop. */
struct client {
	struct hms_loop *loop;
	struct hms_redis_conf conf;
	struct hms_redis *r;
	struct hms_timer guard;
	unsigned ups, downs;
};
void client_new(struct client *c, const char *url);
void client_free(struct client *c);
/** Runs the loop until *flag is not 0; the test fails after 20 seconds. */
void client_wait(struct client *c, const unsigned *flag);
/** Runs until the client has been up `ups` times in all. */
void client_wait_ups(struct client *c, unsigned ups);

/** A running server and a connected client; false, with a line that says so, where redis-server is not installed. */
bool pair_new(struct server *s, struct client *c);
void pair_free(struct server *s, struct client *c);

/** The reply to a command of blank-separated words, as text: strings as they are, numbers in decimal, "(nil)", arrays
 *  joined by blanks, errors with their text. Lives until the next call. Fails the test without a reply. */
const char *client_ask(struct client *c, const char *words);
/** A command of blank-separated words. */
void client_send(struct client *c, const char *words, hms_redis_cb *cb, void *arg);

#endif
