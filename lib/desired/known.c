/* Notes about a device: how each end of a step changes them. */
#include "hms/desired/known.h"

#include <inttypes.h>
#include <stdio.h>

#include "notes.h"

#define KEY_MAX 300

/* ---------------------------------------------------------------- access */

json_t *note_get(const json_t *notes, const char *member, struct hms_str key)
{
	char name[KEY_MAX];

	if (key.len >= sizeof(name))
		return NULL;
	snprintf(name, sizeof(name), "%.*s", HMS_STR_FMT(key));
	return json_object_get(json_object_get(notes, member), name);
}

void note_set(json_t *notes, const char *member, struct hms_str key, json_t *value)
{
	json_t *object = json_object_get(notes, member);
	char name[KEY_MAX];

	if (!json_is_object(object)) {
		object = json_object();
		json_object_set_new(notes, member, object);
	}
	if (key.len < sizeof(name)) {
		snprintf(name, sizeof(name), "%.*s", HMS_STR_FMT(key));
		json_object_set_new(object, name, value);
	} else {
		json_decref(value);
	}
}

void note_drop(json_t *notes, const char *member, struct hms_str key)
{
	char name[KEY_MAX];

	if (key.len >= sizeof(name))
		return;
	snprintf(name, sizeof(name), "%.*s", HMS_STR_FMT(key));
	json_object_del(json_object_get(notes, member), name);
}

void note_hex(uint64_t value, char out[17]) { snprintf(out, 17, "%016" PRIx64, value); }

json_t *hms_notes_load(struct hms_str text)
{
	json_t *notes = text.len ? json_loadb(text.p, text.len, 0, NULL) : NULL;

	if (json_is_object(notes))
		return notes;
	json_decref(notes);
	return json_object();
}

void hms_notes_retry(json_t *notes)
{
	static const char *const members[] = { NOTE_REFUSED, NOTE_UNTOLD, NOTE_READ_MAX, NOTE_TELL_MAX, NOTE_NO_ATTRIBUTES, NOTE_NO_FILES };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_del(notes, members[i]);
}

void hms_notes_forget(json_t *notes) { json_object_clear(notes); }

/* ---------------------------------------------------------------- tables */

/* "A.B.3." -> "A.B." and 3. */
static bool split_row(struct hms_str row, struct hms_str *table, uint32_t *instance)
{
	const char *dot;
	uint64_t n;

	if (!hms_str_ends(row, HMS_STR(".")))
		return false;
	dot = memrchr(row.p, '.', row.len - 1);
	if (!dot || hms_str_u64(hms_strn(dot + 1, (size_t)(row.p + row.len - 1 - (dot + 1))), &n) || n > UINT32_MAX)
		return false;
	*table = hms_strn(row.p, (size_t)(dot + 1 - row.p));
	*instance = (uint32_t)n;
	return true;
}

static bool has(const json_t *list, json_int_t instance)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (json_integer_value(item) == instance)
			return true;
	}
	return false;
}

static void own(json_t *notes, struct hms_str table, json_int_t instance, const char *row)
{
	json_t *ours = note_get(notes, NOTE_OURS, table);
	char text[24];

	if (!row)
		return;
	if (!ours) {
		ours = json_object();
		note_set(notes, NOTE_OURS, table, ours);
	}
	snprintf(text, sizeof(text), "%lld", (long long)instance);
	json_object_set_new(ours, text, json_string(row));
}

/* Rows that are not there any more are nobody's. */
static void disown_gone(json_t *notes, struct hms_str table, const json_t *instances)
{
	json_t *ours = note_get(notes, NOTE_OURS, table), *row;
	const char *name;
	void *next;

	json_object_foreach_safe(ours, next, name, row)
	{
		uint64_t n = 0;

		if (hms_str_u64(hms_str(name), &n) || !has(instances, (json_int_t)n))
			json_object_del(ours, name);
	}
}

/* The table was read while an AddObject had no answer: a row that was not there before is the one. */
static void resolve(json_t *notes, struct hms_str table, const json_t *instances)
{
	json_t *open = json_object_get(notes, NOTE_OPEN), *item;
	const char *of = json_string_value(json_object_get(open, "table")), *row = json_string_value(json_object_get(open, "row"));
	size_t i;

	if (!of || !hms_str_eqz(table, of))
		return;
	json_array_foreach((json_t *)instances, i, item)
	{
		if (!row || has(json_object_get(open, "was"), json_integer_value(item)))
			continue;
		own(notes, table, json_integer_value(item), row);
		break;
	}
	json_object_del(notes, NOTE_OPEN);
}

static void set_instances(json_t *notes, struct hms_str table, json_t *instances)
{
	resolve(notes, table, instances);
	disown_gone(notes, table, instances);
	note_set(notes, NOTE_TABLES, table, instances);
}

/* ---------------------------------------------------------------- sent */

static struct hms_str text_of(const json_t *payload, const char *member)
{
	return hms_str(json_string_value(json_object_get(payload, member)));
}

