/* The cached parameters of a device: its document, its paths from the dictionary, one page of them in the order of their names. */
#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/device/params.h"
#include "paths.h"
#include "request.h"
#include "sql.h"

#define PATH_MAX_BYTES 1024
#define PAGE_MAX_BYTES (64u * 1024 * 1024)

static const struct hms_pg_stmt paths_of = { "nbi_paths", "select id, path from param_path where id = any ($1)" };

struct row {
	struct hms_str name;
	struct hms_param_entry entry;
};

/* Of one request, in its arena. */
struct parameters {
	struct nbi_req *r;
	struct row *rows;
	size_t count, room;
	struct hms_pg_array *asked; /* ids whose paths are not known here */
};

static const char *argument(const struct nbi_req *r, const char *name) { return json_string_value(json_object_get(r->args, name)); }

/* ---------------------------------------------------------------- reading */

static int keep(const struct hms_param_entry *entry, void *arg)
{
	struct parameters *p = arg;

	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : 256;
		struct row *more = hms_arena_grow(p->r->arena, p->rows, p->room * sizeof(*more), room * sizeof(*more));

		if (!more)
			return HMS_ENOMEM;
		p->rows = more;
		p->room = room;
	}
	p->rows[p->count++] = (struct row){ .entry = *entry };
	return 0;
}

static bool ask_unknown(struct parameters *p, struct hms_pg_batch *batch)
{
	p->asked = hms_pg_array_new(batch, HMS_PG_INT4);
	for (size_t i = 0; i < p->count; i++)
		if (!nbi_paths_get(p->r->nbi->paths, p->rows[i].entry.path_id).p)
			hms_pg_a_int4(p->asked, (int32_t)p->rows[i].entry.path_id);
	return hms_pg_array_count(p->asked) > 0;
}

/* ---------------------------------------------------------------- one page */

static bool contains(struct hms_str s, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= s.len; i++)
		if (strncasecmp(s.p + i, text, n) == 0)
			return true;
	return false;
}

static bool wanted(const struct nbi_req *r, struct hms_str name)
{
	const char *prefix = argument(r, "prefix"), *text = argument(r, "text"), *cursor = argument(r, "cursor");

	return (!prefix || hms_str_starts(name, hms_str(prefix))) && (!text || contains(name, text)) &&
	       (!cursor || hms_str_cmp(name, hms_str(cursor)) > 0);
}

/* Leaves the rows that are wanted, with their names. What the dictionary does not know (any more) is left out. */
static int name_rows(struct parameters *p)
{
	struct hms_buf path = HMS_BUF_INIT(PATH_MAX_BYTES);
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < p->count && !rc; i++) {
		struct hms_str pattern = nbi_paths_get(p->r->nbi->paths, p->rows[i].entry.path_id);

		hms_buf_reset(&path);
		if (!pattern.p || hms_param_path(&p->rows[i].entry, pattern, &path) || !wanted(p->r, hms_buf_view(&path)))
			continue;
		p->rows[kept] = p->rows[i];
		p->rows[kept].name = hms_arena_str(p->r->arena, hms_buf_view(&path));
		rc = p->rows[kept++].name.p ? 0 : HMS_ENOMEM;
	}
	p->count = kept;
	hms_buf_fini(&path);
	return rc;
}

static int by_name(const void *a, const void *b) { return hms_str_cmp(((const struct row *)a)->name, ((const struct row *)b)->name); }

static void write_row(struct hms_buf *out, const struct row *row)
{
	char at[32];

	hms_buf_strz(out, "{\"name\":");
	nbi_json_string(out, row->name);
	hms_buf_strz(out, ",\"value\":");
	nbi_json_string(out, row->entry.value);
	hms_buf_printf(out, ",\"source\":\"%s\",\"at\":\"%s\"}",
		       row->entry.source == 'I'	  ? "inform"
		       : row->entry.source == 'W' ? "write"
						  : "answer",
		       hms_time_iso(row->entry.at_s * 1000000, at, sizeof(at)));
}

static void answer(struct parameters *p)
{
	struct hms_buf out = HMS_BUF_INIT(PAGE_MAX_BYTES);
	size_t limit = (size_t)json_integer_value(json_object_get(p->r->args, "limit")), n;

	if (name_rows(p)) {
		nbi_refuse(p->r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
		return;
	}
	qsort(p->rows, p->count, sizeof(*p->rows), by_name);
	n = p->count < limit ? p->count : limit;
	hms_buf_strz(&out, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		hms_buf_strz(&out, i ? "," : "");
		write_row(&out, &p->rows[i]);
	}
	hms_buf_strz(&out, "],\"next\":");
	if (n && n < p->count)
		nbi_json_string(&out, p->rows[n - 1].name);
	else
		hms_buf_strz(&out, "null");
	hms_buf_char(&out, '}');
	if (out.failed)
		nbi_refuse(p->r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
	else
		nbi_reply(p->r, 200, hms_buf_view(&out), NULL);
	hms_buf_fini(&out);
}

/* ---------------------------------------------------------------- the steps */

static void on_path_rows(const struct hms_pg_result *res, void *arg)
{
	struct nbi_req *r = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++)
		nbi_paths_put(r->nbi->paths, (uint32_t)hms_pg_get_int(res, i, 0), hms_pg_get_str(res, i, 1)); /* no memory: left out */
}

static void on_paths(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (err)
		nbi_refuse_sql(r, err);
	else
		answer(r->extra);
}

static void on_document(struct nbi_req *r, const struct hms_pg_error *err)
{
	struct parameters *p = r->extra;
	struct hms_pg_batch *batch;
	int rc;

	if (err) {
		nbi_refuse_sql(r, err);
		return;
	}
	rc = r->rows ? hms_params_each(r->arena, r->result, keep, p) : HMS_ENOENT;
	if (rc) {
		nbi_refuse(r,
			   rc == HMS_ENOENT   ? NBI_PROBLEM_NOT_FOUND
			   : rc == HMS_ENOMEM ? NBI_PROBLEM_UNAVAILABLE
					      : NBI_PROBLEM_INTERNAL,
			   NULL, rc == HMS_ENOENT ? "no such device" : "its parameters cannot be read");
		return;
	}
	batch = nbi_batch(r);
	if (!batch)
		return;
	hms_pg_stmt_begin(batch, &paths_of, on_path_rows, r);
	if (ask_unknown(p, batch)) {
		hms_pg_p_array(batch, p->asked);
		nbi_send(r, batch, on_paths);
	} else {
		hms_pg_batch_free(&batch);
		answer(p);
	}
}

void nbi_run_parameters(struct nbi_req *r)
{
	struct parameters *p = hms_arena_alloc(r->arena, sizeof(*p));

	if (!p) {
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
		return;
	}
	p->r = r;
	r->extra = p;
	nbi_ask(r, &nbi_sql_parameters, on_document);
}
