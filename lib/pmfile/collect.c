/* A measInfo: its period, counters and values. The first thing that is wrong with it leaves it out; what follows in it is passed over. */
#include <stdio.h>

#include "internal.h"

#define MANY_NAMES "more names than a file may have"

/* Leaves the measInfo at hand out. */
#define reject(r, kind, ...)                                                   \
	do {                                                                   \
		pm_find((r), (kind), (uint32_t)(r)->infos.count, __VA_ARGS__); \
		(r)->bad = true;                                               \
		(r)->facts.count = (r)->info.first;                            \
	} while (0)

static void info_begin(struct hms_pm_reader *r)
{
	r->info = (struct hms_pm_info){ .first = r->facts.count, .element = r->element };
	r->in_info = true;
	r->bad = r->compact = r->positioned = r->compact_values = r->positioned_values = r->in_value = false;
	r->types.count = 0;
	r->info_serial++;
}

static void set_group(struct hms_pm_reader *r, struct hms_str name)
{
	name = hms_str_trim(name);
	if (name.len > PM_COUNTER_BYTES)
		reject(r, HMS_PM_COUNTER, "the name of the group has %zu bytes", name.len);
	else
		pm_failed(r, pm_names_get(&r->names, name, &r->info.group), MANY_NAMES);
}

PM_ENTER(info)
{
	info_begin(r);
	set_group(r, pm_attribute(a, "measInfoId"));
}

PM_ENTER(measurements)
{
	(void)a;
	info_begin(r);
	r->info.element = r->file.sender;
	r->info.end_us = r->file.end_us;
	r->info.duration_us = r->file.begin_us && r->file.end_us > r->file.begin_us ? r->file.end_us - r->file.begin_us : 0;
}

PM_LEAVE(object_type) { set_group(r, text); }

PM_ENTER(period)
{
	struct hms_str end = pm_attribute(a, "endTime"), duration = pm_attribute(a, "duration");

	if (r->bad)
		return;
	if (!pm_read_time(r, end, &r->info.end_us))
		reject(r, HMS_PM_TIME, "endTime '%.*s'", (int)(end.len < 40 ? end.len : 40), end.p ? end.p : "");
	else if (hms_pm_duration(duration, &r->info.duration_us))
		reject(r, HMS_PM_TIME, "duration '%.*s'", (int)(duration.len < 40 ? duration.len : 40), duration.p ? duration.p : "");
}

/* ---------------------------------------------------------------- counters */

/* Names follow XML's Name: no blanks, no comma (TS 32.435). */
static bool counter_name_ok(struct hms_str name)
{
	return name.len && name.len <= PM_COUNTER_BYTES && !memchr(name.p, ' ', name.len) && !memchr(name.p, ',', name.len) &&
	       !memchr(name.p, '\t', name.len) && !memchr(name.p, '\n', name.len);
}

static void add_type(struct hms_pm_reader *r, struct hms_str name, uint32_t position)
{
	struct pm_type *type;
	uint32_t index;

	if (!counter_name_ok(name)) {
		reject(r, HMS_PM_COUNTER, "'%.*s'", (int)(name.len < 60 ? name.len : 60), name.p ? name.p : "");
		return;
	}
	if (r->types.count >= r->limits.types || position > PM_POSITION_MAX) {
		reject(r, HMS_PM_COUNT, "more than %zu counters", r->types.count);
		return;
	}
	if (pm_failed(r, pm_names_get(&r->names, name, &index), MANY_NAMES) ||
	    pm_failed(r, pm_array_grow(&r->types, sizeof(*type), r->limits.types), "more counters than a measInfo may have"))
		return;
	if (pm_names_mark(&r->names, index)->info == r->info_serial) {
		reject(r, HMS_PM_COUNTER, "'%.*s' is there twice", (int)(name.len < 60 ? name.len : 60), name.p);
		return;
	}
	if (r->places[position].info == r->info_serial) {
		reject(r, HMS_PM_POSITION, "measType p=%u is there twice", position);
		return;
	}
	pm_names_mark(&r->names, index)->info = r->info_serial;
	r->places[position] = (struct pm_place){ r->info_serial, (uint32_t)r->types.count };
	type = (struct pm_type *)r->types.items + r->types.count++;
	*type = (struct pm_type){ .name = index };
}

