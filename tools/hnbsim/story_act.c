/* What the story does itself so that a step comes about. */
#include "story_act.h"

#include <stdio.h>

#include "db_steps.h"

/* Whether the HMS has asked for alarms at once (FM-03): before that an event is reported nowhere. */
static bool alarms_are_wanted(const struct cell *cell)
{
	char name[256];
	struct tree_ref ref;

	if (!cell->tree.model->fault_mgmt)
		return false;
	snprintf(name, sizeof(name), "%sExpeditedEvent.1.EventTime", cell->tree.model->fault_mgmt);
	return tree_find(&cell->tree, hms_str(name), &ref) && tree_notify(&cell->tree, ref) == 2;
}

static bool act_raise(struct story *story, struct cell *cell)
{
	(void)story;
	if (!alarms_are_wanted(cell))
		return false;
	alarm_do(cell, FAULT_NEW, FAULT_LINK_DOWN);
	return true;
}

static bool act_clear(struct story *story, struct cell *cell)
{
	(void)story;
	alarm_do(cell, FAULT_CLEARED, ALARM_ANY);
	return true;
}

static bool act_change(struct story *story, struct cell *cell)
{
	if (!story->run->opt.operate || !story->run->db || !model_has(cell->tree.model, ROLE_DN_PREFIX))
		return true;
	return db_change(story->run->db, cell, ROLE_DN_PREFIX, "DC=op.example,SubNetwork=1");
}

static bool act_block(struct story *story, struct cell *cell)
{
	return !story->run->opt.operate || !story->run->db || db_block(story->run->db, cell);
}

static bool (*const acts[STEP_COUNT])(struct story *story, struct cell *cell) = {
	[STEP_ALARM_RAISED] = act_raise,
	[STEP_ALARM_CLEARED] = act_clear,
	[STEP_CHANGED] = act_change,
	[STEP_DEPROVISIONED] = act_block,
};

void story_act(struct story *story, struct cell *cell)
{
	struct progress *progress = &story->cells[cell->index];

	if (progress->next == STEP_COUNT || !acts[progress->next] || (progress->acted & (1u << progress->next)))
		return;
	if (acts[progress->next](story, cell))
		progress->acted |= 1u << progress->next;
}
