/* Values of configuration keys: from text into a field, and back. */
#include "hms/base/err.h"
#include "internal.h"

static void *field_of(const struct hms_conf_key *key, void *data) { return (char *)data + key->offset; }

static const void *const_field_of(const struct hms_conf_key *key, const void *data) { return (const char *)data + key->offset; }

static int set_str(struct hms_arena *arena, const struct hms_conf_key *key, void *field, struct hms_str text)
{
	const char *copy = hms_arena_strz(arena, text);

	(void)key;
	if (!copy)
		return HMS_ENOMEM;
	*(const char **)field = copy;
	return 0;
}

static int set_bool(struct hms_arena *arena, const struct hms_conf_key *key, void *field, struct hms_str text)
{
	static const struct {
		struct hms_str word;
		bool value;
	} words[] = {
		{ HMS_STR("true"), true }, { HMS_STR("false"), false }, { HMS_STR("yes"), true }, { HMS_STR("no"), false },
		{ HMS_STR("on"), true },   { HMS_STR("off"), false },	{ HMS_STR("1"), true },	  { HMS_STR("0"), false },
	};

	(void)arena;
	(void)key;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (hms_str_caseeq(text, words[i].word)) {
			*(bool *)field = words[i].value;
			return 0;
		}
	}
	return HMS_ESYNTAX;
}

static int set_number(struct hms_arena *arena, const struct hms_conf_key *key, void *field, struct hms_str text)
{
	int64_t value;

	(void)arena;
	if (conf_quantity_parse(key->type, text, &value) < 0 || value < key->min || value > key->max)
		return HMS_ESYNTAX;
	*(int64_t *)field = value;
	return 0;
}

static int set_enum(struct hms_arena *arena, const struct hms_conf_key *key, void *field, struct hms_str text)
{
	struct hms_str rest = hms_str(key->choices);

	(void)arena;
	for (int i = 0; rest.p; i++) {
		if (hms_str_eq(hms_str_split(&rest, '|'), text)) {
			*(int *)field = i;
			return 0;
		}
	}
	return HMS_ESYNTAX;
}

static void print_str(const struct hms_conf_key *key, const void *field, struct hms_buf *out)
{
	(void)key;
	hms_buf_strz(out, *(const char *const *)field);
}

static void print_bool(const struct hms_conf_key *key, const void *field, struct hms_buf *out)
{
	(void)key;
	hms_buf_strz(out, *(const bool *)field ? "true" : "false");
}

static void print_number(const struct hms_conf_key *key, const void *field, struct hms_buf *out)
{
	conf_quantity_print(key->type, *(const int64_t *)field, out);
}

static void print_enum(const struct hms_conf_key *key, const void *field, struct hms_buf *out)
{
	struct hms_str rest = hms_str(key->choices), choice = hms_str_split(&rest, '|');

	for (int i = *(const int *)field; i > 0; i--)
		choice = hms_str_split(&rest, '|');
	hms_buf_str(out, choice);
}

static bool equal_str(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b) == 0; }

static bool equal_bool(const void *a, const void *b) { return *(const bool *)a == *(const bool *)b; }

static bool equal_number(const void *a, const void *b) { return *(const int64_t *)a == *(const int64_t *)b; }

static bool equal_enum(const void *a, const void *b) { return *(const int *)a == *(const int *)b; }

static const struct {
	const char *words;
	int (*set)(struct hms_arena *arena, const struct hms_conf_key *key, void *field, struct hms_str text);
	void (*print)(const struct hms_conf_key *key, const void *field, struct hms_buf *out);
	bool (*equal)(const void *a, const void *b);
} types[] = {
	[HMS_CONF_STR] = { "text", set_str, print_str, equal_str },
	[HMS_CONF_BOOL] = { "true or false", set_bool, print_bool, equal_bool },
	[HMS_CONF_INT] = { "number", set_number, print_number, equal_number },
	[HMS_CONF_MS] = { "time", set_number, print_number, equal_number },
	[HMS_CONF_SIZE] = { "size", set_number, print_number, equal_number },
	[HMS_CONF_ENUM] = { "one of", set_enum, print_enum, equal_enum },
};

int conf_value_set(struct hms_arena *arena, const struct hms_conf_key *key, void *data, struct hms_str text, struct hms_err *err)
{
	struct hms_buf expected = HMS_BUF_INIT(256);
	int rc = types[key->type].set(arena, key, field_of(key, data), text);

	if (rc == HMS_ENOMEM)
		return hms_err_set(err, rc, "the configuration is too large");
	if (rc < 0) {
		conf_value_expected(key, &expected);
		if (key->flags & HMS_CONF_SECRET)
			hms_err_set(err, rc, "bad value (not shown), expected %s", hms_buf_z(&expected));
		else
			hms_err_set(err, rc, "bad value \"%.*s\", expected %s", (int)(text.len < 128 ? text.len : 128), text.p,
				    hms_buf_z(&expected));
		hms_buf_fini(&expected);
	}
	return rc;
}

void conf_value_print(const struct hms_conf_key *key, const void *data, struct hms_buf *out)
{
	types[key->type].print(key, const_field_of(key, data), out);
}

bool conf_value_equal(const struct hms_conf_key *key, const void *a, const void *b)
{
	return types[key->type].equal(const_field_of(key, a), const_field_of(key, b));
}

void conf_value_expected(const struct hms_conf_key *key, struct hms_buf *out)
{
	struct hms_str rest = hms_str(key->choices);

	hms_buf_strz(out, types[key->type].words);
	if (key->type == HMS_CONF_ENUM) {
		for (const char *between = " "; rest.p; between = ", ") {
			hms_buf_strz(out, between);
			hms_buf_str(out, hms_str_split(&rest, '|'));
		}
	}
	if (key->type == HMS_CONF_INT || key->type == HMS_CONF_MS || key->type == HMS_CONF_SIZE) {
		hms_buf_char(out, ' ');
		conf_quantity_print(key->type, key->min, out);
		hms_buf_strz(out, " to ");
		conf_quantity_print(key->type, key->max, out);
	}
}
