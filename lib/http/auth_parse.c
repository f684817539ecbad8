/* Reading Authorization and WWW-Authenticate headers (RFC 7235, 7616, 7617): hostile input. */
#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/http/digest.h"

/* The header's copy in the arena; quoted strings are unescaped in place. */
struct cursor {
	char *p, *end;
};

/* Parameters of Digest, as they were sent. p is NULL for one that was not. */
struct fields {
	struct hms_str username, realm, nonce, uri, response, cnonce, opaque, qop, nc, algorithm;
};

static const struct {
	const char *name;
	size_t offset;
} known[] = {
	{ "username", offsetof(struct fields, username) },
	{ "realm", offsetof(struct fields, realm) },
	{ "nonce", offsetof(struct fields, nonce) },
	{ "uri", offsetof(struct fields, uri) },
	{ "response", offsetof(struct fields, response) },
	{ "cnonce", offsetof(struct fields, cnonce) },
	{ "opaque", offsetof(struct fields, opaque) },
	{ "qop", offsetof(struct fields, qop) },
	{ "nc", offsetof(struct fields, nc) },
	{ "algorithm", offsetof(struct fields, algorithm) },
};

/* What take_param() found. */
enum { END = 0, PARAM = 1, NO_EQUALS = 2 };

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* RFC 7230 tchar */
static bool is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_control(char c) { return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f; }

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && is_blank(*c->p))
		c->p++;
}

static struct hms_str take_token(struct cursor *c)
{
	char *start = c->p;

	while (c->p < c->end && is_token(*c->p))
		c->p++;
	return hms_strn(start, (size_t)(c->p - start));
}

/* The cursor is behind the opening quote. */
static int take_quoted(struct cursor *c, struct hms_str *value)
{
	char *start = c->p, *out = c->p;

	while (c->p < c->end && *c->p != '"') {
		if (*c->p == '\\' && ++c->p == c->end)
			return HMS_ESYNTAX;
		if (is_control(*c->p))
			return HMS_ESYNTAX;
		*out++ = *c->p++;
	}
	if (c->p == c->end)
		return HMS_ESYNTAX;
	c->p++;
	*value = hms_strn(start, (size_t)(out - start));
	return 0;
}

/* Forgiving: some clients quote tokens, some do not quote what is no token. */
static int take_value(struct cursor *c, struct hms_str *value)
{
	char *start = c->p;

	if (c->p < c->end && *c->p == '"') {
		c->p++;
		return take_quoted(c, value);
	}
	for (; c->p < c->end && !is_blank(*c->p) && *c->p != ','; c->p++)
		if (is_control(*c->p) || *c->p == '"')
			return HMS_ESYNTAX;
	*value = hms_strn(start, (size_t)(c->p - start));
	return 0;
}

/* Returns END, PARAM, NO_EQUALS (a name alone: the next challenge) or HMS_ESYNTAX. */
static int take_param(struct cursor *c, struct hms_str *name, struct hms_str *value)
{
	while (c->p < c->end && (is_blank(*c->p) || *c->p == ','))
		c->p++;
	if (c->p == c->end)
		return END;
	*name = take_token(c);
	if (name->len == 0)
		return HMS_ESYNTAX;
	skip_blanks(c);
	if (c->p == c->end || *c->p != '=')
		return NO_EQUALS;
	c->p++;
	skip_blanks(c);
	if (take_value(c, value) != 0)
		return HMS_ESYNTAX;
	skip_blanks(c);
	return c->p == c->end || *c->p == ',' ? PARAM : HMS_ESYNTAX;
}

/* A parameter given twice could mean one thing to us and another to whoever looked before. */
static int keep_param(struct fields *fields, struct hms_str name, struct hms_str value)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct hms_str *field = (struct hms_str *)((char *)fields + known[i].offset);

		if (!hms_str_caseeq(name, hms_str(known[i].name)))
			continue;
		if (field->p)
			return HMS_ESYNTAX;
		*field = value;
		return 0;
	}
	return 0;
}

/* Reads all parameters. Returns END, NO_EQUALS (there is more) or HMS_ESYNTAX. */
static int read_fields(struct cursor *c, struct fields *fields)
{
	struct hms_str name, value;
	int rc;

	while ((rc = take_param(c, &name, &value)) == PARAM)
		if (keep_param(fields, name, value) != 0)
			return HMS_ESYNTAX;
	return rc;
}

/* Absent means MD5 (RFC 7616 3.3). */
static bool read_algorithm(struct hms_str text, enum hms_digest_alg *alg)
{
	bool sha256 = hms_str_caseeq(text, HMS_STR("SHA-256"));

	*alg = sha256 ? HMS_DIGEST_SHA256 : HMS_DIGEST_MD5;
	return sha256 || !text.p || hms_str_caseeq(text, HMS_STR("MD5"));
}

