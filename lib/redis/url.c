/* Reading [redis] url: redis://[user:password@]host[:port][/db] or unix:/path. */
#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "redis_internal.h"

#define SCHEME "redis://"
#define UNIX_SCHEME "unix:"

static int bad(struct hms_err *err, const char *what) { return hms_err_set(err, HMS_ESYNTAX, "the URL of Redis: %s", what); }

static int copy(struct hms_str s, char *out, size_t size, const char *what, struct hms_err *err)
{
	if (s.len == 0 || s.len >= size || memchr(s.p, 0, s.len))
		return bad(err, what);
	memcpy(out, s.p, s.len);
	out[s.len] = 0;
	return 0;
}

/* Percent encoding: a password may hold what separates the parts of a URL. */
static int copy_decoded(struct hms_str s, char *out, size_t size, const char *what, struct hms_err *err)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (s.len - i < 3 || hms_unhex(hms_strn(s.p + i + 1, 2), &c, 1) != 1 || c == 0)
				return bad(err, what);
			i += 2;
		}
		if (len + 1 >= size)
			return bad(err, what);
		out[len++] = c;
	}
	out[len] = 0;
	return 0;
}

static int copy_number(struct hms_str s, uint64_t max, char *out, size_t size, const char *what, struct hms_err *err)
{
	uint64_t value;

	if (hms_str_u64(s, &value) != 0 || value > max)
		return bad(err, what);
	return copy(s, out, size, what, err);
}

static int parse_user(struct hms_str s, struct redis_url *out, struct hms_err *err)
{
	struct hms_str user = hms_str_split(&s, ':');
	int rc;

	if (!s.p)
		return bad(err, "user:password expected before the @");
	rc = copy_decoded(user, out->user, sizeof(out->user), "a user name that is too long or badly encoded", err);
	return rc != 0 ? rc : copy_decoded(s, out->password, sizeof(out->password), "a password that is too long or badly encoded", err);
}

/* host, host:port, [IPv6] or [IPv6]:port */
static int parse_address(struct hms_str s, struct redis_url *out, struct hms_err *err)
{
	struct hms_str host;
	int rc;

	if (s.len > 0 && s.p[0] == '[') {
		s = hms_strn(s.p + 1, s.len - 1);
		host = hms_str_split(&s, ']');
		if (!s.p || (s.len > 0 && s.p[0] != ':'))
			return bad(err, "a bad IPv6 address");
		s = s.len > 0 ? hms_strn(s.p + 1, s.len - 1) : (struct hms_str){ NULL, 0 };
	} else {
		host = hms_str_split(&s, ':');
	}
	rc = copy(host, out->host, sizeof(out->host), "no host, or one that is too long", err);
	if (rc != 0 || !s.p)
		return rc;
	return copy_number(s, 65535, out->port, sizeof(out->port), "a bad port", err);
}

static int parse_network(struct hms_str s, struct redis_url *out, struct hms_err *err)
{
	const char *at = s.len > 0 ? memrchr(s.p, '@', s.len) : NULL;
	struct hms_str address;
	int rc = 0;

	strcpy(out->port, "6379");
	if (at) {
		rc = parse_user(hms_strn(s.p, (size_t)(at - s.p)), out, err);
		s = hms_strn(at + 1, s.len - (size_t)(at + 1 - s.p));
	}
	if (rc != 0)
		return rc;
	address = hms_str_split(&s, '/');
	if (s.len > 0)
		rc = copy_number(s, 99999, out->db, sizeof(out->db), "a bad number of a database", err);
	return rc != 0 ? rc : parse_address(address, out, err);
}

int redis_url_parse(const char *url, struct redis_url *out, struct hms_err *err)
{
	struct hms_str s = hms_str(url);

	memset(out, 0, sizeof(*out));
	if (hms_str_starts(s, HMS_STR(UNIX_SCHEME))) {
		s = hms_strn(s.p + strlen(UNIX_SCHEME), s.len - strlen(UNIX_SCHEME));
		return copy(s, out->unix_path, sizeof(out->unix_path), "no path, or one that is too long", err);
	}
	if (!hms_str_starts(s, HMS_STR(SCHEME)))
		return bad(err, "redis:// or unix: expected (TLS needs a newer hiredis)");
	return parse_network(hms_strn(s.p + strlen(SCHEME), s.len - strlen(SCHEME)), out, err);
}
