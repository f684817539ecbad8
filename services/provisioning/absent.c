/* The search for names that are not there. `pre` of the command holds what is known between its RPCs: the parameters read, and the names found absent; an RPC leaves those out. */
#include "absent.h"

#include <ctype.h>
#include <stdlib.h>

#include "names.h"
#include "slice.h"
#include "values.h"

#define NO_SUCH_NAME 9005
#define ABSENT_MAX 32 /* of one command */
#define ENTRIES "NumberOfEntries"

struct search {
	struct prov_context *ctx;
	struct prov_device *d;
	struct prov_command *c;
	json_t *payload, *pre, *absent; /* absent: borrowed from pre */
	const json_t *names;		/* borrowed from payload */
	struct prov_slice slice;	/* of the RPC that was refused */
};

static json_t *load(struct hms_str text)
{
	json_t *root = text.p ? json_loadb(text.p, text.len, 0, NULL) : NULL;

	return json_is_object(root) ? root : (json_decref(root), NULL);
}

bool prov_absent_among(const json_t *list, const char *name)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (name && strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

json_t *prov_absent_list(const struct prov_command *c)
{
	json_t *pre = c->method == HMS_CWMP_GET_PARAMETER_VALUES ? load(c->pre) : NULL;
	json_t *list = json_incref(json_object_get(pre, "absent"));

	json_decref(pre);
	return list;
}

static bool begin(struct search *s)
{
	s->payload = load(s->c->payload);
	s->names = json_object_get(s->payload, "ParameterNames");
	s->pre = load(s->c->pre);
	if (!s->pre)
		s->pre = json_object();
	if (s->c->slice_at == 0) /* of an answer that did not come to its end */
		json_object_del(s->pre, "parameters");
	if (!json_object_get(s->pre, "absent"))
		json_object_set_new(s->pre, "absent", json_array());
	s->absent = json_object_get(s->pre, "absent");
	s->slice = prov_slice_of(s->c, json_array_size(s->names));
	return s->names && s->absent;
}

static const char *name_at(const struct search *s, size_t i) { return json_string_value(json_array_get(s->names, i)); }

static bool was_asked(const struct search *s, size_t i) { return !prov_absent_among(s->absent, name_at(s, i)); }

static size_t asked(const struct search *s)
{
	size_t n = 0;

	for (size_t i = s->slice.at; i < s->slice.at + s->slice.count; i++)
		n += was_asked(s, i);
	return n;
}

/* ---------------------------------------------------------------- what the model is said to lack */

/* "A.B.3.": the row of one device, not a matter of its model. */
static bool is_row(struct hms_str name)
{
	size_t end = name.len - 1, at = end;

	while (at > 0 && isdigit((unsigned char)name.p[at - 1]))
		at--;
	return name.p[end] == '.' && at < end && at > 0 && name.p[at - 1] == '.';
}

/* Some answer 9005 for a table that has no rows. Where its number of rows is there, the table is. */
static bool is_empty_table(const struct search *s, const char *name)
{
	char *entries = hms_arena_printf(s->ctx->arena, "%.*s" ENTRIES, (int)strlen(name) - 1, name);

	for (size_t i = 0; entries && i < json_array_size(s->names); i++)
		if (name_at(s, i) && strcmp(name_at(s, i), entries) == 0 && was_asked(s, i))
			return true;
	return false;
}

static void learn(const struct search *s, const char *name)
{
	struct hms_str text = hms_str(name);

	if (!text.len || !s->d->cold.software_version.len || is_row(text) ||
	    (hms_str_ends(text, HMS_STR(".")) && is_empty_table(s, name)) ||
	    prov_names_absent(prov_catalog_names(s->ctx->catalog), &s->d->cold, text))
		return;
	prov_names_shown(s->d, s->ctx->arena, text, true);
}

static void leave_out(const struct search *s, const char *name) { json_array_append_new(s->absent, json_string(name)); }

/* ---------------------------------------------------------------- the search */

/* Those that its model is known to lack go out first, together. Returns how many. */
static size_t leave_out_known(const struct search *s)
{
	size_t n = 0;

	for (size_t i = s->slice.at; i < s->slice.at + s->slice.count && json_array_size(s->absent) < ABSENT_MAX; i++) {
		const char *name = name_at(s, i);

		if (!was_asked(s, i) || !prov_names_absent(prov_catalog_names(s->ctx->catalog), &s->d->cold, hms_str(name)))
			continue;
		leave_out(s, name);
		n++;
	}
	return n;
}

/* A character that goes on with a name. */
static bool goes_on(char c) { return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.'; }

static bool says(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strstr(text, name); at && len; at = strstr(at + 1, name))
		if ((at == text || !goes_on(at[-1])) && (!goes_on(at[len]) || (at[len] == '.' && !goes_on(at[len + 1]))))
			return true;
	return false;
}

/* The one name that was asked for and stands in the fault's text; NULL: none, or several. */
static const char *named(const struct search *s, const Hms__Fault *fault)
{
	const char *found = NULL;

	for (size_t i = s->slice.at; fault && fault->text && i < s->slice.at + s->slice.count; i++) {
		const char *name = name_at(s, i);

		if (!was_asked(s, i) || !says(fault->text, name))
			continue;
		if (found && strcmp(found, name) != 0)
			return NULL;
		found = name;
	}
	return found;
}

/* The only one that was asked for; NULL: there are more. */
static const char *last_one(const struct search *s)
{
	for (size_t i = s->slice.at; asked(s) == 1 && i < s->slice.at + s->slice.count; i++)
		if (was_asked(s, i))
			return name_at(s, i);
	return NULL;
}

static void halve(const struct search *s)
{
	size_t half = asked(s) / 2, rows = 0;

	for (size_t n = 0; n < half; rows++)
		n += was_asked(s, s->slice.at + rows);
	s->c->slice_rows = (int32_t)rows;
}

static void dump(const struct search *s, const json_t *root, struct hms_str *out)
{
	char *text = json_dumps(root, JSON_COMPACT);

	*out = text ? hms_arena_str(s->ctx->arena, hms_str(text)) : (struct hms_str){ NULL, 0 };
	s->d->failed |= !out->p;
	free(text);
}

static bool ask_again(const struct search *s)
{
	s->c->fault = 0;
	s->c->result = (struct hms_str){ NULL, 0 };
	prov_command_requeue(s->d, s->c);
	dump(s, s->pre, &s->c->pre);
	return true;
}

/* It ends with the fault that it has. */
static bool nothing_there(const struct search *s)
{
	json_t *result = load(s->c->result);

	json_object_set(result, "absent", s->absent);
	if (result)
		dump(s, result, &s->c->result);
	dump(s, s->pre, &s->c->pre);
	json_decref(result);
	return false;
}

/* Every name of the RPC is absent: those behind it, or the end. */
static bool go_on(const struct search *s)
{
	size_t next = s->slice.at + s->slice.count;

	if (next < json_array_size(s->names)) {
		s->c->slice_at = (int32_t)next;
		return ask_again(s);
	}
	if (!json_array_size(json_object_get(s->pre, "parameters")))
		return nothing_there(s);
	s->c->fault = 0;
	dump(s, s->pre, &s->c->pre);
	s->c->result = s->c->pre;
	prov_command_end(s->d, s->c, PROV_COMMAND_DONE, prov_absent_note(s->ctx->arena, s->c));
	return true;
}

static bool search(const struct search *s, const Hms__Fault *fault)
{
	const char *name;

	if (leave_out_known(s))
		return asked(s) ? ask_again(s) : go_on(s);
	name = named(s, fault);
	if (!name)
		name = last_one(s);
	if (!name && asked(s)) {
		halve(s);
		return ask_again(s);
	}
	if (name) {
		learn(s, name);
		leave_out(s, name);
	}
	if (json_array_size(s->absent) > ABSENT_MAX)
		return false;
	return asked(s) ? ask_again(s) : go_on(s);
}

bool prov_absent_refused(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__Fault *fault)
{
	struct search s = { .ctx = ctx, .d = d, .c = c };
	bool done = false;

	if (c->method != HMS_CWMP_GET_PARAMETER_VALUES || c->fault != NO_SUCH_NAME)
		return false;
	if (begin(&s))
		done = search(&s, fault);
	json_decref(s.pre);
	json_decref(s.payload);
	return done;
}

const char *prov_absent_note(struct hms_arena *arena, const struct prov_command *c)
{
	json_t *list = prov_absent_list(c);
	size_t n = json_array_size(list);

	json_decref(list);
	return n ? hms_arena_printf(arena, "%zu %s not there: fault 9005", n, n == 1 ? "name is" : "names are") : NULL;
}

struct hms_str prov_absent_leave_out(const struct prov_context *ctx, const struct prov_device *d, struct hms_str path)
{
	bool absent = path.p && prov_names_absent(prov_catalog_names(ctx->catalog), &d->cold, path);

	return absent ? (struct hms_str){ NULL, 0 } : path;
}