static void open_note(struct hms_known *known, struct hms_str table, const char *member, json_t *value)
{
	json_t *was = note_get(known->notes, NOTE_TABLES, table);
	json_t *open = json_object();

	json_object_set_new(open, "table", json_stringn(table.p, table.len));
	json_object_set_new(open, "was", was ? json_deep_copy(was) : json_array());
	json_object_set_new(open, member, value);
	json_object_set_new(known->notes, NOTE_OPEN, open);
	note_drop(known->notes, NOTE_TABLES, table);
}

void hms_known_sent(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload)
{
	struct hms_str name = text_of(payload, "ObjectName"), table;
	uint32_t instance;

	if (!name.p)
		return;
	if (method == HMS_CWMP_ADD_OBJECT)
		open_note(known, name, "row", json_string(json_string_value(json_object_get(payload, "Row"))));
	else if (method == HMS_CWMP_DELETE_OBJECT && split_row(name, &table, &instance))
		open_note(known, table, "gone", json_integer(instance));
}

/* ---------------------------------------------------------------- done */

/* The list as it was, with what the answer has made of it. */
static void close_note(struct hms_known *known, struct hms_str table, uint32_t instance, bool added)
{
	json_t *open = json_object_get(known->notes, NOTE_OPEN), *list, *item;
	const char *of = json_string_value(json_object_get(open, "table"));
	size_t i;

	if (!of || !hms_str_eqz(table, of) || !instance)
		return; /* what is there has to be read */
	list = json_array();
	json_array_foreach(json_object_get(open, "was"), i, item)
	{
		if (json_integer_value(item) != instance)
			json_array_append(list, item);
	}
	if (added) {
		json_array_append_new(list, json_integer(instance));
		own(known->notes, table, instance, json_string_value(json_object_get(open, "row")));
	}
	json_object_del(known->notes, NOTE_OPEN);
	set_instances(known->notes, table, list);
}

static void wrote(struct hms_known *known, const json_t *payload)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(payload, "ParameterList"), i, row)
	{
		json_t *digest = json_object_get(row, "Digest");

		if (digest)
			note_set(known->notes, NOTE_WRITTEN, text_of(row, "Name"), json_incref(digest));
	}
}

static void told(struct hms_known *known, const json_t *payload)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(payload, "ParameterList"), i, row)
	{
		note_set(known->notes, NOTE_NOTIFY, text_of(row, "Name"), json_incref(json_object_get(row, "Notification")));
	}
}

void hms_known_done(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload, uint32_t instance)
{
	struct hms_str name = text_of(payload, "ObjectName"), table;

	switch (method) {
	case HMS_CWMP_ADD_OBJECT:
		close_note(known, name, instance, true);
		break;
	case HMS_CWMP_DELETE_OBJECT:
		if (split_row(name, &table, &instance))
			close_note(known, table, instance, false);
		break;
	case HMS_CWMP_SET_PARAMETER_VALUES:
	case HMS_CWMP_DOWNLOAD:
		wrote(known, payload);
		break;
	case HMS_CWMP_SET_PARAMETER_ATTRIBUTES:
		told(known, payload);
		break;
	default:
		break;
	}
}

/* ---------------------------------------------------------------- read */

static bool is_answered(struct hms_str name, const struct hms_known_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (hms_str_eq(name, rows[i].path))
			return true;
	return false;
}

static json_t *instances_below(struct hms_str table, const struct hms_known_row *rows, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		struct hms_str rest = rows[i].path;
		uint64_t n;

		if (!hms_str_starts(rest, table))
			continue;
		rest = hms_strn(rest.p + table.len, rest.len - table.len);
		if (!hms_str_u64(hms_str_split(&rest, '.'), &n) && rest.p && n <= UINT32_MAX && !has(list, (json_int_t)n))
			json_array_append_new(list, json_integer((json_int_t)n));
	}
	return list;
}

void known_read_empty(struct hms_known *known, struct hms_str path)
{
	set_instances(known->notes, path, json_array());
	note_set(known->notes, NOTE_SEEN, path, json_true());
}

void hms_known_read(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload, const struct hms_known_row *rows,
		    size_t count)
{
	bool values = method == HMS_CWMP_GET_PARAMETER_VALUES;
	struct hms_str is;
	size_t i;
	json_t *item;

	for (i = 0; !values && i < count; i++)
		note_set(known->notes, NOTE_NOTIFY, rows[i].path, json_integer(rows[i].notify));
	json_array_foreach(json_object_get(payload, "ParameterNames"), i, item)
	{
		struct hms_str name = hms_str(json_string_value(item));

		if (hms_str_ends(name, HMS_STR("."))) {
			set_instances(known->notes, name, instances_below(name, rows, count));
			note_set(known->notes, NOTE_SEEN, name, json_true());
		} else if (!is_answered(name, rows, count) &&
			   (!values || !known->value(known->arg, name, &is))) { /* or in another part of the answer */
			note_set(known->notes, values ? NOTE_REFUSED : NOTE_UNTOLD, name, json_integer(9005));
		}
	}
}
