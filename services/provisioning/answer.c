/* From the flat fields of a message to JSON: rows of arrays by their numbers, values by their names. */
#include "answer.h"

#include <string.h>

#include "hms/base/str.h"

#define SEGMENTS_MAX 5

enum answer_type { ANSWER_TEXT, ANSWER_UINT, ANSWER_INT, ANSWER_BOOL, ANSWER_LIST };

static enum answer_type type_of(struct hms_str name)
{
	static const struct {
		const char *name;
		enum answer_type type;
	} rows[] = {
#define PROV_ANSWER(name, type) { name, ANSWER_##type },
#include "answers.def"
#undef PROV_ANSWER
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (hms_str_eqz(name, rows[i].name))
			return rows[i].type;
	return ANSWER_TEXT;
}

/* Returns NULL if it is not of that type. */
static json_t *typed(enum answer_type type, struct hms_str text)
{
	uint64_t number;
	bool negative = type == ANSWER_INT && hms_str_starts(text, HMS_STR("-")), flag;
	struct hms_str digits = negative ? hms_strn(text.p + 1, text.len - 1) : text;

	if (type == ANSWER_LIST)
		return text.len ? NULL : json_array();
	if (type == ANSWER_BOOL)
		return hms_str_bool(text, &flag) < 0 ? NULL : json_boolean(flag);
	if (type == ANSWER_TEXT || hms_str_u64(digits, &number) || number > UINT32_MAX)
		return NULL;
	return json_integer(negative ? -(json_int_t)number : (json_int_t)number);
}

static json_t *value_of(struct hms_str name, const char *text)
{
	json_t *value = typed(type_of(name), hms_str(text));

	return value ? value : json_string(text);
}

/* The member of that name, made where there is none. NULL when out of memory, or when it is something else. */
static json_t *member(json_t *object, struct hms_str name, bool array)
{
	char key[257];
	json_t *value;

	if (!json_is_object(object) || name.len >= sizeof(key))
		return NULL;
	memcpy(key, name.p, name.len);
	key[name.len] = '\0';
	value = json_object_get(object, key);
	if (!value) {
		value = array ? json_array() : json_object();
		json_object_set_new(object, key, value);
	}
	return (array ? json_is_array(value) : json_is_object(value)) ? value : NULL;
}

/* The row of the last field, if this one is of the same. */
struct rows {
	json_t *list, *row;
	uint32_t number;
};

static json_t *row_of(struct rows *rows, json_t *list, uint32_t number)
{
	if (rows->list == list && rows->number == number && number)
		return rows->row;
	*rows = (struct rows){ list, json_object(), number };
	json_array_append_new(list, rows->row);
	return rows->row;
}

static size_t split(const char *path, struct hms_str out[SEGMENTS_MAX])
{
	struct hms_str rest = hms_str(path);
	size_t n = 0;

	while (rest.p && n < SEGMENTS_MAX)
		out[n++] = hms_str_split(&rest, '.');
	return rest.p ? 0 : n;
}

static void set(json_t *object, struct hms_str name, json_t *value)
{
	char key[257];

	if (!json_is_object(object) || name.len >= sizeof(key)) {
		json_decref(value);
		return;
	}
	memcpy(key, name.p, name.len);
	key[name.len] = '\0';
	json_object_set_new(object, key, value);
}

/* What lies below the object: "FaultCode", "Fault.FaultCode", "AccessList.string". */
static void put_below(json_t *object, const struct hms_str *names, size_t count, const char *text)
{
	if (count == 1)
		set(object, names[0], value_of(names[0], text));
	else if (count == 2 && type_of(names[0]) == ANSWER_LIST)
		json_array_append_new(member(object, names[0], true), json_string(text));
	else if (count == 2)
		set(member(object, names[0], false), names[1], value_of(names[1], text));
}

static void put(json_t *root, struct rows *rows, const Hms__Field *f)
{
	struct hms_str names[SEGMENTS_MAX];
	size_t n = split(f->path, names);
	bool in_struct = n >= 3 && hms_str_ends(names[1], HMS_STR("Struct"));
	json_t *list;

	if (!n)
		return;
	if (n == 1 || type_of(names[0]) != ANSWER_LIST) {
		put_below(root, names, n, f->value);
		return;
	}
	list = member(root, names[0], true);
	if (!list)
		return;
	if (n == 2 && (hms_str_eqz(names[1], "string") || hms_str_eqz(names[1], "base64")))
		json_array_append_new(list, json_string(f->value));
	else if (in_struct)
		put_below(row_of(rows, list, f->item), names + 2, n - 2, f->value);
	else
		put_below(row_of(rows, list, f->row), names + 1, n - 1, f->value);
}

json_t *prov_answer_json(Hms__Field *const *fields, size_t count, bool *truncated)
{
	json_t *root = json_object();
	struct rows rows = { NULL };
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		bytes += strlen(fields[i]->path) + strlen(fields[i]->value) + 32;
		if (bytes > PROV_ANSWER_MAX_BYTES) {
			*truncated = true;
			break;
		}
		put(root, &rows, fields[i]);
	}
	return root;
}
