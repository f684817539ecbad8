/* A profile: its document as a whole, and what others ask of it. */
#include "profile.h"

#include <stdlib.h>

const struct hms_profile_limits hms_profile_limits = {
	.bytes = 1024 * 1024,
	.parameters = 2000,
	.objects = 50,
	.rows = 512,
	.cells = 64,
	.reads = 100,
	.choices = 1000,
};

#define MEMORY_SHARE 16 /* of the document's bytes, for what is made of it */

/* ---------------------------------------------------------------- members */

static int read_priority(struct profile_reader *r, json_t *given)
{
	enum { MOST = 1000000 };

	if (!json_is_integer(given) || json_integer_value(given) < -MOST || json_integer_value(given) > MOST)
		return profile_error(r, HMS_ESYNTAX, "not a whole number from -%d to %d", MOST, MOST);
	r->p->priority = (int)json_integer_value(given);
	return 0;
}

static int read_reads(struct profile_reader *r, json_t *given)
{
	size_t i;
	json_t *item;
	int rc = 0;

	if (!json_is_array(given))
		return profile_error(r, HMS_ESYNTAX, "not a list of names");
	if (json_array_size(given) > r->limits->reads)
		return profile_error(r, HMS_ETOOBIG, "more than %zu names", r->limits->reads);
	r->p->reads = profile_room(r, json_array_size(given), sizeof(*r->p->reads));
	if (!r->p->reads)
		return HMS_ENOMEM;
	json_array_foreach(given, i, item)
	{
		const char *name = json_string_value(item);

		where_index(&r->at, i);
		if (!rc)
			rc = name ? profile_check_name(r, name, hms_str_ends(hms_str(name), HMS_STR(".")))
				  : profile_error(r, HMS_ESYNTAX, "not a name");
		where_up(&r->at);
		r->p->reads[r->p->read_count++] = name;
	}
	return rc;
}

static int read_values(struct profile_reader *r, json_t *given)
{
	const char *name, *text;
	json_t *value;
	int rc = json_is_object(given) ? 0 : profile_error(r, HMS_ESYNTAX, "not an object");

	json_object_foreach(given, name, value)
	{
		where_name(&r->at, name);
		if (!rc)
			rc = profile_text(r, value, &text);
		if (!rc && !json_is_string(value) && json_object_set_new(given, name, json_string(text)))
			rc = profile_error(r, HMS_ENOMEM, "out of memory");
		where_up(&r->at);
	}
	r->p->values = given;
	return rc;
}

static int read_delivery(struct profile_reader *r, json_t *given)
{
	const char *word = json_string_value(given);

	r->p->by_file = word && strcmp(word, "file") == 0;
	if (!r->p->by_file && (!word || strcmp(word, "rpc") != 0))
		return profile_error(r, HMS_ESYNTAX, "neither \"rpc\" nor \"file\"");
	return 0;
}

static int read_repair(struct profile_reader *r, json_t *given)
{
	if (!json_is_boolean(given))
		return profile_error(r, HMS_ESYNTAX, "neither true nor false");
	r->p->repair = json_is_true(given);
	return 0;
}

/* What procedures hand out: its parts are theirs to judge. */
static int read_kinds(struct profile_reader *r, json_t *given)
{
	static const char *const kinds[] = { "hnb", "henb", "generic", NULL };

	return json_is_object(given) ? profile_members(r, given, kinds) : profile_error(r, HMS_ESYNTAX, "not an object");
}

static int read_location(struct profile_reader *r, json_t *given)
{
	return json_is_object(given) ? 0 : profile_error(r, HMS_ESYNTAX, "not an object");
}

