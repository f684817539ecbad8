/* Parameters of requests, one reader a type. */
#include "param.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/encode.h"

#define TEXT_MAX 4096
#define TEXTS_MAX 32

static int bad(struct hms_err *err, const char *what) { return hms_err_set(err, HMS_EINVAL, "%s", what); }

/* ---------------------------------------------------------------- types */

static size_t characters(struct hms_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static json_t *read_text(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	size_t n = characters(s), most = p->max ? (size_t)p->max : TEXT_MAX;

	if (n >= (size_t)p->min && n <= most)
		return json_stringn(s.p, s.len);
	hms_err_set(err, HMS_EINVAL, "%lld to %zu characters are allowed", (long long)p->min, most);
	return NULL;
}

static json_t *read_int(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	int64_t v;

	if (hms_str_i64(s, &v) == 0 && v >= p->min && v <= p->max)
		return json_integer(v);
	hms_err_set(err, HMS_EINVAL, "a number from %lld to %lld is needed", (long long)p->min, (long long)p->max);
	return NULL;
}

/* PostgreSQL reads many spellings of a time and some words; only this one is offered. */
static json_t *read_time(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	size_t n = sizeof(shape) - 1, i;

	(void)p;
	for (i = 0; i < n && i < s.len; i++)
		if (shape[i] == 'd' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != shape[i])
			break;
	if (i == n && i < s.len && s.p[i] == '.')
		for (i++; i < s.len && i < n + 7 && s.p[i] >= '0' && s.p[i] <= '9';)
			i++;
	if (i >= n && i + 1 == s.len && s.p[i] == 'Z')
		return json_stringn(s.p, s.len);
	bad(err, "a time like 2026-01-31T12:00:00Z is needed");
	return NULL;
}

static json_t *read_uuid(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	uint8_t id[16];

	(void)p;
	if (hms_uuid_parse(s, id) == 0)
		return json_stringn(s.p, s.len);
	bad(err, "a UUID is needed");
	return NULL;
}

static json_t *read_id(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	uint64_t v;

	(void)p;
	if (hms_str_u64(s, &v) == 0 && v <= INT64_MAX)
		return json_sprintf("%llu", (unsigned long long)v);
	bad(err, "a command's number is needed");
	return NULL;
}

static json_t *read_choice(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	struct hms_str rest = hms_str(p->choices);

	while (rest.p)
		if (hms_str_eq(hms_str_split(&rest, '|'), s))
			return json_stringn(s.p, s.len);
	hms_err_set(err, HMS_EINVAL, "one of %s is needed", p->choices);
	return NULL;
}

/* Parts are cut before they are decoded: a dash inside one is %2D, as in a device's user name (TR-069 3.4.4). */
static json_t *read_device(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	json_t *parts = json_array();
	struct hms_str rest = s;
	char part[1024];
	uint8_t id[16];

	(void)p;
	if (hms_uuid_parse(s, id) == 0)
		rest = (struct hms_str){ NULL, 0 };
	if (!rest.p)
		json_array_append_new(parts, json_stringn(s.p, s.len));
	while (rest.p && json_array_size(parts) < 4) {
		struct hms_str raw = hms_str_split(&rest, '-');
		int n = raw.len <= sizeof(part) ? nbi_url_decode(raw, false, part) : HMS_ETOOBIG;

		json_array_append_new(parts, n >= 0 ? json_stringn(part, (size_t)n) : json_null());
		if (n < 0)
			break;
	}
	if (json_array_size(parts) == 1
		    ? !rest.p && hms_uuid_parse(s, id) == 0
		    : json_array_size(parts) <= 3 && !rest.p && json_is_string(json_array_get(parts, json_array_size(parts) - 1)))
		return parts;
	json_decref(parts);
	bad(err, "a device is named by its id, OUI-SerialNumber or OUI-ProductClass-SerialNumber (a dash inside a part is %2D)");
	return NULL;
}

static json_t *read_alarm(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	struct hms_str number = s, device = hms_str_split(&number, '.');
	uint8_t id[16];
	int64_t v;

	(void)p;
	if (number.p && hms_uuid_parse(device, id) == 0 && hms_str_i64(number, &v) == 0)
		return json_stringn(s.p, s.len);
	bad(err, "an alarm's id is needed: <device id>.<number>");
	return NULL;
}

static json_t *read_object(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	(void)p;
	(void)s;
	bad(err, "an object is needed");
	return NULL;
}

static json_t *read_texts(const struct nbi_param *p, struct hms_str s, struct hms_err *err)
{
	(void)p;
	(void)s;
	bad(err, "an array of strings is needed");
	return NULL;
}

static json_t *(*const readers[NBI_TYPE_COUNT])(const struct nbi_param *p, struct hms_str s, struct hms_err *err) = {
	[NBI_TEXT] = read_text,	  [NBI_INT] = read_int,	      [NBI_TIME] = read_time,	  [NBI_UUID] = read_uuid,
	[NBI_ID] = read_id,	  [NBI_CHOICE] = read_choice, [NBI_DEVICE] = read_device, [NBI_OBJECT] = read_object,
	[NBI_ALARM] = read_alarm, [NBI_LIST] = read_object,   [NBI_TEXTS] = read_texts,
};

json_t *nbi_param_text(const struct nbi_param *param, struct hms_str text, struct hms_err *err)
{
	return readers[param->type](param, text, err);
}

static json_t *check_texts(const struct nbi_param *param, json_t *array, struct hms_err *err)
{
	size_t i;
	json_t *each;

	if (json_array_size(array) > TEXTS_MAX) {
		hms_err_set(err, HMS_EINVAL, "at most %d are allowed", TEXTS_MAX);
		return NULL;
	}
	json_array_foreach(array, i, each)
	{
		json_t *text = json_is_string(each) ? read_text(param, hms_strn(json_string_value(each), json_string_length(each)), err)
						    : read_texts(param, HMS_STR(""), err);

		if (!text)
			return NULL;
		json_decref(text);
	}
	return json_incref(array);
}

json_t *nbi_param_json(const struct nbi_param *param, json_t *value, struct hms_err *err)
{
	char digits[32];

	if (param->type == NBI_TEXTS)
		return json_is_array(value) ? check_texts(param, value, err) : read_texts(param, HMS_STR(""), err);
	if (param->type == NBI_OBJECT && json_is_object(value))
		return json_incref(value);
	if (param->type == NBI_LIST && json_is_array(value))
		return json_incref(value);
	if (param->type == NBI_INT && json_is_integer(value)) {
		snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(value));
		return read_int(param, hms_str(digits), err);
	}
	if (param->type != NBI_INT && param->type != NBI_OBJECT && param->type != NBI_LIST && json_is_string(value))
		return readers[param->type](param, hms_strn(json_string_value(value), json_string_length(value)), err);
	bad(err, param->type == NBI_INT	     ? "a number is needed"
		 : param->type == NBI_OBJECT ? "an object is needed"
		 : param->type == NBI_LIST   ? "an array is needed"
					     : "a string is needed");
	return NULL;
}

