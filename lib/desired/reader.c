/* What the parsers of a profile's parts share: errors with their place, texts, names. */
#include <stdarg.h>
#include <stdio.h>

#include "hms/desired/template.h"
#include "hms/desired/value.h"
#include "profile.h"

#define NAME_MAX_BYTES 256 /* of a parameter (TR-106 3.1) */

int profile_error(struct profile_reader *r, int code, const char *fmt, ...)
{
	char place[200], text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	where_text(&r->at, place, sizeof(place));
	return hms_err_set(r->err, code, "line %d: %s%s%s", where_line(&r->at, r->text), place, *place ? ": " : "", text);
}

void *profile_room(struct profile_reader *r, size_t count, size_t size)
{
	void *room = hms_arena_alloc(r->p->arena, (count + 1) * size);

	if (!room)
		profile_error(r, HMS_ENOMEM, "out of memory");
	return room;
}

int profile_members(struct profile_reader *r, const json_t *object, const char *const *known)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], name) != 0)
			i++;
		if (known[i])
			continue;
		where_name(&r->at, name);
		profile_error(r, HMS_ESYNTAX, "there is no such member");
		where_up(&r->at);
		return HMS_ESYNTAX;
	}
	return 0;
}

/* ---------------------------------------------------------------- texts */

int profile_text(struct profile_reader *r, const json_t *given, const char **out)
{
	if (json_is_string(given))
		*out = json_string_value(given);
	else if (json_is_boolean(given))
		*out = json_is_true(given) ? "true" : "false";
	else if (json_is_integer(given))
		*out = hms_arena_printf(r->p->arena, "%lld", (long long)json_integer_value(given));
	else
		return profile_error(r, HMS_ESYNTAX, "%s",
				     json_is_real(given) ? "a number with a fraction has to be given as a text"
							 : "not a text, a whole number or a boolean");
	if (!*out)
		return profile_error(r, HMS_ENOMEM, "out of memory");
	if (strlen(*out) > HMS_TEMPLATE_MAX)
		return profile_error(r, HMS_ETOOBIG, "longer than %d bytes", HMS_TEMPLATE_MAX);
	if (!hms_cwmp_text_clean(hms_str(*out)))
		return profile_error(r, HMS_ESYNTAX, "a control character is in it");
	return 0;
}

struct placeholder_call {
	int (*fn)(struct hms_str name, void *arg);
	void *arg;
};

static int tell(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	const struct placeholder_call *call = arg;

	(void)err;
	*out = HMS_STR("");
	return call->fn(name, call->arg);
}

int profile_placeholders(const char *text, int (*fn)(struct hms_str name, void *arg), void *arg)
{
	struct placeholder_call call = { fn, arg };
	struct hms_arena *arena = text && strchr(text, '{') ? hms_arena_new(HMS_TEMPLATE_MAX * 4) : NULL;
	struct hms_str out;
	int rc = 0;

	if (arena)
		rc = hms_template_expand(arena, text, tell, &call, &out, NULL);
	hms_arena_free(&arena);
	return rc;
}

/* {device.<fact>} and {device.username} can be known now; names of sites, groups and pools cannot. */
static int check_placeholder(struct hms_str name, void *arg)
{
	static const char *const known[] = {
#define FACT(name, placeholder, selector) (placeholder) ? "device." #name : NULL,
#include "hms/desired/facts.def"
#undef FACT
		"device.username",
	};

	if (!hms_str_starts(name, HMS_STR("device.")))
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] && hms_str_eqz(name, known[i]))
			return 0;
	return profile_error(arg, HMS_ESYNTAX, "there is no placeholder {%.*s}", HMS_STR_FMT(name));
}

int profile_template(struct profile_reader *r, const json_t *given, const char **out)
{
	int rc = profile_text(r, given, out);

	return rc ? rc : profile_placeholders(*out, check_placeholder, r);
}

int profile_flag(struct profile_reader *r, const json_t *object, const char *name, bool *out)
{
	const json_t *given = json_object_get(object, name);
	int rc = 0;

	where_name(&r->at, name);
	if (given && !json_is_boolean(given))
		rc = profile_error(r, HMS_ESYNTAX, "neither true nor false");
	else if (given)
		*out = json_is_true(given);
	where_up(&r->at);
	return rc;
}

static int read_type(struct profile_reader *r, const json_t *given, struct profile_value *out)
{
	const char *type = json_string_value(given);
	int rc = 0;

	where_name(&r->at, "type");
	out->type = type ? (int)hms_xsd_find(hms_str(type)) : HMS_XSD_OTHER;
	if (out->type == HMS_XSD_OTHER)
		rc = profile_error(r, HMS_ESYNTAX, "not a type of TR-106 (string, int, unsignedInt, boolean, dateTime, ...)");
	where_up(&r->at);
	return rc;
}

int profile_value(struct profile_reader *r, json_t *given, const char *const *known, struct profile_value *out)
{
	const json_t *value = json_is_object(given) ? json_object_get(given, "value") : given;
	int rc = 0;

	*out = (struct profile_value){ .type = PROFILE_UNSAID };
	if (json_is_object(given)) {
		rc = profile_members(r, given, known);
		if (!rc && json_object_get(given, "type"))
			rc = read_type(r, json_object_get(given, "type"), out);
		if (!rc)
			rc = profile_flag(r, given, "secret", &out->secret);
		if (rc || !value)
			return rc;
		where_name(&r->at, "value");
	}
	rc = profile_template(r, value, &out->text);
	if (!rc && out->type != PROFILE_UNSAID && !strchr(out->text, '{') && !hms_value_fits((enum hms_xsd)out->type, hms_str(out->text)))
		rc = profile_error(r, HMS_ESYNTAX, "not a value of type %s", strchr(hms_xsd_name((enum hms_xsd)out->type), ':') + 1);
	if (json_is_object(given))
		where_up(&r->at);
	return rc;
}

/* ---------------------------------------------------------------- names */

bool profile_is_path(const char *name) { return *name >= 'A' && *name <= 'Z'; }

int profile_check_name(struct profile_reader *r, const char *name, bool object)
{
	static const char logical[] = "abcdefghijklmnopqrstuvwxyz0123456789._",
			  path[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-{}[]:";
	size_t len = strlen(name);

	if (!len || len > NAME_MAX_BYTES || strspn(name, profile_is_path(name) ? path : logical) != len || *name == '.' ||
	    strstr(name, ".."))
		return profile_error(r, HMS_ESYNTAX, "neither a logical name (lower-case letters) nor a path");
	if (!profile_is_path(name))
		return name[len - 1] == '.' ? profile_error(r, HMS_ESYNTAX, "a logical name does not end with a dot") : 0;
	if (object != (name[len - 1] == '.'))
		return profile_error(r, HMS_ESYNTAX,
				     object ? "the path of a table ends with a dot" : "the path of a parameter does not end with a dot");
	return 0;
}
