/* Files of TS 32.584: every element has its place in one fixed sequence (xs:sequence), so the table leads and the parameters follow. */
#include "cmfile.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/cwmp/writer.h"

#define NAMESPACE "http://www.3gpp.org/ftp/specs/archive/32_series/32.584#configData"
#define ROOT "/configDataFile/configData/"
#define ROWS_MAX 2000
#define DEPTH_MAX 16
#define TABLE_MAX_BYTES (1024 * 1024)

struct row {
	char *name;	/* of the element */
	unsigned depth; /* below configData: 0 */
	bool leaf, repeated;
};

struct prov_cm_table {
	struct row rows[ROWS_MAX];
	size_t count;
};

void prov_cm_table_free(struct prov_cm_table **table)
{
	for (size_t i = 0; *table && i < (*table)->count; i++)
		free((*table)->rows[i].name);
	free(*table);
	*table = NULL;
}

/* A line: path, type, limits, minOccurs, maxOccurs, by tabs. Others than elements below configData are left out. */
static int add_line(struct prov_cm_table *table, struct hms_str line)
{
	struct hms_str path = hms_str_split(&line, '\t'), type = hms_str_split(&line, '\t'), part = { NULL, 0 };
	struct row *r = &table->rows[table->count];

	if (!hms_str_starts(path, HMS_STR(ROOT)) || memchr(path.p, '@', path.len) || hms_str_starts(path, HMS_STR(ROOT "managedElement")))
		return 0;
	if (table->count == ROWS_MAX)
		return HMS_EFULL;
	path = hms_strn(path.p + strlen(ROOT), path.len - strlen(ROOT));
	*r = (struct row){ .leaf = !hms_str_eqz(type, "object"), .repeated = hms_str_ends(hms_str_trim(line), HMS_STR("*")) };
	while (path.p) {
		part = hms_str_split(&path, '/');
		r->depth++;
	}
	r->depth--;
	r->name = hms_str_dup(part);
	table->count++;
	return !r->name ? HMS_ENOMEM : r->depth >= DEPTH_MAX ? HMS_ESYNTAX : 0;
}

int prov_cm_table_load(const char *file, struct prov_cm_table **out, struct hms_err *err)
{
	struct prov_cm_table *table = calloc(1, sizeof(*table));
	FILE *f = fopen(file, "re");
	char line[1024];
	int rc = !f ? HMS_ENOENT : !table ? HMS_ENOMEM : 0;

	while (!rc && fgets(line, sizeof(line), f))
		rc = add_line(table, hms_str_trim(hms_str(line)));
	if (!rc && (ferror(f) || table->count == 0))
		rc = HMS_ESYNTAX;
	if (f)
		fclose(f);
	if (rc)
		prov_cm_table_free(&table);
	*out = table;
	return rc ? hms_err_set(err, rc, "%s: %s", file, hms_strerror(rc)) : 0;
}

/* ---------------------------------------------------------------- writing */

struct writing {
	const struct prov_cm_table *table;
	struct prov_cm_param *params;
	size_t count, written;
	struct hms_buf *out;
};

void prov_cm_text(struct hms_buf *out, const char *before, struct hms_str text, const char *after)
{
	hms_buf_strz(out, before);
	hms_cwmp_write_text(out, text);
	hms_buf_strz(out, after);
}

int prov_cm_end(struct hms_buf *out, const struct prov_cm_head *head, struct hms_err *err)
{
	hms_buf_printf(out, "\n</configData>\n<fileFooter dateTime=\"%s\"/>\n</configDataFile>\n", head->time);
	return out->failed ? hms_err_set(err, out->failed, "the configuration file: %s", hms_strerror(out->failed)) : 0;
}

/* The row behind the last one below row i. */
static size_t behind(const struct prov_cm_table *table, size_t i)
{
	size_t k = i + 1;

	while (k < table->count && table->rows[k].depth > table->rows[i].depth)
		k++;
	return k;
}

/* The lowest instance over `over` below prefix ("X.Y."); 0 if there is none. */
static uint32_t next_instance(const struct writing *w, const char *prefix, uint32_t over)
{
	size_t len = strlen(prefix);
	uint32_t next = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct hms_str rest = w->params[i].path;
		uint64_t n;

		if (!hms_str_starts(rest, hms_strn(prefix, len)))
			continue;
		rest = hms_strn(rest.p + len, rest.len - len);
		if (hms_str_u64(hms_str_split(&rest, '.'), &n) || n <= over || n > UINT32_MAX || !rest.p)
			continue;
		if (!next || n < next)
			next = (uint32_t)n;
	}
	return next;
}

