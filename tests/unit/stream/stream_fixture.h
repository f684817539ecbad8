/* A small service on the engine: it copies each message into the table seen. Real PostgreSQL with the product's schema, Kafka as in tests/unit/bus. */
#ifndef HMS_TESTS_STREAM_FIXTURE_H
#define HMS_TESTS_STREAM_FIXTURE_H

#include "../bus/kafka_fixture.h"
#include "../pg/pg_server.h"
#include "hms/stream/stream.h"

enum { SCENE_MESSAGES_MAX = 4096, SCENE_ITEMS_MAX = 8 };

struct scene_item {
	int part;
	const char *value;
};

struct scene {
	struct kafka_fixture *f;
	struct hms_pg_conf pg;
	const char *topics[2];
	struct hms_stream_opts opts;
	struct hms_stream *stream;

	/* the transaction at hand */
	const struct hms_message *messages[SCENE_MESSAGES_MAX];
	struct scene_item items[SCENE_ITEMS_MAX];
	size_t count, item_count, bytes;

	/* how the service behaves; values are numbers */
	bool closed;	      /* may_begin */
	int newer, too_large; /* values: HMS_EVERSION, HMS_ENOMEM; -1: none */
	int aside, refused;   /* values that message or loaded sets aside; -1: none */
	const char *aside_reason;
	int patient;	       /* values below it can wait */
	size_t most;	       /* more messages: HMS_ENOMEM; 0: no limit */
	size_t row_bytes;      /* of padding in each row */
	unsigned loads_wanted; /* `loaded` asks so often for more */
	bool waits;	       /* `loaded` waits for the test */
	int wait_code;	       /* then goes on with it, once */
	void (*on_write)(struct scene *s);

	/* what has happened */
	size_t patients, tries, begins, loads, loadeds, commits, committed, acquired, lags, most_bytes, most_count;
	bool drained, waiting;
	uint64_t lag_ms;
	char failed[256];
};

extern struct pg_server scene_server;

int scene_group_setup(void **state);
int scene_group_teardown(void **state);
/* cmocka fixtures: empty tables and topics; scene_open() then starts the service with s->opts. */
int scene_setup(void **state);
int scene_teardown(void **state);
void scene_open(struct scene *s);

/* Runs the loop until SQL says so; fails the test after 30 s. */
void scene_wait_sql(struct scene *s, const char *sql, const char *wanted);
/* Whether each of the values first .. first + count - 1 is in seen, and nothing is there twice. */
void scene_seen(struct scene *s, int first, int count);
const char *scene_sql(const char *sql);

#endif
