/* Parts of messages as parts of records. */
#include "fields.h"

bool fe_text(struct hms_arena *arena, struct hms_str text, char **out)
{
	*out = hms_arena_strz(arena, text);
	return *out != NULL;
}

Hms__Field **fe_fields(struct hms_arena *arena, const struct hms_cwmp_msg *msg)
{
	Hms__Field **out = hms_arena_alloc(arena, msg->field_count * sizeof(*out));
	Hms__Field *rows = hms_arena_alloc(arena, msg->field_count * sizeof(*rows));

	for (size_t i = 0; out && rows && i < msg->field_count; i++) {
		hms__field__init(&rows[i]);
		if (!fe_text(arena, msg->fields[i].code, &rows[i].path) || !fe_text(arena, msg->fields[i].command_key, &rows[i].value))
			return NULL;
		rows[i].row = msg->fields[i].row;
		rows[i].item = msg->fields[i].item;
		out[i] = &rows[i];
	}
	return rows ? out : NULL;
}

static Hms__ParamFault **param_faults(struct hms_arena *arena, const struct hms_cwmp_fault *fault)
{
	Hms__ParamFault **out = hms_arena_alloc(arena, fault->param_count * sizeof(*out));
	Hms__ParamFault *rows = hms_arena_alloc(arena, fault->param_count * sizeof(*rows));

	for (size_t i = 0; out && rows && i < fault->param_count; i++) {
		hms__param_fault__init(&rows[i]);
		rows[i].code = fault->params[i].code;
		if (!fe_text(arena, fault->params[i].name, &rows[i].name) || !fe_text(arena, fault->params[i].text, &rows[i].text))
			return NULL;
		out[i] = &rows[i];
	}
	return rows ? out : NULL;
}

Hms__Fault *fe_fault(struct hms_arena *arena, const struct hms_cwmp_fault *fault)
{
	Hms__Fault *out = hms_arena_alloc(arena, sizeof(*out));

	if (!out)
		return NULL;
	hms__fault__init(out);
	out->code = fault->code;
	out->params = param_faults(arena, fault);
	out->n_params = fault->param_count;
	return out->params && fe_text(arena, fault->text, &out->text) ? out : NULL;
}