static const struct {
	const char *name;
	int (*read)(struct profile_reader *r, json_t *given);
} members[] = {
	{ "values", read_values }, /* before those that name them */
	{ "priority", read_priority },
	{ "selector", profile_read_selector },
	{ "parameters", profile_read_params },
	{ "objects", profile_read_objects },
	{ "read", read_reads },
	{ "delivery", read_delivery },
	{ "repair", read_repair },
	{ "kinds", read_kinds },
	{ "location", read_location },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int read_all(struct profile_reader *r)
{
	const char *known[MEMBERS + 1] = { NULL };
	int rc;

	for (size_t i = 0; i < MEMBERS; i++)
		known[i] = members[i].name;
	rc = profile_members(r, r->p->root, known);
	for (size_t i = 0; i < MEMBERS && !rc; i++) {
		json_t *given = json_object_get(r->p->root, members[i].name);

		where_name(&r->at, members[i].name);
		if (given)
			rc = members[i].read(r, given);
		where_up(&r->at);
	}
	return rc;
}

/* ---------------------------------------------------------------- documents */

static int load(struct profile_reader *r)
{
	json_error_t where;

	if (r->text.len > r->limits->bytes)
		return hms_err_set(r->err, HMS_ETOOBIG, "line 1: the document is larger than %zu bytes", r->limits->bytes);
	r->p->root = json_loadb(r->text.p ? r->text.p : "", r->text.len, JSON_REJECT_DUPLICATES, &where);
	if (!r->p->root)
		return hms_err_set(r->err, HMS_ESYNTAX, "line %d: %s", where.line > 0 ? where.line : 1, where.text);
	if (!json_is_object(r->p->root))
		return hms_err_set(r->err, HMS_ESYNTAX, "line 1: the document is not a JSON object");
	return read_all(r);
}

int hms_profile_parse(struct hms_str text, const struct hms_profile_limits *limits, struct hms_profile **out, struct hms_err *err)
{
	struct hms_profile *p = calloc(1, sizeof(*p));
	struct profile_reader r = { .p = p, .limits = limits, .text = text, .err = err };
	int rc;

	*out = p;
	if (!p)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	p->priority = 100;
	p->repair = true;
	p->name = HMS_STR("");
	p->arena = hms_arena_new(65536 + text.len * MEMORY_SHARE);
	rc = p->arena ? load(&r) : hms_err_set(err, HMS_ENOMEM, "out of memory");
	if (rc)
		hms_profile_free(out);
	return rc;
}

void hms_profile_free(struct hms_profile **profile)
{
	if (!*profile)
		return;
	json_decref((*profile)->root);
	hms_arena_free(&(*profile)->arena);
	free(*profile);
	*profile = NULL;
}

/* ---------------------------------------------------------------- questions */

void hms_profile_set_name(struct hms_profile *profile, struct hms_str name, int version)
{
	profile->name = name;
	profile->version = version;
}

struct hms_str hms_profile_name(const struct hms_profile *profile) { return profile->name; }

int hms_profile_version(const struct hms_profile *profile) { return profile->version; }

int hms_profile_priority(const struct hms_profile *profile) { return profile->priority; }

const json_t *hms_profile_doc(const struct hms_profile *profile) { return profile->root; }

bool hms_profile_sets(const struct hms_profile *profile) { return profile->param_count || profile->object_count || profile->read_count; }

bool hms_profile_by_file(const struct hms_profile *profile) { return profile->by_file; }

const char *hms_profile_value(const struct hms_profile *profile, struct hms_str name)
{
	const char *known;
	json_t *value;

	json_object_foreach((json_t *)profile->values, known, value)
	{
		if (hms_str_eqz(name, known))
			return json_string_value(value);
	}
	return NULL;
}

static int uses_objects(const struct hms_profile *profile, int (*fn)(struct hms_str name, void *arg), void *arg)
{
	int rc = 0;

	for (size_t i = 0; i < profile->object_count && !rc; i++)
		for (size_t k = 0; k < profile->objects[i].count && !rc; k++)
			for (size_t c = 0; c < profile->objects[i].rows[k].count && !rc; c++)
				rc = profile_placeholders(profile->objects[i].rows[k].cells[c].value.text, fn, arg);
	return rc;
}

int hms_profile_uses(const struct hms_profile *profile, int (*fn)(struct hms_str name, void *arg), void *arg)
{
	int rc = 0;

	for (size_t i = 0; i < profile->param_count && !rc; i++)
		rc = profile_placeholders(profile->params[i].value.text, fn, arg);
	return rc ? rc : uses_objects(profile, fn, arg);
}

int hms_profile_order(const void *a, const void *b)
{
	const struct hms_profile *const *x = a, *const *y = b;

	if ((*x)->priority != (*y)->priority)
		return (*x)->priority > (*y)->priority ? -1 : 1;
	return hms_str_cmp((*x)->name, (*y)->name);
}
