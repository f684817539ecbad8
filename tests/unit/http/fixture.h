/* A server on the loopback, a handler that records what it sees and does what a test tells it, and a raw client. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/http/client.h"
#include "hms/http/server.h"

enum answer_when { ANSWER_AT_COMPLETE, ANSWER_AT_HEADERS, ANSWER_AT_BODY, ANSWER_NEVER };

struct fixture {
	struct hms_loop *loop;
	struct hms_http_server *server;
	struct hms_http_conf conf;

	/* What the handler does. */
	enum answer_when when;
	unsigned status;
	struct hms_http_header headers[4];
	size_t header_count;
	const char *answer;
	bool pause_at_headers;
	bool many;							/* requests at once: req is the last one that came */
	size_t body_max;						/* 0: as configured */
	void (*at_answer)(struct fixture *f, struct hms_http_req *req); /* instead of hms_http_reply() */

	/* What it has seen. */
	struct hms_http_req *req; /* not ended */
	unsigned handled, completed, ended, aborted, drained;
	struct hms_buf seen; /* "METHOD path?query\n" of each request */
	struct hms_buf body; /* of the last request */
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
/** Starts the server with f->conf; a test that changes limits does so before. */
void fixture_serve(struct fixture *f);
/** Answers the pending request. */
void fixture_answer(struct fixture *f, struct hms_http_req *req);
/** Runs the loop until *flag reaches at_least; fails after some seconds. */
void fixture_await(struct fixture *f, const unsigned *flag, unsigned at_least);

/** A blocking-free raw socket to the server. */
int raw_connect(struct fixture *f);
void raw_send(int fd, const char *data, size_t len);
/** Reads until `end` is the end of what came, or (end NULL) until the peer closes. Terminated; freed by the caller. */
char *raw_read_until(struct fixture *f, int fd, const char *end);
/** Sends all in pieces of `piece` bytes (0: at once) on a new connection, reads until it closes. */
char *raw_exchange(struct fixture *f, const char *data, size_t len, size_t piece);

/** Value of a sample line of the process's metrics, e.g. "hms_http_rejected_total{reason=\"host\"}"; 0 if there is
 *  none. */
unsigned long metric(const char *sample);

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define ROWS(array) (sizeof(array) / sizeof((array)[0]))

#endif
