/* Verb about consumers: what they have set aside, where they stand, and moving them. */
#include <stdlib.h>

#include "print.h"

static const struct ctl_column dead_columns[] = {
	{ "RECORD", "id" }, { "TIME", "at" }, { "BYTES", "bytes", 1 }, { "REASON", "reason", 1 }, { NULL }
};
static const struct ctl_column offset_columns[] = { { "SERVICE", "service" },
						    { "TOPIC", "topic" },
						    { "PARTITION", "partition" },
						    { "OFFSET", "offset" },
						    { "EPOCH", "epoch", 1 },
						    { "MOVED", "changed", 1 },
						    { NULL } };

/* ---------------------------------------------------------------- what was set aside */

static int show_dead(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *dead;
	int rc;

	ctl_path_init(&path, "/stream/dead/");
	ctl_path_part(&path, ctl->args[1]);
	rc = ctl_call(ctl, "GET", &path, NULL, &dead);
	if (rc)
		return rc;
	if (!ctl->json && !ctl->quiet) { /* a record has depth that a table has not */
		json_t *record = json_incref(json_object_get(dead, "record"));

		json_object_del(dead, "record");
		ctl_object_print(stdout, dead);
		if (!json_is_null(record))
			ctl_print_json(record);
		json_decref(record);
	} else {
		ctl_print_json(dead);
	}
	json_decref(dead);
	return CTL_DONE;
}

static int list_dead(struct ctl *ctl)
{
	struct ctl_path path;

	if (ctl->arg_count > 2)
		return ctl_fail(CTL_USAGE, "stream dead [RECORD]");
	if (ctl->arg_count == 2)
		return show_dead(ctl);
	ctl_path_init(&path, "/stream/dead");
	return ctl_list(ctl, &path, dead_columns, "id");
}

static int list_offsets(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_init(&path, "/stream/offsets");
	return ctl_list(ctl, &path, offset_columns, "offset");
}

/* ---------------------------------------------------------------- again */

/* Options that choose records, by their names in the API. */
static const struct {
	enum ctl_option_id option;
	const char *member;
} choosers[] = { { CTL_SERVICE, "service" }, { CTL_TOPIC, "topic" }, { CTL_TEXT, "text" },    { CTL_DEVICE, "device" },
		 { CTL_FROM, "from" },	     { CTL_TO, "to" },	     { CTL_REASON, "reason" } };

static int replay(struct ctl *ctl)
{
	json_t *body = json_object(), *ids = json_array();
	struct ctl_path path;
	uint64_t limit;

	for (int i = 1; i < ctl->arg_count; i++)
		json_array_append_new(ids, json_string(ctl->args[i]));
	if (json_array_size(ids))
		json_object_set(body, "ids", ids);
	json_decref(ids);
	for (size_t i = 0; i < sizeof(choosers) / sizeof(choosers[0]); i++)
		if (ctl->option[choosers[i].option])
			json_object_set_new(body, choosers[i].member, json_string(ctl->option[choosers[i].option]));
	if (ctl->option[CTL_LIMIT] && hms_str_u64(hms_str(ctl->option[CTL_LIMIT]), &limit) == 0)
		json_object_set_new(body, "limit", json_integer((json_int_t)limit));
	ctl_path_init(&path, "/stream/replay");
	return ctl_object(ctl, "POST", &path, body);
}

/* ---------------------------------------------------------------- moving a consumer */

struct place {
	uint64_t partition, offset;
	json_int_t now;
};

/* Where it stands; -1 after it has said why not. */
static json_int_t offset_now(struct ctl *ctl, uint64_t partition, int *rc)
{
	struct ctl_path path;
	json_int_t now = -1;
	json_t *page, *row;
	size_t i;

	ctl_path_init(&path, "/stream/offsets");
	ctl_path_query(&path, "service", ctl->args[1]);
	ctl_path_query(&path, "topic", ctl->args[2]);
	ctl_path_query(&path, "limit", "1000");
	*rc = ctl_call(ctl, "GET", &path, NULL, &page);
	if (*rc)
		return -1;
	json_array_foreach(json_object_get(page, "items"), i,
			   row) if (json_integer_value(json_object_get(row, "partition")) == (json_int_t)partition) now =
		json_integer_value(json_object_get(row, "offset"));
	json_decref(page);
	if (now < 0)
		*rc = ctl_fail(CTL_FAILED, "there is no consumer %s of partition %llu of %s", ctl->args[1], (unsigned long long)partition,
			       ctl->args[2]);
	return now;
}

static int explain(const struct ctl *ctl, const struct place *p)
{
	long long by = (long long)p->offset - (long long)p->now;

	fprintf(stderr, "hmsctl: %s stands at offset %lld of partition %llu of %s.\n", ctl->args[1], (long long)p->now,
		(unsigned long long)p->partition, ctl->args[2]);
	if (by > 0)
		fprintf(stderr,
			"Forward to %llu: %lld records are SKIPPED. What devices said in them is never applied: Informs, alarms, answers to commands, which\n"
			"then end as 'unknown' or are asked again. For a record that stops the partition: one step is enough.\n",
			(unsigned long long)p->offset, by);
	else
		fprintf(stderr,
			"Back to %llu: %lld records are APPLIED AGAIN. Natural keys make that harmless; newer states of devices stay as they are, since the\n"
			"order of the log decides; until it has caught up, devices of this partition are refused (503) or not held.\n",
			(unsigned long long)p->offset, -by);
	fprintf(stderr,
		"An offset that Kafka does not have (any more) stops the partition. The transaction that runs fails, and its owner goes on from there.\n");
	return CTL_DONE;
}

static int send_reset(struct ctl *ctl, const struct place *p)
{
	const char *reason = ctl->option[CTL_REASON];
	struct ctl_path path;

	ctl_path_init(&path, "/stream/reset");
	return ctl_object(ctl, "POST", &path,
			  json_pack("{s:s,s:s,s:I,s:I,s:I,s:s*}", "service", ctl->args[1], "topic", ctl->args[2], "partition",
				    (json_int_t)p->partition, "from_offset", p->now, "offset", (json_int_t)p->offset, "reason", reason));
}

static int reset(struct ctl *ctl)
{
	struct place p = { 0 };
	int rc;

	if (ctl->arg_count != 5 || hms_str_u64(hms_str(ctl->args[3]), &p.partition) || hms_str_u64(hms_str(ctl->args[4]), &p.offset) ||
	    p.offset > INT64_MAX)
		return ctl_fail(CTL_USAGE, "stream reset SERVICE TOPIC PARTITION OFFSET [--yes]");
	p.now = offset_now(ctl, p.partition, &rc);
	if (rc)
		return rc;
	if (!ctl->option[CTL_YES]) {
		explain(ctl, &p);
		return ctl_fail(CTL_USAGE, "nothing was changed: say --yes");
	}
	return send_reset(ctl, &p);
}

int ctl_stream(struct ctl *ctl)
{
	static const struct {
		const char *word;
		int (*run)(struct ctl *ctl);
	} words[] = { { "dead", list_dead }, { "replay", replay }, { "offsets", list_offsets }, { "reset", reset } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(ctl->args[0], words[i].word) == 0)
			return words[i].run(ctl);
	return ctl_fail(CTL_USAGE, "stream dead, replay, offsets or reset");
}
