/* A dictionary table, cached. */
#include "hms/pg/dict.h"

#include <stdlib.h>

#include "hms/base/err.h"
#include "hms/base/map.h"
#include "hms/log/log.h"

struct hms_pg_dict {
	struct hms_pg *pg;
	const struct hms_pg_stmt *learn;
	struct hms_map *ids; /* values: id as a pointer */
	size_t max;
	bool forgets;
	struct hms_map *wanted;
	void (*done)(int code, void *arg);
	void *arg;
};

struct hms_pg_dict *hms_pg_dict_new(struct hms_pg *pg, const struct hms_pg_stmt *learn, size_t max, size_t wanted_max, bool forgets)
{
	struct hms_pg_dict *dict = calloc(1, sizeof(*dict));

	if (!dict) {
		return NULL;
	}
	dict->pg = pg;
	dict->learn = learn;
	dict->max = max;
	dict->forgets = forgets;
	dict->ids = hms_map_new(max);
	dict->wanted = hms_map_new(wanted_max);
	if (!dict->ids || !dict->wanted) {
		hms_pg_dict_free(&dict);
	}
	return dict;
}

void hms_pg_dict_free(struct hms_pg_dict **dict)
{
	if (!*dict) {
		return;
	}
	hms_map_free(&(*dict)->ids);
	hms_map_free(&(*dict)->wanted);
	free(*dict);
	*dict = NULL;
}

uint32_t hms_pg_dict_id(const struct hms_pg_dict *dict, struct hms_str text)
{
	return (uint32_t)(uintptr_t)hms_map_get(dict->ids, text.p, text.len);
}

int hms_pg_dict_put(struct hms_pg_dict *dict, struct hms_str text, uint32_t id)
{
	return hms_map_put(dict->ids, text.p, text.len, (void *)(uintptr_t)id);
}

void hms_pg_dict_want(struct hms_pg_dict *dict, struct hms_str text)
{
	/* A full dictionary takes no answer: asking would only make the table grow. */
	if (dict->forgets || hms_map_count(dict->ids) < dict->max) {
		hms_map_put(dict->wanted, text.p, text.len, dict); /* full: it is wanted again next time */
	}
}

size_t hms_pg_dict_wanted(const struct hms_pg_dict *dict) { return hms_map_count(dict->wanted); }

static void on_learned(const struct hms_pg_result *res, void *arg)
{
	struct hms_pg_dict *dict = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		hms_pg_dict_put(dict, hms_pg_get_str(res, i, 1), (uint32_t)hms_pg_get_int(res, i, 0)); /* full: left out */
	}
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct hms_pg_dict *dict = arg;

	if (err && err->code == HMS_ECANCELED) { /* closing down */
		return;
	}
	if (err) {
		log_warn("names not learnt", KV_Z("statement", dict->learn->name), KV_Z("reason", err->text));
	}
	dict->done(err ? err->code : 0, dict->arg);
}

static void add_wanted(struct hms_str key, void *value, void *arg)
{
	(void)value;
	hms_pg_a_text(arg, key);
}

int hms_pg_dict_learn(struct hms_pg_dict *dict, void (*done)(int code, void *arg), void *arg)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(dict->pg);
	struct hms_pg_array *list = batch ? hms_pg_array_new(batch, HMS_PG_TEXT) : NULL;

	if (!batch) {
		return HMS_ENOMEM;
	}
	dict->done = done;
	dict->arg = arg;
	if (dict->forgets && hms_map_count(dict->ids) + hms_map_count(dict->wanted) > dict->max) {
		hms_map_clear(dict->ids);
	}
	hms_map_each(dict->wanted, add_wanted, list);
	hms_map_clear(dict->wanted);
	hms_pg_stmt_begin(batch, dict->learn, on_learned, dict);
	hms_pg_p_array(batch, list);
	hms_pg_batch_send(batch, on_done, dict);
	return 0;
}
