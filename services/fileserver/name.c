/* Names of uploaded files: read from where devices put them, and cleaned. */
#include "name.h"

#include <stdio.h>
#include <time.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"

static const struct hms_str nothing = { "", 0 };

/* Percent-decoded (RFC 3986 2.1), with plus as a blank in queries. {NULL,0}: a bad escape; *rc says HMS_ENOMEM otherwise. */
static struct hms_str decode(struct hms_arena *arena, struct hms_str s, bool plus, int *rc)
{
	char *out = hms_arena_alloc(arena, s.len + 1);
	size_t len = 0;

	*rc = out ? 0 : HMS_ENOMEM;
	for (size_t i = 0; out && i < s.len; i++) {
		if (s.p[i] == '%') {
			if (s.len - i < 3 || hms_unhex(hms_strn(s.p + i + 1, 2), out + len, 1) != 1) {
				*rc = HMS_ESYNTAX;
				return (struct hms_str){ 0 };
			}
			i += 2;
			len++;
		} else {
			out[len++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	return out ? hms_strn(out, len) : (struct hms_str){ 0 };
}

static bool is_control(char c) { return (unsigned char)c < 0x20 || c == 0x7f; }

static bool is_slash(char c) { return c == '/' || c == '\\'; }

static struct hms_str last_part(struct hms_str s)
{
	size_t at = s.len;

	while (at > 0 && !is_slash(s.p[at - 1]))
		at--;
	return hms_strn(s.p + at, s.len - at);
}

/* The end of a name says what it is; cut at the start of a character. */
static struct hms_str cut(struct hms_str s)
{
	while (s.len > FS_NAME_MAX || (s.len > 0 && ((uint8_t)s.p[0] & 0xc0) == 0x80))
		s = hms_strn(s.p + 1, s.len - 1);
	return s;
}

struct hms_str fs_name_clean(struct hms_arena *arena, struct hms_str name)
{
	struct hms_str from = last_part(name);
	char *out = hms_arena_alloc(arena, from.len + 1);
	size_t len = 0;

	if (!out)
		return (struct hms_str){ 0 };
	while (from.len > 0) {
		size_t n = hms_utf8_next(from);

		if (n == 0 || !is_control(from.p[0])) {
			memcpy(out + len, n == 0 ? "_" : from.p, n == 0 ? 1 : n);
			len += n == 0 ? 1 : n;
		}
		from = hms_strn(from.p + (n ? n : 1), from.len - (n ? n : 1));
	}
	from = cut(hms_str_trim(hms_strn(out, len)));
	while (from.len > 0 && from.p[0] == '.')
		from = hms_strn(from.p + 1, from.len - 1);
	return from;
}

static int cleaned(struct hms_arena *arena, struct hms_str raw, struct hms_str *name)
{
	*name = fs_name_clean(arena, raw);
	return name->p ? 0 : HMS_ENOMEM;
}

static bool is_trick(struct hms_str part)
{
	if (hms_str_eqz(part, ".") || hms_str_eqz(part, ".."))
		return true;
	for (size_t i = 0; i < part.len; i++)
		if (is_control(part.p[i]) || is_slash(part.p[i]))
			return true;
	return false;
}

int fs_name_of_path(struct hms_arena *arena, struct hms_str tail, struct hms_str *name)
{
	struct hms_str last = nothing;
	int rc;

	while (tail.p) {
		struct hms_str part = decode(arena, hms_str_split(&tail, '/'), false, &rc);

		if (rc)
			return rc;
		if (is_trick(part))
			return HMS_ESYNTAX;
		if (part.len > 0)
			last = part;
	}
	return cleaned(arena, last, name);
}

int fs_name_of_query(struct hms_arena *arena, struct hms_str query, struct hms_str *name)
{
	*name = nothing;
	while (query.p) {
		struct hms_str value = hms_str_split(&query, '&'), key = hms_str_split(&value, '=');
		int rc;

		if (!hms_str_caseeq(key, HMS_STR("filename")) && !hms_str_caseeq(key, HMS_STR("name")) &&
		    !hms_str_caseeq(key, HMS_STR("file")))
			continue;
		value = decode(arena, value.p ? value : nothing, true, &rc);
		if (rc == 0)
			rc = cleaned(arena, value, name);
		if (rc == HMS_ENOMEM || name->len > 0)
			return rc;
	}
	return 0;
}

/* The value at the start of rest, quoted (RFC 9110 5.6.4) or not; rest is behind it then. */
static struct hms_str take_value(struct hms_arena *arena, struct hms_str *rest)
{
	char *out;
	size_t len = 0, i = 1;
	const char *end;

	if (rest->len == 0 || rest->p[0] != '"') {
		end = memchr(rest->p, ';', rest->len);
		len = end ? (size_t)(end - rest->p) : rest->len;
		*rest = hms_strn(rest->p + len, rest->len - len);
		return hms_str_trim(hms_strn(rest->p - len, len));
	}
	out = hms_arena_alloc(arena, rest->len);
	for (; out && i < rest->len && rest->p[i] != '"'; i++) {
		/* Browsers of old and devices write C:\dir\file without escapes: a backslash escapes quotes and itself only. */
		if (rest->p[i] == '\\' && i + 1 < rest->len && (rest->p[i + 1] == '"' || rest->p[i + 1] == '\\'))
			i++;
		out[len++] = rest->p[i];
	}
	i = i < rest->len ? i + 1 : rest->len;
	*rest = hms_strn(rest->p + i, rest->len - i);
	return out ? hms_strn(out, len) : (struct hms_str){ 0 };
}

struct hms_str fs_header_param(struct hms_arena *arena, struct hms_str header, const char *param)
{
	struct hms_str rest = header;

	take_value(arena, &rest); /* the type */
	while (rest.len > 1) {
		struct hms_str key, value;
		size_t at;

		rest = hms_str_trim(hms_strn(rest.p + 1, rest.len - 1));
		for (at = 0; at < rest.len && rest.p[at] != '=' && rest.p[at] != ';'; at++)
			;
		key = hms_str_trim(hms_strn(rest.p, at));
		rest = hms_strn(rest.p + at, rest.len - at);
		if (rest.len == 0 || rest.p[0] == ';')
			continue;
		rest = hms_str_trim(hms_strn(rest.p + 1, rest.len - 1));
		value = take_value(arena, &rest);
		if (hms_str_caseeq(key, hms_str(param)))
			return value.p ? value : (struct hms_str){ 0 };
		while (rest.len > 0 && rest.p[0] != ';')
			rest = hms_strn(rest.p + 1, rest.len - 1);
	}
	return (struct hms_str){ 0 };
}

int fs_name_of_disposition(struct hms_arena *arena, struct hms_str header, struct hms_str *name)
{
	struct hms_str value = header.p ? fs_header_param(arena, header, "filename*") : header;
	int rc;

	*name = nothing;
	if (value.len > 7 && hms_str_caseeq(hms_strn(value.p, 5), HMS_STR("UTF-8"))) {
		hms_str_split(&value, '\'');
		hms_str_split(&value, '\'');
		value = decode(arena, value.p ? value : nothing, false, &rc);
		if (rc == 0)
			return cleaned(arena, value, name);
	}
	value = header.p ? fs_header_param(arena, header, "filename") : header;
	return value.p ? cleaned(arena, value, name) : 0;
}

struct hms_str fs_name_invented(struct hms_arena *arena, struct hms_device_id device, int64_t wall_us)
{
	char id[37], at[32];
	time_t seconds = wall_us / 1000000;
	struct tm tm;
	char *text;

	hms_uuid_text(device.b, id);
	strftime(at, sizeof(at), "%Y%m%dT%H%M%SZ", gmtime_r(&seconds, &tm));
	text = hms_arena_printf(arena, "%s-%s", id, at);
	return hms_str(text);
}