/* The next word of a list; false at its end. */
static bool next_word(struct hms_str *rest, struct hms_str *word)
{
	const char *p = rest->p, *end = rest->p + rest->len;

	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	word->p = p;
	while (p < end && !(*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	word->len = (size_t)(p - word->p);
	*rest = hms_strn(p, (size_t)(end - p));
	return word->len > 0;
}

PM_LEAVE(types)
{
	struct hms_str word;

	r->compact = true;
	while (!r->bad && r->file.code == 0 && next_word(&text, &word))
		add_type(r, word, (uint32_t)r->types.count + 1);
}

/* Attribute p of TS 32.435, i of PmFile: a positive number, 0 when it is none. */
static uint32_t position_of(const struct pm_attributes *a)
{
	struct hms_str text = pm_attribute(a, "p");
	uint64_t value;

	if (!text.p)
		text = pm_attribute(a, "i");
	if (!text.p || hms_str_u64(hms_str_trim(text), &value) || value > PM_POSITION_MAX)
		return 0;
	return (uint32_t)value;
}

PM_ENTER(type) { r->type_position = position_of(a); }

PM_LEAVE(type)
{
	r->positioned = true;
	if (r->bad)
		return;
	if (!r->type_position)
		reject(r, HMS_PM_POSITION, "measType without a position");
	else
		add_type(r, hms_str_trim(text), r->type_position);
}

/* ---------------------------------------------------------------- values */

/* The objects of other elements than the first have the element's name before their own: they would be taken for the first one's. */
static int object_name(struct hms_pm_reader *r, struct hms_str ldn, uint32_t *index)
{
	struct hms_buf name = HMS_BUF_INIT(2 * PM_OBJECT_BYTES + 2);
	int rc;

	if (r->element == r->file.element)
		return pm_names_get(&r->names, ldn, index);
	hms_buf_str(&name, pm_names_text(&r->names, r->element));
	hms_buf_char(&name, ',');
	hms_buf_str(&name, ldn);
	rc = name.failed ? HMS_ENOMEM : pm_names_get(&r->names, hms_buf_view(&name), index);
	hms_buf_fini(&name);
	return rc;
}

PM_ENTER(value)
{
	struct hms_str ldn = pm_attribute(a, r->file.format == HMS_PM_PMFILE ? "Dn" : "measObjLdn");

	r->value_serial++;
	r->value_first = r->facts.count;
	r->in_value = true;
	r->suspect = false;
	r->sub_counter = 0;
	if (r->bad)
		return;
	ldn = hms_str_trim(ldn);
	if (!ldn.len || ldn.len > PM_OBJECT_BYTES)
		reject(r, HMS_PM_OBJECT, "%zu bytes", ldn.len);
	else
		pm_failed(r, object_name(r, ldn, &r->object), MANY_NAMES);
}

static void add_fact(struct hms_pm_reader *r, uint32_t counter, struct hms_str text)
{
	struct hms_pm_fact fact = { .object = r->object, .counter = counter };

	fact.kind = pm_value(text, &fact.number);
	if (fact.kind == HMS_PM_TEXT && text.len > PM_TEXT_BYTES) {
		reject(r, HMS_PM_VALUE, "%zu bytes", text.len);
		return;
	}
	if (fact.kind == HMS_PM_TEXT && pm_failed(r, pm_names_add(&r->names, text, &fact.text), MANY_NAMES))
		return;
	if (pm_failed(r, pm_array_grow(&r->facts, sizeof(fact), r->limits.facts), "more values than a file may have"))
		return;
	((struct hms_pm_fact *)r->facts.items)[r->facts.count++] = fact;
}

PM_LEAVE(results)
{
	const struct pm_type *types = r->types.items;
	struct hms_str rest = text, word;
	size_t count = 0;

	r->compact_values = true;
	if (r->bad)
		return;
	while (next_word(&rest, &word))
		count++;
	if (count != r->types.count) {
		reject(r, HMS_PM_COUNT, "%zu counters, %zu results", r->types.count, count);
		return;
	}
	if (r->facts.count != r->value_first) {
		reject(r, HMS_PM_POSITION, "results twice in one measValue");
		return;
	}
	for (size_t i = 0; i < count && !r->bad && r->file.code == 0 && next_word(&text, &word); i++)
		add_fact(r, types[i].name, word);
}

PM_ENTER(result) { r->type_position = position_of(a); }

PM_LEAVE(result)
{
	const struct pm_place *place = &r->places[r->type_position];
	struct pm_type *type;

	r->positioned_values = true;
	if (r->bad)
		return;
	if (!r->type_position || place->info != r->info_serial) {
		reject(r, HMS_PM_POSITION, "a value at p=%u, a counter is not", r->type_position);
		return;
	}
	type = (struct pm_type *)r->types.items + place->type;
	if (type->value == r->value_serial) {
		reject(r, HMS_PM_POSITION, "two values at p=%u", r->type_position);
		return;
	}
	type->value = r->value_serial;
	add_fact(r, type->name, hms_str_trim(text));
}

PM_LEAVE(suspect)
{
	if (hms_str_bool(text, &r->suspect)) {
		r->suspect = true;
		pm_find(r, HMS_PM_SUSPECT, (uint32_t)r->infos.count, "'%.*s'", (int)(text.len < 40 ? text.len : 40), text.p ? text.p : "");
	}
}

PM_LEAVE(sub_name)
{
	struct hms_str name = hms_str_trim(text);

	r->sub_counter = 0;
	if (r->bad)
		return;
	if (!counter_name_ok(name))
		reject(r, HMS_PM_COUNTER, "'%.*s'", (int)(name.len < 60 ? name.len : 60), name.p ? name.p : "");
	else
		pm_failed(r, pm_names_get(&r->names, name, &r->sub_counter), MANY_NAMES);
}

PM_LEAVE(sub_value)
{
	struct pm_mark *mark;

	if (r->bad || r->file.code)
		return;
	mark = pm_names_mark(&r->names, r->sub_counter);
	if (!r->sub_counter || mark->value == r->value_serial || mark->info == r->info_serial) {
		reject(r, HMS_PM_POSITION, "a sub-counter without a name, or twice, or named like a counter");
		return;
	}
	mark->value = r->value_serial;
	add_fact(r, r->sub_counter, hms_str_trim(text));
	r->sub_counter = 0;
}

PM_LEAVE(value)
{
	struct hms_pm_fact *facts = r->facts.items;

	(void)text;
	r->in_value = false;
	if (r->bad || !r->suspect)
		return;
	r->info.suspect = true;
	for (size_t i = r->value_first; i < r->facts.count; i++)
		facts[i].suspect = true;
}

/* ---------------------------------------------------------------- the end of a measInfo */

/* A stable name of its own for a group that has none. */
static void name_group(struct hms_pm_reader *r)
{
	const struct pm_type *types = r->types.items;
	uint64_t hash = HMS_HASH_STABLE_SEED;
	char name[24];

	for (size_t i = 0; i < r->types.count; i++) {
		struct hms_str counter = pm_names_text(&r->names, types[i].name);

		hash = hms_hash_stable(hash, counter.p, counter.len);
		hash = hms_hash_stable(hash, " ", 1);
	}
	snprintf(name, sizeof(name), "~%016llx", (unsigned long long)hash);
	pm_failed(r, pm_names_get(&r->names, hms_str(name), &r->info.group), MANY_NAMES);
}

PM_LEAVE(info)
{
	(void)text;
	r->in_info = false;
	if (!r->bad && (!r->info.end_us || !r->info.duration_us))
		reject(r, HMS_PM_TIME, "no period");
	if (!r->bad && ((r->compact && r->positioned) || (r->compact && r->positioned_values) || (r->positioned && r->compact_values)))
		pm_find(r, HMS_PM_MIXED, (uint32_t)r->infos.count, "%zu counters", r->types.count);
	if (!r->info.group)
		name_group(r);
	if (r->file.code || pm_failed(r, pm_array_grow(&r->infos, sizeof(r->info), r->limits.infos), "more measInfos than a file may have"))
		return;
	r->info.rejected = r->bad;
	r->info.count = r->facts.count - r->info.first;
	((struct hms_pm_info *)r->infos.items)[r->infos.count++] = r->info;
}
