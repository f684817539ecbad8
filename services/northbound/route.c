/* Finding the route of a request. */
#include "route.h"

#include <stdio.h>

#include "hms/base/buf.h"

/* Parameters that a path captures, by the name in the braces. */
static const struct nbi_param captures[] = {
	{ "device", NBI_DEVICE },
	{ "command", NBI_ID },
	{ "command_group", NBI_ID },
	{ "job", NBI_ID },
	{ "id", NBI_UUID },
	{ "session", NBI_ID },
	{ "dead", NBI_TEXT, .min = 1, .max = 512 },
	{ "trace", NBI_ID },
	{ "alarm", NBI_ALARM },
	{ "group", NBI_TEXT, .min = 1, .max = 64 },
	{ "profile", NBI_TEXT, .min = 1, .max = 64 },
	{ "pool", NBI_TEXT, .min = 1, .max = 64 },
	{ NULL },
};

static bool is_capture(struct hms_str part) { return part.len > 2 && part.p[0] == '{'; }

static const struct nbi_param *capture_of(struct hms_str part)
{
	for (const struct nbi_param *p = captures; p->name; p++)
		if (hms_str_eq(hms_strn(part.p + 1, part.len - 2), hms_str(p->name)))
			return p;
	return NULL;
}

static bool matches(const struct nbi_route *route, struct hms_str path)
{
	struct hms_str rest = path, shape = hms_str(route->path);

	if (!hms_str_starts(rest, HMS_STR(NBI_PREFIX)))
		return false;
	rest.p += sizeof(NBI_PREFIX) - 1;
	rest.len -= sizeof(NBI_PREFIX) - 1;
	while (rest.p && shape.p) {
		struct hms_str part = hms_str_split(&rest, '/'), want = hms_str_split(&shape, '/');

		if (is_capture(want) ? part.len == 0 : !hms_str_eq(part, want))
			return false;
	}
	return !rest.p && !shape.p;
}

int nbi_route_find(struct hms_str method, struct hms_str path, const struct nbi_route **out)
{
	*out = NULL;
	for (size_t i = 0; i < nbi_route_count; i++) {
		if (!matches(&nbi_routes[i], path))
			continue;
		*out = &nbi_routes[i];
		if (hms_str_eqz(method, nbi_routes[i].method))
			return 0;
	}
	return *out ? HMS_EDENIED : HMS_ENOENT;
}

void nbi_route_methods(struct hms_str path, struct hms_buf *out)
{
	for (size_t i = 0; i < nbi_route_count; i++) {
		if (!matches(&nbi_routes[i], path))
			continue;
		if (out->len)
			hms_buf_strz(out, ", ");
		hms_buf_strz(out, nbi_routes[i].method);
	}
}

static int capture(json_t *args, struct hms_str want, struct hms_str part, char field[64], struct hms_err *err)
{
	const struct nbi_param *p = capture_of(want);
	char decoded[4096];
	int n = part.len <= sizeof(decoded) ? nbi_url_decode(part, false, decoded) : HMS_ETOOBIG;
	json_t *value;

	snprintf(field, 64, "%s", p ? p->name : "");
	if (!p || n < 0)
		return hms_err_set(err, HMS_EINVAL, "the path has a bad part");
	value = nbi_param_text(p, p->type == NBI_DEVICE ? part : hms_strn(decoded, (size_t)n), err);
	return value && json_object_set_new(args, p->name, value) == 0 ? 0 : HMS_EINVAL;
}

int nbi_route_captures(const struct nbi_route *route, struct hms_str path, json_t *args, char field[64], struct hms_err *err)
{
	struct hms_str rest = hms_strn(path.p + sizeof(NBI_PREFIX) - 1, path.len - (sizeof(NBI_PREFIX) - 1)), shape = hms_str(route->path);
	int rc = 0;

	while (rest.p && shape.p && !rc) {
		struct hms_str part = hms_str_split(&rest, '/'), want = hms_str_split(&shape, '/');

		if (is_capture(want))
			rc = capture(args, want, part, field, err);
	}
	return rc;
}