/* RFC 7616 wants 8 hex digits; fewer are forgiven. */
static int read_nc(struct hms_str text, uint32_t *nc)
{
	char digits[8];
	uint8_t bytes[4];

	if (text.len == 0 || text.len > sizeof(digits))
		return HMS_ESYNTAX;
	memset(digits, '0', sizeof(digits));
	memcpy(digits + sizeof(digits) - text.len, text.p, text.len);
	if (hms_unhex(hms_strn(digits, sizeof(digits)), bytes, sizeof(bytes)) != sizeof(bytes))
		return HMS_ESYNTAX;
	*nc = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
	return 0;
}

static void keep_fields(const struct fields *f, struct hms_http_auth *out)
{
	out->username = f->username;
	out->realm = f->realm;
	out->nonce = f->nonce;
	out->uri = f->uri;
	out->response = f->response;
	out->cnonce = f->cnonce;
	out->opaque = f->opaque;
	out->qop = f->qop;
	out->nc = f->nc;
}

static int parse_digest(struct cursor *c, struct hms_http_auth *out)
{
	struct fields f = { 0 };

	if (read_fields(c, &f) != END || !f.username.p || !f.realm.p || !f.nonce.p || !f.uri.p || !f.response.p)
		return HMS_ESYNTAX;
	if (!read_algorithm(f.algorithm, &out->alg) || (f.qop.len > 0 && !hms_str_caseeq(f.qop, HMS_STR("auth")))) {
		out->scheme = HMS_AUTH_OTHER;
		return 0;
	}
	if (f.qop.len > 0 && (!f.cnonce.p || read_nc(f.nc, &out->nc_value) != 0))
		return HMS_ESYNTAX;
	keep_fields(&f, out);
	return 0;
}

static int parse_basic(struct hms_arena *arena, struct hms_str text, struct hms_http_auth *out)
{
	size_t size = text.len / 4 * 3 + 3;
	char *plain = hms_arena_alloc(arena, size);
	struct hms_str rest;
	int len;

	if (!plain)
		return HMS_ENOMEM;
	len = hms_unbase64(text, plain, size);
	if (len < 0 || memchr(plain, 0, (size_t)len) || !memchr(plain, ':', (size_t)len))
		return HMS_ESYNTAX;
	rest = hms_strn(plain, (size_t)len);
	out->username = hms_str_split(&rest, ':');
	out->password = rest;
	return 0;
}

/* Copies the header and takes the scheme; the cursor is behind it then. */
static int open_header(struct hms_arena *arena, struct hms_str header, struct cursor *c, struct hms_str *scheme)
{
	header = hms_str_trim(header);
	c->p = hms_arena_strz(arena, header);
	if (!c->p)
		return HMS_ENOMEM;
	c->end = c->p + header.len;
	*scheme = take_token(c);
	if (scheme->len == 0 || (c->p < c->end && !is_blank(*c->p)))
		return HMS_ESYNTAX;
	skip_blanks(c);
	return 0;
}

int hms_http_auth_parse(struct hms_arena *arena, struct hms_str header, struct hms_http_auth *out)
{
	struct hms_str scheme;
	struct cursor c;
	int rc;

	*out = (struct hms_http_auth){ .scheme = HMS_AUTH_ABSENT };
	if (!header.p)
		return 0;
	rc = open_header(arena, header, &c, &scheme);
	if (rc != 0)
		return rc;
	if (hms_str_caseeq(scheme, HMS_STR("Digest"))) {
		out->scheme = HMS_AUTH_DIGEST;
		return parse_digest(&c, out);
	}
	if (hms_str_caseeq(scheme, HMS_STR("Basic"))) {
		out->scheme = HMS_AUTH_BASIC;
		return parse_basic(arena, hms_strn(c.p, (size_t)(c.end - c.p)), out);
	}
	out->scheme = HMS_AUTH_OTHER;
	return 0;
}

/* Whether the list of a challenge's qop has "auth". */
static bool offers_auth(struct hms_str list)
{
	while (list.p) {
		struct hms_str item = hms_str_trim(hms_str_split(&list, ','));

		if (hms_str_caseeq(item, HMS_STR("auth")))
			return true;
	}
	return false;
}

int hms_digest_parse_challenge(struct hms_arena *arena, struct hms_str header, struct hms_http_auth *out)
{
	struct fields f = { 0 };
	struct hms_str scheme;
	struct cursor c;
	int rc;

	*out = (struct hms_http_auth){ .scheme = HMS_AUTH_DIGEST };
	rc = open_header(arena, header, &c, &scheme);
	if (rc != 0)
		return rc;
	if (!hms_str_caseeq(scheme, HMS_STR("Digest")) || read_fields(&c, &f) < 0 || !f.realm.p || !f.nonce.p)
		return HMS_ESYNTAX;
	if (!read_algorithm(f.algorithm, &out->alg) || (f.qop.len > 0 && !offers_auth(f.qop)))
		return HMS_ESYNTAX;
	out->realm = f.realm;
	out->nonce = f.nonce;
	out->opaque = f.opaque;
	out->qop = f.qop.len > 0 ? HMS_STR("auth") : HMS_STR("");
	return 0;
}
