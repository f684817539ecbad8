/* Reads one parameter of a data model. */
#include "model_param.h"

#include <stdlib.h>

bool model_dup_text(json_t *value, struct hms_str *out)
{
	struct hms_str text = hms_strn(json_string_value(value), json_string_length(value));

	*out = text.len > 0 ? hms_str(hms_str_dup(text)) : HMS_STR("");
	return out->p != NULL;
}

typedef const char *set_property(struct model_param *param, json_t *value); /* returns what is wrong, or NULL */

static const char *set_type(struct model_param *param, json_t *value)
{
	param->type = json_is_string(value) ? hms_xsd_find(hms_str(json_string_value(value))) : HMS_XSD_OTHER;
	return param->type == HMS_XSD_OTHER ? "unknown type" : NULL;
}

static const char *set_value(struct model_param *param, json_t *value)
{
	static const struct {
		enum model_placeholder id;
		const char *text;
	} known[] = {
#define MODEL_PLACEHOLDER(id, name) { PLACEHOLDER_##id, "${" name "}" },
#include "placeholders.def"
#undef MODEL_PLACEHOLDER
	};
	const char *text = json_string_value(value);

	if (!text)
		return "value is not a string";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(text, known[i].text) == 0)
			param->placeholder = known[i].id;
	if (param->placeholder)
		return NULL;
	if (strncmp(text, "${", 2) == 0)
		return "unknown placeholder";
	return model_dup_text(value, &param->value) ? NULL : "out of memory";
}

static const char *set_bool(bool *field, json_t *value)
{
	*field = json_is_true(value);
	return json_is_boolean(value) ? NULL : "not true or false";
}

static const char *set_write(struct model_param *param, json_t *value) { return set_bool(&param->writable, value); }

static const char *set_hidden(struct model_param *param, json_t *value) { return set_bool(&param->hidden, value); }

static const char *set_deniable(struct model_param *param, json_t *value) { return set_bool(&param->deniable, value); }

static const char *set_pinned(struct model_param *param, json_t *value)
{
	param->notify = 2;
	return set_bool(&param->pinned, value);
}

static const char *set_notify(struct model_param *param, json_t *value)
{
	param->notify = (uint8_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= 2 ? NULL
													  : "notify is not 0, 1 or 2";
}

static const char *set_inform(struct model_param *param, json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	param->inform = strcmp(text, "forced") == 0 ? INFORM_FORCED : strcmp(text, "boot") == 0 ? INFORM_BOOT : INFORM_NEVER;
	return param->inform == INFORM_NEVER ? "inform is neither 'forced' nor 'boot'" : NULL;
}

static const char *set_role(struct model_param *param, json_t *value)
{
	static const char *const names[] = {
#define MODEL_ROLE(id, name, required) name,
#include "roles.def"
#undef MODEL_ROLE
	};

	for (unsigned i = 0; json_is_string(value) && i < ROLE_COUNT; i++) {
		if (strcmp(json_string_value(value), names[i]) == 0) {
			param->role = (enum model_role)i;
			return NULL;
		}
	}
	return "unknown role";
}

static const char *set_min(struct model_param *param, json_t *value)
{
	param->min = json_integer_value(value);
	param->limited = true;
	return json_is_integer(value) ? NULL : "min is not a whole number";
}

static const char *set_max(struct model_param *param, json_t *value)
{
	if (!param->limited)
		param->min = param->type == HMS_XSD_INT ? INT32_MIN : 0;
	param->max = json_integer_value(value);
	param->limited = true;
	return json_is_integer(value) ? NULL : "max is not a whole number";
}

static const char *set_choices(struct model_param *param, json_t *value)
{
	size_t count = json_array_size(value);

	if (count == 0 || !(param->choices = calloc(count, sizeof(*param->choices))))
		return "choices is not a list with members";
	for (size_t i = 0; i < count; i++, param->choice_count++)
		if (!json_is_string(json_array_get(value, i)) || !model_dup_text(json_array_get(value, i), &param->choices[i]))
			return "a choice is not a string";
	return NULL;
}

static const struct {
	const char *name;
	set_property *set;
} properties[] = {
	/* in the order in which they are applied: the limits depend on the type */
	{ "type", set_type },	  { "value", set_value },   { "write", set_write },	{ "hidden", set_hidden },
	{ "notify", set_notify }, { "pinned", set_pinned }, { "inform", set_inform },	{ "role", set_role },
	{ "min", set_min },	  { "max", set_max },	    { "choices", set_choices }, { "deniable", set_deniable },
};

const char *model_param_read(json_t *spec, struct model_param *param)
{
	size_t known = 0;

	*param = (struct model_param){ .type = HMS_XSD_STRING, .value = { "", 0 }, .max = INT64_MAX, .min = INT64_MIN, .role = ROLE_NONE };
	if (!json_is_object(spec))
		return "not an object";
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		json_t *value = json_object_get(spec, properties[i].name);
		const char *wrong = value ? properties[i].set(param, value) : NULL;

		known += value != NULL;
		if (wrong)
			return wrong;
	}
	if (known != json_object_size(spec))
		return "unknown property (known: type value write hidden notify pinned inform role min max choices deniable)";
	if (param->limited && param->max == INT64_MAX && param->type == HMS_XSD_UINT)
		param->max = UINT32_MAX;
	return NULL;
}
