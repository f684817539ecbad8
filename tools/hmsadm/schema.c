/* hmsadm migrate, hmsadm topics. */
#include <stdio.h>

#include "hms/bus/bus.h"
#include "hms/device/event.h"
#include "hms/pg/pg.h"
#include "hmsadm.h"

#define TIMEOUT_MS 30000

int adm_migrate(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	unsigned applied = 0;
	int rc = hms_pg_migrate(hms_conf_get(conf, &hms_pg_conf_section), options->dir ? options->dir : "deploy/postgres/migrations",
				&applied, err);

	if (!rc)
		printf("%u migration%s applied\n", applied, applied == 1 ? "" : "s");
	return rc;
}

/* What is kept for how long: docs/operations.md. Records of hms.device-events must outlive a backup of PostgreSQL. */
static const char *const week[] = { "retention.ms", "604800000", NULL };
static const char *const day[] = { "retention.ms", "86400000", NULL };

static const struct {
	const char *name;
	const char *const *config;
} topics[] = {
	{ HMS_TOPIC_DEVICE_EVENTS, week }, { HMS_TOPIC_WORK, day },   { HMS_TOPIC_REACH, day },
	{ HMS_TOPIC_ALARMS, week },	   { HMS_TOPIC_FILES, week },
};

static int number(const char *text, uint64_t most, int fallback, const char *option, int *out, struct hms_err *err)
{
	uint64_t value;

	*out = fallback;
	if (!text)
		return 0;
	if (hms_str_u64(hms_str(text), &value) || value < 1 || value > most)
		return hms_err_set(err, HMS_EINVAL, "--%s is not a number from 1 to %llu: %s", option, (unsigned long long)most, text);
	*out = (int)value;
	return 0;
}

int adm_topics(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	int partitions, replication, rc;

	if ((rc = number(options->partitions, 4096, 16, "partitions", &partitions, err)) ||
	    (rc = number(options->replication, 16, 1, "replication", &replication, err)))
		return rc;
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		rc = hms_topic_create(hms_conf_get(conf, &hms_kafka_conf_section), topics[i].name, partitions, replication,
				      topics[i].config, TIMEOUT_MS, err);
		if (rc)
			return hms_err_prefix(err, "%s", topics[i].name);
	}
	printf("%zu topics are there\n", sizeof(topics) / sizeof(topics[0]));
	return 0;
}
