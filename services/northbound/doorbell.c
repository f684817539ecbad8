/* The doorbell hms.work. */
#include "doorbell.h"

#include <stdlib.h>

#include "hms/bus/bus.h"
#include "hms/device/event.h"
#include "work.pb-c.h"

#define ASK_MS 2000
#define AGAIN_MS 10000
#define FLUSH_MS 1000
#define PREFIX "/api/v1/devices/"
#define UUID_LEN 36

struct nbi_doorbell {
	struct nbi *nbi;
	const struct hms_kafka_conf *conf;
	struct hms_producer *producer;
	unsigned partitions; /* 0: not known yet */
	int found;	     /* by the thread */
	struct hms_work work;
	struct hms_timer again;
	bool busy, closing;
};

/* ---- the number of partitions: its question blocks ---- */
static void ask(void *arg)
{
	struct nbi_doorbell *bell = arg;
	struct hms_err err;

	bell->found = hms_topic_partitions(bell->conf, HMS_TOPIC_WORK, ASK_MS, &err);
}

static void on_asked(void *arg)
{
	struct nbi_doorbell *bell = arg;

	bell->busy = false;
	if (bell->closing)
		free(bell);
	else if (bell->found > 0)
		bell->partitions = (unsigned)bell->found;
	else
		hms_timer_start(&bell->again, AGAIN_MS);
}

static void begin(struct hms_timer *timer, void *arg)
{
	struct nbi_doorbell *bell = arg;

	(void)timer;
	bell->busy = true;
	hms_work_run(&bell->work, bell->nbi->loop, ask, on_asked, bell);
}

/* ---- life ---- */
struct nbi_doorbell *nbi_doorbell_new(struct nbi *nbi, struct hms_err *err)
{
	struct nbi_doorbell *bell = calloc(1, sizeof(*bell));

	if (!bell) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	bell->nbi = nbi;
	bell->conf = hms_conf_get(hms_app_conf(nbi->app), &hms_kafka_conf_section);
	bell->partitions = (unsigned)bell->conf->partitions;
	hms_timer_init(&bell->again, nbi->loop, begin, bell);
	bell->producer = hms_producer_new(nbi->loop, bell->conf, hms_app_instance(nbi->app), err);
	if (!bell->producer) {
		free(bell);
		return NULL;
	}
	if (!bell->partitions)
		begin(&bell->again, bell);
	return bell;
}

void nbi_doorbell_free(struct nbi_doorbell **bell_)
{
	struct nbi_doorbell *bell = *bell_;

	*bell_ = NULL;
	if (!bell)
		return;
	hms_timer_stop(&bell->again);
	hms_producer_free(&bell->producer, FLUSH_MS);
	bell->closing = true;
	if (!bell->busy)
		free(bell);
}

/* ---- ringing ---- */
static void on_rung(int code, int64_t offset, void *arg)
{
	struct nbi *nbi = arg;

	(void)offset;
	hms_counter_inc(code ? &nbi->m.doorbells_lost : &nbi->m.doorbells);
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static bool read_uuid(struct hms_str text, struct hms_device_id *out)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n < 2 * sizeof(out->b); i++) {
		int value = digit(text.p[i]);

		if (text.p[i] == '-')
			continue;
		if (value < 0)
			return false;
		out->b[n / 2] = (uint8_t)(out->b[n / 2] << 4 | value);
		n++;
	}
	return n == 2 * sizeof(out->b);
}

static bool device_of(const char *href, struct hms_device_id *out)
{
	struct hms_str rest = hms_str(href);

	*out = (struct hms_device_id){ 0 };
	if (!hms_str_starts(rest, HMS_STR(PREFIX)) || rest.len < sizeof(PREFIX) - 1 + UUID_LEN)
		return false;
	if (!read_uuid(hms_strn(rest.p + sizeof(PREFIX) - 1, UUID_LEN), out))
		return false;
	return hms_str_starts(hms_strn(rest.p + sizeof(PREFIX) - 1 + UUID_LEN, rest.len - (sizeof(PREFIX) - 1) - UUID_LEN),
			      HMS_STR("/command"));
}

void nbi_doorbell_ring(struct nbi_doorbell *bell, const char *href)
{
	Hms__Work work = HMS__WORK__INIT;
	struct hms_device_id id;
	uint8_t packed[128];
	struct hms_record record = { .topic = HMS_TOPIC_WORK };

	if (!bell->partitions || !href || !device_of(href, &id))
		return;
	work.schema = 1;
	work.device_id = (ProtobufCBinaryData){ sizeof(id.b), id.b };
	work.reason = (char *)"command";
	record.partition = (int32_t)hms_device_partition(id, bell->partitions);
	record.key = hms_strn((const char *)id.b, sizeof(id.b));
	record.value = hms_strn((const char *)packed, hms__work__pack(&work, packed));
	if (hms_producer_send(bell->producer, HMS_LANE_URGENT, &record, on_rung, bell->nbi))
		hms_counter_inc(&bell->nbi->m.doorbells_lost);
}
