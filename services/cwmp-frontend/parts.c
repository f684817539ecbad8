/* Splits the parameters of a record into parts of a given size as they come. */
#include "parts.h"

/* Tags, lengths, type and flag of one parameter on the wire, at most. */
#define PARAM_FRAMING 24

void fe_parts_init(struct fe_parts *parts, struct hms_arena *arena, size_t limit, fe_parts_emit *emit, void *arg)
{
	*parts = (struct fe_parts){ .arena = arena, .limit = limit, .emit = emit, .arg = arg };
}

static int emit(struct fe_parts *parts, bool last)
{
	int rc = parts->emit(parts, last, parts->arg);

	parts->made++;
	parts->list = NULL;
	parts->count = parts->room = parts->bytes = 0;
	hms_arena_reset(parts->arena);
	return rc;
}

static bool make_room(struct fe_parts *parts)
{
	size_t room = parts->room ? 2 * parts->room : 64;
	void *list;

	if (parts->count < parts->room)
		return true;
	list = hms_arena_grow(parts->arena, parts->list, parts->room * sizeof(parts->list[0]), room * sizeof(parts->list[0]));
	if (!list)
		return false;
	parts->list = list;
	parts->room = room;
	return true;
}

static Hms__Param *copy_param(struct hms_arena *arena, const struct hms_cwmp_param *param)
{
	Hms__Param *copy = hms_arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	hms__param__init(copy);
	copy->name = hms_arena_strz(arena, param->name);
	copy->value = hms_arena_strz(arena, param->value);
	copy->type = param->type;
	copy->writable = param->writable;
	return copy->name && copy->value ? copy : NULL;
}

int fe_parts_add(struct fe_parts *parts, const struct hms_cwmp_param *param)
{
	size_t bytes = param->name.len + param->value.len + PARAM_FRAMING;
	Hms__Param *copy;
	int rc;

	if (parts->count > 0 && parts->bytes + bytes > parts->limit) {
		rc = emit(parts, false);
		if (rc)
			return rc;
	}
	if (!make_room(parts))
		return HMS_ENOMEM;
	copy = copy_param(parts->arena, param);
	if (!copy)
		return HMS_ENOMEM;
	parts->list[parts->count++] = copy;
	parts->bytes += bytes;
	return 0;
}

int fe_parts_finish(struct fe_parts *parts) { return emit(parts, true); }
