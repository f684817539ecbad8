/* Parameter paths and their ids. */
#include "dict.h"

#include "hms/base/buf.h"
#include "hms/base/err.h"
#include "prov.h"

#define WANTED_MAX 10000
#define PATTERN_MAX 512

/* Instance numbers are taken out, so the dictionary grows with models, not with devices. */
static const struct hms_pg_stmt learn = {
	"dict_learn", "with w as (select distinct p from unnest($1::text[]) p), i as ("
		      " insert into param_path (path) select p from w order by p on conflict (path) do nothing returning id, path"
		      ") select id, path from i union all select d.id, d.path from param_path d join w on w.p = d.path"
};

static const struct hms_pg_stmt read_known = { "dict_known", "select id, path from param_path where id > $1 order by id limit $2" };

static void on_known(const struct hms_pg_result *res, void *arg)
{
	struct prov *prov = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		prov->dict_read = (int32_t)hms_pg_get_int(res, i, 0);
		hms_pg_dict_put(prov->dict, hms_pg_get_str(res, i, 1), (uint32_t)prov->dict_read); /* full: left out */
	}
}

void prov_dict_read(struct prov *prov, struct hms_pg_batch *pg)
{
	hms_pg_stmt_begin(pg, &read_known, on_known, prov);
	hms_pg_p_int4(pg, prov->dict_read);
	hms_pg_p_int4(pg, (int32_t)prov->conf->param_paths_max);
}

struct hms_pg_dict *prov_dict_new(struct hms_pg *pg, size_t max) { return hms_pg_dict_new(pg, &learn, max, WANTED_MAX, false); }

static bool is_instance(struct hms_str part, uint32_t *number)
{
	uint64_t value;

	if (!part.len || part.p[0] == '-' || hms_str_u64(part, &value) || value > UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	return true;
}

int prov_path_split(struct hms_arena *arena, struct hms_str path, struct hms_str *pattern, uint32_t instances[HMS_PARAM_INSTANCES_MAX])
{
	struct hms_buf out = HMS_BUF_INIT(PATTERN_MAX);
	struct hms_str rest = path;
	int count = 0, rc = 0;

	while (rest.p && !rc) {
		struct hms_str part = hms_str_split(&rest, '.');
		uint32_t number;

		if (is_instance(part, &number)) {
			if (count == HMS_PARAM_INSTANCES_MAX)
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
