/* Secrets by their names, by their values once those are known, and in URLs. */
#include "secret.h"

#include <stdlib.h>
#include <strings.h>

enum {
	SEEN_MAX = 64,
	LEAST_BYTES = 4,
	NUMBER_LEAST_DIGITS = 6,
	NAME_MAX_BYTES = 128,
	TOKEN_LEAST = 32, /* characters of a path segment that may be a signature (hms/device/file_url.h) */
};

/* ---------------------------------------------------------------- names */

struct rule {
	enum { IS, ENDS, HAS, NOT } match;
	struct hms_str text;
};

static const struct rule rules[] = {
#define CWMP_SECRET(match, text) { match, { text, sizeof(text) - 1 } },
#include "hms/cwmp/secrets.def"
#undef CWMP_SECRET
};

static struct hms_str without_digits(struct hms_str s)
{
	while (s.len && s.p[s.len - 1] >= '0' && s.p[s.len - 1] <= '9')
		s.len--;
	return s;
}

struct hms_str hms_cwmp_last_part(struct hms_str path)
{
	struct hms_str rest = hms_str_trim(path), part = { "", 0 };

	while (rest.p) {
		struct hms_str next = hms_str_split(&rest, '.');

		if (without_digits(next).len)
			part = next;
	}
	return part;
}

/* text is in lower case. */
static bool applies(const struct rule *rule, struct hms_str text)
{
	switch (rule->match) {
	case HAS:
		return memmem(text.p, text.len, rule->text.p, rule->text.len);
	case ENDS:
		return hms_str_ends(text, rule->text);
	default:
		return hms_str_eq(text, rule->text);
	}
}

bool hms_cwmp_is_secret(struct hms_str name)
{
	struct hms_str part = without_digits(hms_cwmp_last_part(name)), text;
	char lower[NAME_MAX_BYTES];
	bool secret = false;

	if (part.len > sizeof(lower))
		return true; /* nobody knows what that is */
	for (size_t i = 0; i < part.len; i++)
		lower[i] = (char)(part.p[i] >= 'A' && part.p[i] <= 'Z' ? part.p[i] + ('a' - 'A') : part.p[i]);
	text = hms_strn(lower, part.len);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!applies(&rules[i], text))
			continue;
		if (rules[i].match == NOT)
			return false;
		secret = true;
	}
	return secret;
}

/* ---------------------------------------------------------------- values */

struct hms_cwmp_secrets {
	char *values[SEEN_MAX];
	size_t count;
	bool full;
};

struct hms_cwmp_secrets *hms_cwmp_secrets_new(void) { return calloc(1, sizeof(struct hms_cwmp_secrets)); }

void hms_cwmp_secrets_free(struct hms_cwmp_secrets **secrets)
{
	if (!*secrets)
		return;
	for (size_t i = 0; i < (*secrets)->count; i++) {
		explicit_bzero((*secrets)->values[i], strlen((*secrets)->values[i]));
		free((*secrets)->values[i]);
	}
	free(*secrets);
	*secrets = NULL;
}

bool hms_cwmp_secrets_full(const struct hms_cwmp_secrets *secrets) { return secrets->full; }

/* Words and small numbers stand in too many texts. */
static bool is_common(struct hms_str value)
{
	uint64_t number;
	bool flag;

	return value.len < LEAST_BYTES || hms_str_bool(value, &flag) == 0 ||
	       (hms_str_u64(value, &number) == 0 && value.len < NUMBER_LEAST_DIGITS);
}

/* The longest first: one may stand in another. */
void hms_cwmp_secrets_add(struct hms_cwmp_secrets *s, struct hms_str value)
{
	size_t at = 0;
	char *copy;

	value = hms_str_trim(value);
	if (is_common(value) || hms_str_eqz(value, HMS_CWMP_REDACTED) || memchr(value.p, '\0', value.len))
		return;
	while (at < s->count && strlen(s->values[at]) > value.len)
		at++;
	for (size_t i = at; i < s->count; i++)
		if (hms_str_eqz(value, s->values[i]))
			return;
	copy = s->count < SEEN_MAX ? hms_str_dup(value) : NULL;
	if (!copy) {
		s->full = true;
		return;
	}
	memmove(s->values + at + 1, s->values + at, (s->count - at) * sizeof(s->values[0]));
	s->values[at] = copy;
	s->count++;
}

/* The secret that begins at p, or 0. */
static size_t secret_at(const struct hms_cwmp_secrets *s, struct hms_str text)
{
	for (size_t i = 0; s && i < s->count; i++)
		if (hms_str_starts(text, hms_str(s->values[i])))
			return strlen(s->values[i]);
	return 0;
}

/* ---------------------------------------------------------------- URLs */

static bool ends_url(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '"' || c == '\'' || c == '<' || c == '>'; }

static void write_path(struct hms_buf *out, struct hms_str path)
{
	while (path.p) {
		struct hms_str segment = hms_str_split(&path, '/');

		hms_buf_str(out, segment.len >= TOKEN_LEAST ? HMS_STR(HMS_CWMP_REDACTED) : segment);
		if (path.p)
			hms_buf_char(out, '/');
	}
}

/* Bytes before the first of those characters. */
static size_t until(struct hms_str s, const char *any)
{
	size_t n = 0;

	while (n < s.len && !strchr(any, s.p[n]))
		n++;
	return n;
}

/* What follows "://". */
static void write_url(struct hms_buf *out, struct hms_str url)
{
	struct hms_str rest = url, authority;
	const char *at;

	rest.len = until(rest, "?#");
	authority = hms_strn(rest.p, until(rest, "/"));
	at = memrchr(authority.p, '@', authority.len);
	if (at) {
		hms_buf_strz(out, HMS_CWMP_REDACTED "@");
		rest.len -= (size_t)(at + 1 - rest.p);
		rest.p = at + 1;
	}
	write_path(out, rest);
	if (url.p + url.len > rest.p + rest.len)
		hms_buf_strz(out, "?" HMS_CWMP_REDACTED);
}

/* ---------------------------------------------------------------- all of it */

static void scrub_values(const struct hms_cwmp_secrets *s, struct hms_buf *out, struct hms_str text)
{
	while (text.len) {
		size_t n = secret_at(s, text);

		if (n)
			hms_buf_strz(out, HMS_CWMP_REDACTED);
		else
			hms_buf_char(out, text.p[0]);
		n = n ? n : 1;
		text.p += n;
		text.len -= n;
	}
}

static void scrub_urls(struct hms_buf *out, struct hms_str text)
{
	const char *mark;

	while ((mark = text.len ? memmem(text.p, text.len, "://", 3) : NULL)) {
		struct hms_str url = { mark + 3, 0 };

		while (url.p + url.len < text.p + text.len && !ends_url(url.p[url.len]))
			url.len++;
		hms_buf_add(out, text.p, (size_t)(url.p - text.p));
		write_url(out, url);
		text.len -= (size_t)(url.p + url.len - text.p);
		text.p = url.p + url.len;
	}
	hms_buf_str(out, text);
}

void hms_cwmp_secrets_scrub(const struct hms_cwmp_secrets *secrets, struct hms_buf *out, struct hms_str text)
{
	struct hms_buf plain = HMS_BUF_INIT(4 * text.len + 16);

	scrub_values(secrets, &plain, text);
	if (plain.failed)
		out->failed = plain.failed;
	else
		scrub_urls(out, hms_buf_view(&plain));
	if (plain.p)
		explicit_bzero(plain.p, plain.len);
	hms_buf_fini(&plain);
}