static void write_leaf(struct writing *w, const char *name, const char *path)
{
	for (size_t i = 0; i < w->count; i++) {
		if (!hms_str_eqz(w->params[i].path, path))
			continue;
		hms_buf_printf(w->out, "<%s>", name);
		hms_cwmp_write_text(w->out, w->params[i].value);
		hms_buf_printf(w->out, "</%s>", name);
		w->written++;
	}
}

static void write_rows(struct writing *w, size_t from, size_t to, const char *prefix);

/* An object is there if anything of it is. */
static void write_object(struct writing *w, size_t row, const char *prefix)
{
	size_t before = w->out->len, written = w->written;

	hms_buf_printf(w->out, "\n<%s>", w->table->rows[row].name);
	write_rows(w, row + 1, behind(w->table, row), prefix);
	if (w->written == written && !w->out->failed)
		w->out->len = before;
	else
		hms_buf_printf(w->out, "</%s>", w->table->rows[row].name);
}

/* Depth is that of the table: at most DEPTH_MAX. */
static void write_rows(struct writing *w, size_t from, size_t to, const char *prefix)
{
	for (size_t i = from; i < to; i = behind(w->table, i)) {
		const struct row *r = &w->table->rows[i];
		/* TR-196 has FAPService below Services. */
		const char *services = r->depth == 0 && strcmp(r->name, "FAPService") == 0 ? "Services." : "";
		char path[512], instance[544];

		if ((size_t)snprintf(path, sizeof(path), "%s%s%s", prefix, services, r->name) >= sizeof(path) - 1)
			continue;
		if (r->leaf) {
			write_leaf(w, r->name, path);
			continue;
		}
		strcat(path, ".");
		if (!r->repeated)
			write_object(w, i, path);
		for (uint32_t n = r->repeated ? next_instance(w, path, 0) : 0; n; n = next_instance(w, path, n)) {
			snprintf(instance, sizeof(instance), "%s%u.", path, n);
			write_object(w, i, instance);
		}
	}
}

/* The first parameter that a file cannot carry, or carries twice: everything or nothing (CMF-03). */
static int check_written(const struct prov_cm_table *table, struct prov_cm_param *params, size_t count, const char *root,
			 struct hms_err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct hms_buf scratch = HMS_BUF_INIT(1024 * 1024);
		struct writing one = { .table = table, .params = &params[i], .count = 1, .out = &scratch };

		write_rows(&one, 0, table->count, root);
		hms_buf_fini(&scratch);
		if (!one.written)
			return hms_err_set(err, HMS_ENOENT, "a file of TS 32.584 has no place for %.*s", HMS_STR_FMT(params[i].path));
		for (size_t k = 0; k < i; k++)
			if (hms_str_eq(params[k].path, params[i].path))
				return hms_err_set(err, HMS_EINVAL, "%.*s is there twice", HMS_STR_FMT(params[i].path));
	}
	return 0;
}

int prov_cm_write_32584(const struct prov_cm_table *table, const struct prov_cm_head *head, struct prov_cm_param *params, size_t count,
			struct hms_buf *out, struct hms_err *err)
{
	struct writing w = { .table = table, .params = params, .count = count, .out = out };
	const char *dot = count && params[0].path.p ? memchr(params[0].path.p, '.', params[0].path.len) : NULL;
	char root[64] = "";
	int rc;

	if (dot && (size_t)(dot - params[0].path.p) < sizeof(root) - 2)
		snprintf(root, sizeof(root), "%.*s.", (int)(dot - params[0].path.p), params[0].path.p);
	rc = check_written(table, params, count, root, err);
	if (rc)
		return rc;
	hms_buf_strz(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configDataFile xmlns=\"" NAMESPACE "\">\n"
			  "<fileHeader fileFormatVersion=\"32.584 V8.0\"/>\n<configData>\n");
	prov_cm_text(out, "<managedElement localDn=\"", head->oui, "-");
	prov_cm_text(out, "", head->serial, "\"/>");
	write_rows(&w, 0, table->count, root);
	return prov_cm_end(out, head, err);
}
