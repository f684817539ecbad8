/* Selectors: which devices a profile is for. */
#include "profile.h"

static const char *const names[PROFILE_MEMBERS] = {
#define FACT(name, placeholder, selector) [PROFILE_FACT_##name] = (selector) ? #name : NULL,
#include "hms/desired/facts.def"
#undef FACT
	[PROFILE_TAG] = "tag",
};

/* ---------------------------------------------------------------- reading */

/* Stars elsewhere would be taken for what they are in file names. */
static bool is_pattern(const char *text)
{
	size_t len = strlen(text);
	const char *star = strchr(text + (*text == '*'), '*');

	return len && (!star || star == text + len - 1);
}

static int read_choice(struct profile_reader *r, const json_t *given, bool ranges, struct profile_choice *out)
{
	static const char *const known[] = { "from", "to", NULL };

	if (json_is_string(given)) {
		out->text = json_string_value(given);
		return is_pattern(out->text) ? 0
					     : profile_error(r, HMS_ESYNTAX, "a star can only stand at the begin and at the end of a text");
	}
	if (!json_is_object(given) || !ranges)
		return profile_error(r, HMS_ESYNTAX, ranges ? "neither a text nor {\"from\", \"to\"}" : "not a text");
	out->from = json_string_value(json_object_get(given, "from"));
	out->to = json_string_value(json_object_get(given, "to"));
	if (profile_members(r, given, known))
		return HMS_ESYNTAX;
	if (!out->from || !out->to || strlen(out->from) != strlen(out->to) || strcmp(out->from, out->to) > 0)
		return profile_error(r, HMS_ESYNTAX, "a range needs from and to, of one length and in order");
	return 0;
}

static int read_choices(struct profile_reader *r, json_t *given, bool ranges, struct profile_choices *out)
{
	size_t i;
	json_t *item;
	int rc = 0;

	if (!json_is_array(given) || json_array_size(given) == 0)
		return profile_error(r, HMS_ESYNTAX, "not a list of at least one choice");
	if (json_array_size(given) > r->limits->choices)
		return profile_error(r, HMS_ETOOBIG, "more than %zu choices", r->limits->choices);
	out->list = profile_room(r, json_array_size(given), sizeof(*out->list));
	if (!out->list)
		return HMS_ENOMEM;
	json_array_foreach(given, i, item)
	{
		where_index(&r->at, i);
		if (!rc)
			rc = read_choice(r, item, ranges, &out->list[out->count++]);
		where_up(&r->at);
	}
	return rc;
}

int profile_read_selector(struct profile_reader *r, json_t *given)
{
	const char *known[PROFILE_MEMBERS + 1] = { NULL };
	size_t n = 0;
	int rc = json_is_object(given) ? 0 : profile_error(r, HMS_ESYNTAX, "not an object");

	for (size_t i = 0; i < PROFILE_MEMBERS; i++)
		if (names[i])
			known[n++] = names[i];
	if (!rc)
		rc = profile_members(r, given, known);
	for (size_t i = 0; i < PROFILE_MEMBERS && !rc; i++) {
		json_t *choices = names[i] ? json_object_get(given, names[i]) : NULL;

		if (!choices)
			continue;
		where_name(&r->at, names[i]);
		rc = read_choices(r, choices, i == PROFILE_FACT_serial, &r->p->selector[i]);
		where_up(&r->at);
	}
	return rc;
}

/* ---------------------------------------------------------------- matching */

static bool contains(struct hms_str text, struct hms_str part)
{
	return !part.len || (text.len && memmem(text.p, text.len, part.p, part.len));
}

static bool matches(const struct profile_choice *choice, struct hms_str value)
{
	struct hms_str text = hms_str(choice->text);
	bool head, tail;

	if (!choice->text)
		return value.len == strlen(choice->from) && hms_str_cmp(value, hms_str(choice->from)) >= 0 &&
		       hms_str_cmp(value, hms_str(choice->to)) <= 0;
	head = hms_str_starts(text, HMS_STR("*"));
	if (head)
		text = hms_strn(text.p + 1, text.len - 1);
	tail = hms_str_ends(text, HMS_STR("*"));
	if (tail)
		text.len--;
	if (head && tail)
		return contains(value, text);
	if (head)
		return hms_str_ends(value, text);
	return tail ? hms_str_starts(value, text) : hms_str_eq(value, text);
}

static bool any_matches(const struct profile_choices *choices, struct hms_str value)
{
	for (size_t i = 0; i < choices->count; i++)
		if (matches(&choices->list[i], value))
			return true;
	return choices->count == 0;
}

static bool tag_matches(const struct profile_choices *choices, const struct hms_device_facts *facts)
{
	for (size_t i = 0; i < facts->tag_count; i++)
		if (any_matches(choices, facts->tags[i]))
			return true;
	return choices->count == 0;
}

bool hms_profile_selects(const struct hms_profile *profile, const struct hms_device_facts *facts)
{
	const struct hms_str values[] = {
#define FACT(name, placeholder, selector) facts->name,
#include "hms/desired/facts.def"
#undef FACT
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (!any_matches(&profile->selector[i], values[i]))
			return false;
	return tag_matches(&profile->selector[PROFILE_TAG], facts);
}
