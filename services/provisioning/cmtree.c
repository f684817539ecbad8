/* Files with the device's own tree: no namespace, an element an object or parameter, index="n" where an instance number stands. */
#include <stdlib.h>

#include "cmfile.h"
#include "hms/cwmp/writer.h"

#define DEPTH_MAX 32

/* Objects stay together: a dot sorts before everything else. */
static int by_path(const void *a, const void *b)
{
	struct hms_str x = ((const struct prov_cm_param *)a)->path, y = ((const struct prov_cm_param *)b)->path;
	size_t n = x.len < y.len ? x.len : y.len;

	for (size_t i = 0; i < n; i++)
		if (x.p[i] != y.p[i])
			return x.p[i] == '.' ? -1 : y.p[i] == '.' ? 1 : (uint8_t)x.p[i] - (uint8_t)y.p[i];
	return (x.len > y.len) - (x.len < y.len);
}

struct level {
	struct hms_str name, index; /* index.p NULL: no instance */
};

static bool is_number(struct hms_str part)
{
	uint64_t n;

	return part.len && part.p[0] >= '0' && part.p[0] <= '9' && hms_str_u64(part, &n) == 0;
}

/* A name that can be one of an element: what TR-106 allows, and nothing that would break the file. */
static bool is_name(struct hms_str part)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	for (size_t i = 0; i < part.len; i++)
		if (!memchr(allowed, part.p[i], sizeof(allowed) - 1))
			return false;
	return part.len && part.p[0] != '-' && (part.p[0] < '0' || part.p[0] > '9');
}

/* Returns the number of levels, the parameter itself among them, or HMS_EINVAL. */
static int split(struct hms_str path, struct level levels[DEPTH_MAX])
{
	int n = 0;

	while (path.p) {
		struct hms_str part = hms_str_split(&path, '.');

		if (n && is_number(part) && !levels[n - 1].index.p) {
			levels[n - 1].index = part;
			continue;
		}
		if (n == DEPTH_MAX || !is_name(part))
			return HMS_EINVAL;
		levels[n++] = (struct level){ .name = part };
	}
	return n && !levels[n - 1].index.p ? n : HMS_EINVAL;
}

static bool same(const struct level *a, const struct level *b)
{
	return hms_str_eq(a->name, b->name) && !a->index.p == !b->index.p && hms_str_eq(a->index, b->index);
}

static void open_level(struct hms_buf *out, const struct level *l)
{
	hms_buf_printf(out, "\n<%.*s", HMS_STR_FMT(l->name));
	if (l->index.p)
		hms_buf_printf(out, " index=\"%.*s\"", HMS_STR_FMT(l->index));
	hms_buf_char(out, '>');
}

static void close_levels(struct hms_buf *out, const struct level *levels, int from, int to)
{
	for (int i = to; i > from; i--)
		hms_buf_printf(out, "</%.*s>", HMS_STR_FMT(levels[i - 1].name));
}

static void write_leaf(struct hms_buf *out, struct hms_str name, struct hms_str value)
{
	hms_buf_printf(out, "\n<%.*s>", HMS_STR_FMT(name));
	hms_cwmp_write_text(out, value);
	hms_buf_printf(out, "</%.*s>", HMS_STR_FMT(name));
}

static int write_params(struct prov_cm_param *params, size_t count, struct hms_buf *out, struct hms_err *err)
{
	struct level open[DEPTH_MAX], levels[DEPTH_MAX];
	int depth = 0;

	for (size_t i = 0; i < count; i++) {
		int n = split(params[i].path, levels), common = 0;

		if (n < 0)
			return hms_err_set(err, HMS_ENOENT, "%.*s cannot be in a file", HMS_STR_FMT(params[i].path));
		if (i && hms_str_eq(params[i].path, params[i - 1].path))
			return hms_err_set(err, HMS_EINVAL, "%.*s is there twice", HMS_STR_FMT(params[i].path));
		while (common < depth && common < n - 1 && same(&open[common], &levels[common]))
			common++;
		close_levels(out, open, common, depth);
		for (depth = common; depth < n - 1; depth++) {
			open[depth] = levels[depth];
			open_level(out, &open[depth]);
		}
		write_leaf(out, levels[n - 1].name, params[i].value);
	}
	close_levels(out, open, 0, depth);
	return 0;
}

int prov_cm_write_tree(const struct prov_cm_head *head, struct prov_cm_param *params, size_t count, struct hms_buf *out,
		       struct hms_err *err)
{
	int rc;

	qsort(params, count, sizeof(*params), by_path);
	hms_buf_strz(
		out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configDataFile>\n<fileHeader fileFormatVersion=\"32.594 V14.0.0\"/>\n<configData>\n");
	prov_cm_text(out, "<managedElement OUI=\"", head->oui, "\"");
	prov_cm_text(out, " ProductClass=\"", head->product_class, "\"");
	prov_cm_text(out, " localDn=\"", head->serial, "\"/>");
	rc = write_params(params, count, out, err);
	return rc ? rc : prov_cm_end(out, head, err);
}