/* ---------------------------------------------------------------- whole queries and bodies */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int nbi_url_decode(struct hms_str in, bool plus, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.p[i];

		if (c == '%') {
			if (i + 2 >= in.len || hex(in.p[i + 1]) < 0 || hex(in.p[i + 2]) < 0)
				return HMS_ESYNTAX;
			c = (char)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2]));
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		out[n++] = c;
	}
	return hms_utf8_valid(hms_strn(out, n)) ? (int)n : HMS_ESYNTAX;
}

static const struct nbi_param *find(const struct nbi_param *table, struct hms_str name)
{
	for (; table && table->name; table++)
		if (hms_str_eqz(name, table->name))
			return table;
	return NULL;
}

static int put(json_t *args, const struct nbi_param *p, json_t *value)
{
	return value && !json_object_set_new(args, p->name, value) ? 0 : HMS_EINVAL;
}

/* Defaults, and whether something is missing. */
static int complete(const struct nbi_param *table, json_t *args, char field[64], struct hms_err *err)
{
	for (; table && table->name; table++) {
		if (json_object_get(args, table->name))
			continue;
		if (table->required) {
			snprintf(field, 64, "%s", table->name);
			return bad(err, "it is missing");
		}
		if (table->def)
			json_object_set_new(args, table->name, json_integer(table->def));
	}
	return 0;
}

static int read_pair(const struct nbi_param *table, struct hms_str pair, json_t *args, char *scratch, char field[64], struct hms_err *err)
{
	struct hms_str value = pair, name = hms_str_split(&value, '=');
	const struct nbi_param *p;
	int n = nbi_url_decode(name, true, scratch);

	snprintf(field, 64, "%.*s", n < 0 ? 0 : n > 63 ? 63 : n, scratch);
	if (n < 0)
		return hms_err_set(err, HMS_ESYNTAX, "the query has a bad escape");
	p = find(table, hms_strn(scratch, (size_t)n));
	if (!p)
		return hms_err_set(err, HMS_ENOENT, "no such parameter");
	if (json_object_get(args, p->name))
		return hms_err_set(err, HMS_ESYNTAX, "it is there twice");
	n = nbi_url_decode(value, true, scratch);
	if (n < 0)
		return hms_err_set(err, HMS_ESYNTAX, "the value has a bad escape");
	return put(args, p, nbi_param_text(p, p->type == NBI_DEVICE ? value : hms_strn(scratch, (size_t)n), err));
}

int nbi_query_read(const struct nbi_param *table, struct hms_str query, json_t *args, char field[64], struct hms_err *err)
{
	struct hms_str rest = query;
	char *scratch = malloc(query.len + 1);
	int rc = scratch ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");

	field[0] = '\0';
	while (!rc && rest.p && rest.len) {
		struct hms_str pair = hms_str_split(&rest, '&');

		if (pair.len)
			rc = read_pair(table, pair, args, scratch, field, err);
	}
	free(scratch);
	return rc ? rc : complete(table, args, field, err);
}

int nbi_body_read(const struct nbi_param *table, struct hms_str body, json_t *args, char field[64], struct hms_err *err)
{
	json_error_t why;
	json_t *root = json_loadb(body.p ? body.p : "", body.len, JSON_REJECT_DUPLICATES, &why), *value;
	const char *name;
	int rc = 0;

	field[0] = '\0';
	if (!json_is_object(root)) {
		json_decref(root);
		return root ? hms_err_set(err, HMS_ESYNTAX, "an object is needed")
			    : hms_err_set(err, HMS_ESYNTAX, "line %d, column %d: %s", why.line, why.column, why.text);
	}
	json_object_foreach(root, name, value)
	{
		const struct nbi_param *p = find(table, hms_str(name));

		snprintf(field, 64, "%s", name);
		rc = p ? put(args, p, nbi_param_json(p, value, err)) : hms_err_set(err, HMS_ENOENT, "no such field");
		if (rc)
			break;
	}
	json_decref(root);
	return rc ? rc : complete(table, args, field, err);
}
