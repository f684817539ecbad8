/* Parameter paths and their ids. */
#include "dict.h"

#include <stdlib.h>

#include "hms/base/map.h"
#include "hms/log/log.h"

#define WANTED_MAX 10000
#define PATTERN_MAX 512

/* Instance numbers are taken out, so the dictionary grows with models, not with devices. */
static const struct hms_pg_stmt learn = {
	"dict_learn", "with w as (select distinct p from unnest($1::text[]) p), i as ("
		      " insert into param_path (path) select p from w order by p on conflict (path) do nothing returning id, path"
		      ") select id, path from i union all select d.id, d.path from param_path d join w on w.p = d.path"
};

struct prov_dict {
	struct hms_pg *pg;
	struct hms_map *ids; /* values: id as a pointer */
	size_t max;
	struct hms_map *wanted;
	void (*done)(void *arg);
	void *arg;
};

struct prov_dict *prov_dict_new(struct hms_pg *pg, size_t max)
{
	struct prov_dict *dict = calloc(1, sizeof(*dict));

	if (!dict)
		return NULL;
	dict->pg = pg;
	dict->max = max;
	dict->ids = hms_map_new(max);
	dict->wanted = hms_map_new(WANTED_MAX);
	if (!dict->ids || !dict->wanted)
		prov_dict_free(&dict);
	return dict;
}

void prov_dict_free(struct prov_dict **dict)
{
	if (!*dict)
		return;
	hms_map_free(&(*dict)->ids);
	hms_map_free(&(*dict)->wanted);
	free(*dict);
	*dict = NULL;
}

static bool is_instance(struct hms_str part, uint32_t *number)
{
	uint64_t value;

	if (!part.len || part.p[0] == '-' || hms_str_u64(part, &value) || value > UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	return true;
}

int prov_path_split(struct hms_arena *arena, struct hms_str path, struct hms_str *pattern, uint32_t instances[PROV_INSTANCES_MAX])
{
	struct hms_buf out = HMS_BUF_INIT(PATTERN_MAX);
	struct hms_str rest = path;
	int count = 0, rc = 0;

	while (rest.p && !rc) {
		struct hms_str part = hms_str_split(&rest, '.');
		uint32_t number;

		if (is_instance(part, &number)) {
			if (count == PROV_INSTANCES_MAX)
				rc = HMS_ETOOBIG;
			else
				instances[count++] = number;
			part = HMS_STR("{i}");
		}
		hms_buf_str(&out, part);
		if (rest.p)
			hms_buf_char(&out, '.');
	}
	if (!rc && out.failed)
		rc = out.failed == HMS_EFULL ? HMS_ETOOBIG : out.failed;
	if (!rc) {
		*pattern = hms_arena_str(arena, hms_buf_view(&out));
		rc = pattern->p ? count : HMS_ENOMEM;
	}
	hms_buf_fini(&out);
	return rc;
}

uint32_t prov_dict_id(const struct prov_dict *dict, struct hms_str pattern)
{
	return (uint32_t)(uintptr_t)hms_map_get(dict->ids, pattern.p, pattern.len);
}

int prov_dict_put(struct prov_dict *dict, struct hms_str pattern, uint32_t id)
{
	return hms_map_put(dict->ids, pattern.p, pattern.len, (void *)(uintptr_t)id);
}

void prov_dict_want(struct prov_dict *dict, struct hms_str pattern)
{
	/* A full dictionary takes no answer: asking would only make the table grow. */
	if (hms_map_count(dict->ids) < dict->max)
		hms_map_put(dict->wanted, pattern.p, pattern.len, dict); /* full: it is wanted again next time */
}

size_t prov_dict_wanted(const struct prov_dict *dict) { return hms_map_count(dict->wanted); }

static void on_learned(const struct hms_pg_result *res, void *arg)
{
	struct prov_dict *dict = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++)
		prov_dict_put(dict, hms_pg_get_str(res, i, 1), (uint32_t)hms_pg_get_int(res, i, 0)); /* full: left out */
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct prov_dict *dict = arg;

	if (err && err->code == HMS_ECANCELED) /* closing down */
		return;
	if (err)
		log_warn("parameter paths not learnt", KV_Z("reason", err->text));
	dict->done(dict->arg);
}

static void add_wanted(struct hms_str key, void *value, void *arg)
{
	(void)value;
	hms_pg_a_text(arg, key);
}

int prov_dict_learn(struct prov_dict *dict, void (*done)(void *arg), void *arg)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(dict->pg);
	struct hms_pg_array *list = batch ? hms_pg_array_new(batch, HMS_PG_TEXT) : NULL;

	if (!batch)
		return HMS_ENOMEM;
	dict->done = done;
	dict->arg = arg;
	hms_map_each(dict->wanted, add_wanted, list);
	hms_map_clear(dict->wanted);
	hms_pg_stmt_begin(batch, &learn, on_learned, dict);
	hms_pg_p_array(batch, list);
	hms_pg_batch_send(batch, on_done, dict);
	return 0;
}
