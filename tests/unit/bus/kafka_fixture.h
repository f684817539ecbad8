/* A Kafka for tests: the cluster at HMS_TEST_KAFKA (host:port), or else librdkafka's mock cluster inside the test. */
#ifndef HMS_TESTS_KAFKA_FIXTURE_H
#define HMS_TESTS_KAFKA_FIXTURE_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "hms/bus/bus.h"

struct kafka_fixture {
	struct hms_loop *loop;
	struct hms_kafka_conf conf;
	rd_kafka_t *owner;	       /* of the mock */
	rd_kafka_mock_cluster_t *mock; /* NULL with a real cluster */
	char topic[64], other[64], group[64];
};

enum { FIXTURE_PARTITIONS = 4 };

/* cmocka fixtures: a cluster with two empty topics of FIXTURE_PARTITIONS partitions. */
int kafka_setup(void **state);
int kafka_teardown(void **state);

/* Runs the loop until *flag is set; fails the test after 30 s. */
void kafka_wait(struct kafka_fixture *f, const bool *flag);
/* Runs the loop until *count is at least n; fails the test after 30 s. */
void kafka_wait_count(struct kafka_fixture *f, const size_t *count, size_t n);
/* Runs the loop for a while: for what must not happen. */
void kafka_run(struct kafka_fixture *f, unsigned ms);

/* Produces records of the values "0", "1", ... to a partition and waits for their acknowledgement. */
void kafka_fill(struct kafka_fixture *f, const char *topic, int32_t partition, int first, int count);

#endif
