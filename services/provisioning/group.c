/* Groups of commands. */
#include "group.h"

#include <stdlib.h>

#include <jansson.h>

const char *const prov_group_mode_names[] = {
#define PROV_GROUP_MODE(name, text) [PROV_GROUP_##name] = (text),
#include "group_modes.def"
#undef PROV_GROUP_MODE
	NULL
};

const char *const prov_group_state_names[] = {
#define PROV_GROUP_STATE(name, text, open) [PROV_GROUP_IS_##name] = (text),
#include "group_states.def"
#undef PROV_GROUP_STATE
	NULL
};

static bool is_open(const struct prov_group *g) { return g->state == PROV_GROUP_IS_OPEN || g->state == PROV_GROUP_IS_UNDOING; }

static bool is_undo(const struct prov_command *c) { return hms_str_eqz(c->purpose, PROV_PURPOSE_UNDO); }

static struct prov_group *group_of(const struct prov_device *d, const struct prov_command *c)
{
	for (size_t i = 0; c->grp && i < d->group_count; i++)
		if (d->groups[i]->id == c->grp)
			return d->groups[i];
	return NULL;
}

bool prov_group_waits(const struct prov_device *d, const struct prov_command *c)
{
	const struct prov_group *g = group_of(d, c);

	for (size_t i = 0; g && g->mode != PROV_GROUP_INDEPENDENT && i < d->command_count; i++) {
		const struct prov_command *before = d->commands[i];

		if (before->grp == c->grp && before->grp_pos < c->grp_pos && prov_command_is_open(before))
			return true;
	}
	return false;
}

static void end_group(struct prov_device *d, struct prov_group *g, enum prov_group_state state)
{
	g->state = state;
	g->ended = d->now_us;
	g->dirty = true;
}

static bool has_open(const struct prov_device *d, const struct prov_group *g)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (d->commands[i]->grp == g->id && prov_command_is_open(d->commands[i]))
			return true;
	return false;
}

/* None of them has been handed out: they wait for those before them. */
static void cancel_behind(struct prov_context *ctx, struct prov_device *d, const struct prov_group *g, int pos)
{
	const char *note = hms_arena_printf(ctx->arena, "not sent: %.*s", HMS_STR_FMT(g->note));

	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (c->grp != g->id || c->grp_pos <= pos || c->state != PROV_COMMAND_QUEUED)
			continue;
		c->counted = true;
		prov_command_end(d, c, PROV_COMMAND_CANCELLED, note);
	}
}

/* ---------------------------------------------------------------- undoing */

static bool add_undo(struct prov_context *ctx, struct prov_device *d, struct prov_group *g, const json_t *undo, int pos)
{
	const char *kind = json_string_value(json_object_get(undo, "kind"));
	const json_t *arguments = json_object_get(undo, "arguments");
	char *text = arguments ? json_dumps(arguments, JSON_COMPACT) : NULL;
	struct hms_str payload = text ? hms_arena_str(ctx->arena, hms_str(text)) : HMS_STR("{}");
	struct hms_str name = hms_arena_str(ctx->arena, hms_str(kind));
	struct prov_command *c = prov_command_new(d, ctx->arena, hms_command_id_next(ctx->ids, d->now_us), HMS_CWMP_NONE, PROV_PURPOSE_UNDO,
						  payload, d->now_us + (g->deadline - g->created));

	free(text);
	if (!c || !payload.p || !name.p) {
		d->failed = true;
		return false;
	}
	c->kind = name;
	c->method = prov_command_method(c);
	c->grp = g->id;
	c->grp_pos = (int16_t)pos;
	c->prio = g->prio;
	c->origin = g->origin;
	c->reason = g->reason;
	c->noticed = false; /* its arguments have not been looked at yet */
	return true;
}

/* Members are done in their order: the first `done` of them are. */
static void begin_undo(struct prov_context *ctx, struct prov_device *d, struct prov_group *g)
{
	json_t *list = g->undo.p ? json_loadb(g->undo.p, g->undo.len, 0, NULL) : NULL;
	bool any = false;

	for (int i = g->done - 1; i >= 0; i--) {
		const json_t *undo = json_array_get(list, (size_t)i);

		if (json_is_object(undo))
			any |= add_undo(ctx, d, g, undo, g->total + (g->done - i));
	}
	json_decref(list);
	g->state = PROV_GROUP_IS_UNDOING;
	if (!any)
		end_group(d, g, PROV_GROUP_IS_UNDONE);
	g->dirty = true;
}

static void count_undo(struct prov_context *ctx, struct prov_device *d, struct prov_group *g, const struct prov_command *c)
{
	if (c->state == PROV_COMMAND_DONE) {
		g->undone++;
		return;
	}
	g->note = hms_str(hms_arena_printf(ctx->arena, "%.*s; %.*s to undo ended %s", HMS_STR_FMT(g->note), HMS_STR_FMT(c->kind),
					   prov_command_state_names[c->state]));
	cancel_behind(ctx, d, g, c->grp_pos);
	end_group(d, g, PROV_GROUP_IS_UNDO_FAILED);
}

/* ---------------------------------------------------------------- members */

static void count_member(struct prov_context *ctx, struct prov_device *d, struct prov_group *g, const struct prov_command *c)
{
	char fault[32] = "";

	if (c->state == PROV_COMMAND_DONE) {
		g->done++;
		return;
	}
	if (c->fault)
		snprintf(fault, sizeof(fault), " %d", c->fault);
	if (!g->failed++)
		g->note = hms_str(hms_arena_printf(ctx->arena, "member %d, %.*s, ended %s%s", c->grp_pos, HMS_STR_FMT(c->kind),
						   prov_command_state_names[c->state], fault));
	if (g->mode == PROV_GROUP_INDEPENDENT)
		return;
	cancel_behind(ctx, d, g, c->grp_pos);
	if (g->mode == PROV_GROUP_UNDO)
		begin_undo(ctx, d, g);
}

static void count_ends(struct prov_context *ctx, struct prov_device *d, struct prov_group *g)
{
	size_t count = d->command_count; /* those to undo are added behind */

	for (size_t i = 0; i < count && is_open(g); i++) {
		struct prov_command *c = d->commands[i];

		if (c->grp != g->id || c->counted || prov_command_is_open(c))
			continue;
		c->counted = g->dirty = true;
		if (is_undo(c))
			count_undo(ctx, d, g, c);
		else
			count_member(ctx, d, g, c);
		d->failed |= !g->note.p;
	}
}

void prov_groups_look(struct prov_context *ctx, struct prov_device *d)
{
	for (size_t i = 0; i < d->group_count; i++) {
		struct prov_group *g = d->groups[i];

		if (!is_open(g))
			continue;
		count_ends(ctx, d, g);
		if (!is_open(g) || has_open(d, g))
			continue;
		if (g->state == PROV_GROUP_IS_UNDOING)
			end_group(d, g, PROV_GROUP_IS_UNDONE);
		else
			end_group(d, g, g->failed ? PROV_GROUP_IS_FAILED : PROV_GROUP_IS_DONE);
	}
}
