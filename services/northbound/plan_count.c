/* A plan over many devices: counts, and some of the devices as samples. */
#include <stdlib.h>

#include "hms/base/map.h"
#include "plan.h"

#define NAMES_MAX 100000 /* parameters and reasons that are told apart */
#define SHOWN_MAX 200	 /* of either, those with the most devices */

/* How many devices, by text. */
struct tally {
	struct hms_map *by_text;
	struct entry {
		struct hms_str text;
		size_t devices;
	} * *list;
	size_t count, room;
};

struct nbi_plan_count {
	struct hms_arena *arena;
	size_t selected, leaving, states[NBI_PLAN_STATES], steps[HMS_PLAN_KINDS], most_samples;
	struct tally parameters, reasons;
	json_t *samples;
};

struct nbi_plan_count *nbi_plan_count_new(size_t samples, size_t memory_bytes)
{
	struct nbi_plan_count *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->arena = hms_arena_new(memory_bytes);
	c->most_samples = samples;
	c->samples = json_array();
	c->parameters.by_text = hms_map_new(NAMES_MAX);
	c->reasons.by_text = hms_map_new(NAMES_MAX);
	if (!c->arena || !c->samples || !c->parameters.by_text || !c->reasons.by_text)
		nbi_plan_count_free(&c);
	return c;
}

void nbi_plan_count_free(struct nbi_plan_count **count)
{
	struct nbi_plan_count *c = *count;

	if (!c)
		return;
	hms_map_free(&c->parameters.by_text);
	hms_map_free(&c->reasons.by_text);
	hms_arena_free(&c->arena);
	json_decref(c->samples);
	free(c);
	*count = NULL;
}

/* More texts than NAMES_MAX are not told apart any more: they are not in the list. */
static int tally_add(struct nbi_plan_count *c, struct tally *t, struct hms_str text)
{
	struct entry *e = hms_map_get(t->by_text, text.p, text.len);
	int rc;

	if (e) {
		e->devices++;
		return 0;
	}
	if (hms_map_count(t->by_text) == NAMES_MAX)
		return 0;
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		void *grown = hms_arena_grow(c->arena, t->list, t->room * sizeof(struct entry *), room * sizeof(struct entry *));

		if (!grown)
			return HMS_ENOMEM;
		t->list = grown;
		t->room = room;
	}
	e = hms_arena_alloc(c->arena, sizeof(*e));
	rc = e ? hms_map_put(t->by_text, text.p, text.len, e) : HMS_ENOMEM;
	if (rc)
		return rc;
	*e = (struct entry){ hms_arena_str(c->arena, text), 1 };
	t->list[t->count++] = e;
	return e->text.p ? 0 : HMS_ENOMEM;
}

/* A device counts once for a parameter of several rows. */
static int add_parameters(struct nbi_plan_count *c, const struct hms_plan *plan)
{
	int rc = 0;

	for (size_t i = 0; i < plan->difference_count && !rc; i++) {
		struct hms_str path = plan->differences[i].path;
		bool again = false;

		for (size_t k = i; k > 0 && i - k < 64 && !again; k--)
			again = hms_str_eq(plan->differences[k - 1].path, path);
		if (!again)
			rc = tally_add(c, &c->parameters, path);
	}
	return rc;
}

static int add_plan(struct nbi_plan_count *c, const struct nbi_plan_row *row, const struct nbi_plan_outcome *outcome)
{
	for (size_t i = 0; i < outcome->plan->count; i++)
		c->steps[outcome->plan->steps[i].kind]++;
	if (json_array_size(c->samples) < c->most_samples && json_array_append_new(c->samples, nbi_plan_show(row, outcome)))
		return HMS_ENOMEM;
	return add_parameters(c, outcome->plan);
}

int nbi_plan_count_add(struct nbi_plan_count *count, const struct nbi_plan_row *row, const struct nbi_plan_outcome *outcome)
{
	int rc = 0;

	count->leaving += outcome->leaves;
	if (!outcome->selected)
		return 0;
	count->selected++;
	count->states[outcome->state]++;
	if (*outcome->reason)
		rc = tally_add(count, &count->reasons, hms_str(outcome->reason));
	if (!rc && outcome->plan && outcome->state != NBI_PLAN_IN_SYNC && outcome->state != NBI_PLAN_UNSUPPORTED)
		rc = add_plan(count, row, outcome);
	return rc;
}

/* ---------------------------------------------------------------- for people */

static int by_devices(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

	return x->devices != y->devices ? (x->devices < y->devices ? 1 : -1) : hms_str_cmp(x->text, y->text);
}

static json_t *tally_show(const struct tally *t, const char *name)
{
	json_t *list = json_array();

	if (t->count)
		qsort(t->list, t->count, sizeof(*t->list), by_devices);
	for (size_t i = 0; i < t->count && i < SHOWN_MAX; i++)
		json_array_append_new(list, json_pack("{s:o,s:I}", name, json_stringn_nocheck(t->list[i]->text.p, t->list[i]->text.len),
						      "devices", (json_int_t)t->list[i]->devices));
	return list;
}

static json_t *states_show(const struct nbi_plan_count *c)
{
	json_t *states = json_object();

	for (size_t i = 0; i < NBI_PLAN_STATES; i++)
		if (c->states[i])
			json_object_set_new(states, nbi_plan_state_names[i], json_integer((json_int_t)c->states[i]));
	return states;
}

static json_t *steps_show(const struct nbi_plan_count *c)
{
	json_t *steps = json_object();

	for (size_t i = 0; i < HMS_PLAN_KINDS; i++)
		if (c->steps[i])
			json_object_set_new(steps, hms_plan_kind_name((enum hms_plan_kind)i), json_integer((json_int_t)c->steps[i]));
	return steps;
}

json_t *nbi_plan_count_show(const struct nbi_plan_count *count)
{
	return json_pack("{s:I,s:I,s:o,s:o,s:o,s:o,s:O}", "devices", (json_int_t)count->selected, "leaving", (json_int_t)count->leaving,
			 "states", states_show(count), "steps", steps_show(count), "parameters", tally_show(&count->parameters, "name"),
			 "reasons", tally_show(&count->reasons, "reason"), "samples", count->samples);
}
