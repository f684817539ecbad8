/* hms:lag:<partition>: how far provisioning is behind, told to the front ends (contracts 3, 4). */
#include <stdio.h>
#include <stdlib.h>

#include "hms/base/err.h"
#include "hms/redis/mailbox.h"
#include "redis_internal.h"

#define LAG_LIFE_MS 10000
#define KEY_SIZE 32

static struct hms_str lag_key(char out[KEY_SIZE], unsigned partition)
{
	return hms_strn(out, (size_t)snprintf(out, KEY_SIZE, "hms:lag:%u", partition));
}

void hms_lag_set(struct hms_redis *r, unsigned partition, uint64_t age_ms)
{
	char key[KEY_SIZE];

	redis_command_begin(r, 5);
	redis_arg(r, HMS_STR("SET"));
	redis_arg(r, lag_key(key, partition));
	redis_arg_number(r, age_ms);
	redis_arg(r, HMS_STR("PX"));
	redis_arg_number(r, LAG_LIFE_MS);
	redis_command_send(r, redis_call_user, NULL, NULL);
}

/* A value that cannot be read is a missing one. */
static int64_t read_age(const struct hms_redis_reply *item)
{
	int64_t age;

	if (item->type != HMS_REDIS_STR || hms_str_i64(item->str, &age) != 0 || age < 0)
		return -1;
	return age;
}

static void got_lags(int code, const struct hms_redis_reply *reply, redis_user_fn *user, void *arg)
{
	int64_t *ages = NULL;
	size_t count = 0;

	if (code == 0 && reply->type != HMS_REDIS_ARRAY)
		code = HMS_EUNAVAIL;
	if (code == 0) {
		count = reply->count;
		ages = calloc(count ? count : 1, sizeof(*ages));
		code = ages ? 0 : HMS_ENOMEM;
	}
	for (size_t i = 0; ages && i < count; i++)
		ages[i] = read_age(&reply->items[i]);
	((hms_lag_cb *)user)(code, ages, ages ? count : 0, arg);
	free(ages);
}

void hms_lag_get(struct hms_redis *r, unsigned count, hms_lag_cb *cb, void *arg)
{
	char key[KEY_SIZE];

	redis_command_begin(r, 1 + (size_t)count);
	redis_arg(r, HMS_STR("MGET"));
	for (unsigned i = 0; i < count; i++)
		redis_arg(r, lag_key(key, i));
	redis_command_send(r, got_lags, (redis_user_fn *)cb, arg);
}
