/* A client of HTTP/2 made of nghttp2's session, which can also send frames that no client should. */
#ifndef H2_CLIENT_H
#define H2_CLIENT_H

#include <nghttp2/nghttp2.h>

#include "fixture.h"

enum { H2_ANSWERS_MAX = 512 };

struct h2_answer {
	int32_t id;
	unsigned status, informational;
	struct hms_buf head; /* "name: value\n" of each field */
	struct hms_buf body;
	const char *to_send;
	size_t to_send_len;
	bool open; /* the request's body has no end yet */
	unsigned ended, closed;
	uint32_t error; /* closed with */
};

struct h2_client {
	struct fixture *f;
	int fd;
	nghttp2_session *session;
	struct h2_answer answers[H2_ANSWERS_MAX];
	size_t count;
	bool mute; /* only h2_raw() sends */
	unsigned gone, goaways;
	uint32_t goaway_code;
	int32_t goaway_last;
	uint8_t frame[17]; /* the one that is coming, as much as a goodbye has */
	size_t frame_bytes;
};

struct h2_field {
	const char *name, *value;
};

/** @param window  of streams; -1: the protocol's default. */
struct h2_client *h2_connect(struct fixture *f, int window);
void h2_close(struct h2_client *c);
/** A request with these fields, pseudo-header fields too, as they are. */
struct h2_answer *h2_submit(struct h2_client *c, const struct h2_field *fields, size_t count, const char *body, size_t len, bool open);
/** Method, path, the usual rest, and one more field unless NULL. */
struct h2_answer *h2_send(struct h2_client *c, const char *method, const char *path, const char *name, const char *value, const char *body);
#define h2_get(c) h2_send(c, "GET", "/", NULL, NULL, NULL)
/** A frame that nghttp2 does not know of. */
void h2_raw(struct h2_client *c, uint8_t type, uint8_t flags, int32_t id, const void *payload, size_t len);
/** A turn of the server and of the client. */
void h2_turn(struct h2_client *c);
/** Turns until *flag is at_least; fails after some seconds. */
void h2_await(struct h2_client *c, const unsigned *flag, unsigned at_least);
/** Waits for the whole answer. */
void h2_check(struct h2_client *c, struct h2_answer *answer, unsigned status, const char *body);
/** Waits for the stream's end with that code. */
void h2_check_reset(struct h2_client *c, struct h2_answer *answer, uint32_t error);
/** Waits for the connection's end; the last GOAWAY must have the code. */
void h2_check_gone(struct h2_client *c, uint32_t code);

#endif
