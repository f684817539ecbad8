/* Properties of plans: from any state of a device, with any losses and refusals, they lead to the desired state, with as few RPCs as the limits allow, in the right order,
 * and nothing is sent that does not differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/base/buf.h"
#include "hms/desired/value.h"
#include "sim.h"

#define RUNS 200
#define STEPS_MAX 400

struct run {
	uint64_t random;
	unsigned seed;
	struct sim sim;
	struct hms_profile *profile;
	struct hms_arena *arena; /* of the desired state */
	struct hms_desired *desired;
	struct hms_known known;
	struct hms_plan_limits limits;
	bool clean; /* no losses, nothing is refused, nobody else changes anything */
	size_t losses;
};

static unsigned pick(struct run *r, unsigned n)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (unsigned)(r->random >> 33) % n;
}

/* Several spellings of few values, so that some are the same. */
static const char *any_value(struct run *r, enum hms_xsd type)
{
	static const char *const booleans[] = { "0", "1", "true", "false" }, *const numbers[] = { "7", "007", "8", "+8", "9" },
				 *const texts[] = { "a", "b", "c", "" };

	if (type == HMS_XSD_BOOLEAN)
		return booleans[pick(r, 4)];
	return type == HMS_XSD_UINT ? numbers[pick(r, 5)] : texts[pick(r, 4)];
}

static void make_device(struct run *r)
{
	static const enum hms_xsd types[] = { HMS_XSD_STRING, HMS_XSD_UINT, HMS_XSD_BOOLEAN };

	r->sim.cache = json_object();
	for (size_t i = 0; i < SIM_PARAMS; i++) {
		struct sim_param *p = &r->sim.params[i];

		snprintf(p->path, sizeof(p->path), "Device.P%zu", i);
		p->type = types[pick(r, 3)];
		p->exists = r->clean || pick(r, 8);
		p->read_only = !r->clean && pick(r, 10) == 0;
		p->untold = !r->clean && pick(r, 10) == 0;
		p->hidden = pick(r, 8) == 0;
		p->notify = (int)pick(r, 3);
		snprintf(p->value, sizeof(p->value), "%s", any_value(r, p->type));
		if (p->exists && pick(r, 3) == 0)
			json_object_set_new(r->sim.cache, p->path, json_string(p->hidden ? "" : p->value));
	}
	r->sim.no_table = !r->clean && pick(r, 10) == 0;
	r->sim.no_attributes = !r->clean && pick(r, 10) == 0;
	for (unsigned n = pick(r, 6); n > 0; n--) {
		struct sim_row *row = sim_free_row(&r->sim);

		row->instance = ++r->sim.next_instance;
		for (size_t c = 0; c < SIM_COLUMNS; c++)
			snprintf(row->cells[c], sizeof(row->cells[c]), "%s", any_value(r, sim_column_types[c]));
	}
}

/* A profile as its text, so that the whole way is tested. */
static void add_params(struct run *r, struct hms_buf *text)
{
	const char *separator = "";

	for (size_t i = 0; i < SIM_PARAMS; i++) {
		const struct sim_param *p = &r->sim.params[i];

		if (pick(r, 4) == 0)
			continue;
		hms_buf_printf(text, "%s\"%s\": {\"value\": \"%s\", \"type\": \"%s\", \"secret\": %s, \"last\": %s", separator, p->path,
			       any_value(r, p->type), hms_xsd_name(p->type), p->hidden ? "true" : "false", pick(r, 6) ? "false" : "true");
		if (pick(r, 3) == 0)
			hms_buf_printf(text, ", \"notify\": %u", pick(r, 3));
		hms_buf_strz(text, "}");
		separator = ", ";
	}
}

static void make_desired(struct run *r)
{
	struct hms_buf text = HMS_BUF_INIT(65536);
	const struct hms_device_facts facts = { .serial = HMS_STR("1") };
	const struct hms_desired_input input = {
		.profiles = (const struct hms_profile *const *)&r->profile, .count = 1, .facts = &facts, .fap = 1
	};
	struct hms_err err = { 0 };

	hms_buf_strz(&text, "{\"parameters\": {");
	add_params(r, &text);
	hms_buf_printf(&text, "}, \"objects\": [{\"path\": \"" SIM_TABLE "\", \"key\": [\"K\", \"L\"], \"others\": \"%s\", \"rows\": [",
		       pick(r, 2) ? "keep" : "remove");
	for (unsigned i = 0, n = pick(r, 4); i < n; i++)
		hms_buf_printf(&text, "%s{\"K\": {\"value\": \"%u\", \"type\": \"unsignedInt\"}, \"L\": \"%s\", \"V\": \"%s\"}",
			       i ? ", " : "", i + 7, any_value(r, HMS_XSD_STRING), any_value(r, HMS_XSD_STRING));
	hms_buf_strz(&text, "]}]}");
	hms_profile_free(&r->profile);
	if (hms_profile_parse(hms_buf_view(&text), &hms_profile_limits, &r->profile, &err) ||
	    (r->profile && hms_desired_merge(r->arena, &input, &r->desired, &err)))
		fail_msg("seed %u: %s", r->seed, err.text);
	hms_buf_fini(&text);
}

/* ---------------------------------------------------------------- what must hold of each plan */

static void check_rows(struct run *r, const struct hms_plan_step *step, const json_t *payload)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(payload, "ParameterList"), i, row)
	{
		const char *name = json_string_value(json_object_get(row, "Name")),
			   *value = json_string_value(json_object_get(row, "Value"));
		const struct sim_param *p = sim_param(&r->sim, name);
		struct hms_str is;

		if (step->method != HMS_CWMP_SET_PARAMETER_VALUES || (p && p->hidden))
			continue;
		if (sim_value(&r->sim, hms_str(name), &is) &&
		    hms_value_same(hms_xsd_find(hms_str(json_string_value(json_object_get(row, "Type")))), is, hms_str(value)))
			fail_msg("seed %u: %s is sent though it does not differ", r->seed, name);
	}
}

static void check_names(struct run *r, const struct hms_plan_step *step, const json_t *payload)
{
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(payload, "ParameterNames"), i, item)
	{
		struct hms_str is;

		if (step->kind == HMS_PLAN_READ && sim_value(&r->sim, hms_str(json_string_value(item)), &is))
			fail_msg("seed %u: %s is read though it is known", r->seed, json_string_value(item));
	}
}

static void check_plan(struct run *r, const struct hms_plan *plan)
{
	size_t finals = 0;

	for (size_t i = 0; i < plan->count; i++) {
		json_t *payload = json_loadb(plan->steps[i].payload.p, plan->steps[i].payload.len, 0, NULL);

		assert_non_null(payload);
		if (i && plan->steps[i].kind < plan->steps[i - 1].kind)
			fail_msg("seed %u: %s before %s", r->seed, hms_plan_kind_name(plan->steps[i - 1].kind),
				 hms_plan_kind_name(plan->steps[i].kind));
		if (plan->steps[i].kind == HMS_PLAN_SET && r->limits.set_values_max)
			assert_true(plan->steps[i].rows <= r->limits.set_values_max);
		if (i == 0) {
			check_rows(r, &plan->steps[i], payload);
			check_names(r, &plan->steps[i], payload);
		}
		finals += plan->steps[i].final;
		json_decref(payload);
	}
	assert_true(finals <= 1);
}

/* ---------------------------------------------------------------- the way */

/* Somebody else changes a value, and the device tells. */
static void meddle(struct run *r)
{
	struct sim_param *p = &r->sim.params[pick(r, SIM_PARAMS)];

	if (!p->exists || p->hidden)
		return;
	snprintf(p->value, sizeof(p->value), "%s", any_value(r, p->type));
	json_object_set_new(r->sim.cache, p->path, json_string(p->value));
}

/* One step: executed or not, answered or not. */
static enum hms_known_next go(struct run *r, const struct hms_plan_step *step)
{
	static struct sim_answer answer;
	json_t *payload = json_loadb(step->payload.p, step->payload.len, 0, NULL);
	unsigned luck = r->clean || r->losses >= 30 ? 2 : pick(r, 6);
	enum hms_known_next next = HMS_KNOWN_PLAN;

	hms_known_sent(&r->known, step->method, payload);
	if (luck > 0)
		sim_execute(&r->sim, step->method, payload, &answer);
	if (luck > 1)
		next = sim_learn(&r->sim, &r->known, step->method, payload, &answer);
	else
		r->losses++;
	json_decref(payload);
	return next;
}

static size_t converge(struct run *r)
{
	size_t steps = 0;

	for (;; steps++) {
		struct hms_arena *arena = hms_arena_new(4 * 1024 * 1024);
		struct hms_plan *plan;
		bool empty;

		assert_int_equal(hms_plan_make(arena, r->desired, &r->known, &r->limits, &plan), 0);
		check_plan(r, plan);
		empty = hms_plan_is_empty(plan);
		if (!empty && go(r, &plan->steps[0]) == HMS_KNOWN_FAILED)
			fail_msg("seed %u: %s failed: %s", r->seed, hms_plan_kind_name(plan->steps[0].kind), plan->steps[0].payload.p);
		hms_arena_free(&arena);
		if (empty)
			return steps;
		if (steps == STEPS_MAX)
			fail_msg("seed %u: no end", r->seed);
		if (!r->clean && r->losses < 30 && pick(r, 10) == 0)
			meddle(r);
	}
}

/* ---------------------------------------------------------------- the end */

static void check_values(struct run *r)
{
	for (size_t i = 0; i < r->desired->count; i++) {
		const struct hms_desired_value *v = &r->desired->values[i];
		const struct sim_param *p = sim_param(&r->sim, v->path.p);

		if (!p || p->read_only)
			continue;
		if (!hms_value_same(v->type, v->value, hms_str(p->value)))
			fail_msg("seed %u: %s is %s", r->seed, p->path, p->value);
		if (v->notify != HMS_NOTIFY_AS_IT_IS && !p->untold && !r->sim.no_attributes && p->notify != v->notify)
			fail_msg("seed %u: %s tells %d", r->seed, p->path, p->notify);
	}
}

static size_t rows_like(struct run *r, const struct hms_desired_row *row)
{
	size_t n = 0;

	for (size_t i = 0; i < SIM_ROWS; i++) {
		const struct sim_row *have = &r->sim.rows[i];
		bool same = have->instance;

		for (size_t c = 0; c < SIM_COLUMNS; c++) /* cells by column: K, L, V */
			same = same && hms_value_same(sim_column_types[c], hms_str(have->cells[c]), row->cells[c].value);
		n += same;
	}
	return n;
}

static void check_table(struct run *r, size_t before)
{
	const struct hms_desired_object *o = &r->desired->objects[0];
	size_t rows = 0;

	if (r->sim.no_table)
		return;
	for (size_t i = 0; i < SIM_ROWS; i++)
		rows += r->sim.rows[i].instance != 0;
	for (size_t i = 0; i < o->count; i++)
		if (rows_like(r, &o->rows[i]) < 1)
			fail_msg("seed %u: row %zu is not there", r->seed, i);
	if (o->remove && rows != o->count)
		fail_msg("seed %u: %zu rows instead of %zu", r->seed, rows, o->count);
	/* a lost answer to AddObject makes no second row */
	if (!o->remove && rows > before + o->count)
		fail_msg("seed %u: %zu rows of %zu and %zu", r->seed, rows, before, o->count);
}

static size_t pieces(size_t n, size_t most) { return most ? (n + most - 1) / most : n > 0; }

/* Counted from the device itself: values that are not as desired; with a file each that is behind the others. */
static size_t least_sets(struct run *r)
{
	size_t sets = 0, lasts = 0;

	for (size_t i = 0; i < r->desired->count; i++) {
		const struct hms_desired_value *v = &r->desired->values[i];
		const struct sim_param *p = sim_param(&r->sim, v->path.p);
		bool differs = v->hidden || !hms_value_same(v->type, v->value, hms_str(p->value));

		sets += differs && !v->last;
		lasts += differs && v->last;
	}
	for (size_t i = 0; i < r->desired->objects[0].count; i++) {
		const struct hms_desired_row *row = &r->desired->objects[0].rows[i];
		size_t differ = row->count;

		for (size_t k = 0; k < SIM_ROWS; k++) {
			const struct sim_row *have = &r->sim.rows[k];

			if (!have->instance || !hms_value_same(HMS_XSD_UINT, hms_str(have->cells[0]), row->cells[0].value) ||
			    !hms_str_eqz(row->cells[1].value, have->cells[1]))
				continue;
			differ = !hms_str_eqz(row->cells[2].value, have->cells[2]);
			break; /* the first one is taken */
		}
		sets += differ;
	}
	return pieces(sets, r->limits.set_values_max) + pieces(lasts, r->limits.set_values_max);
}

static void run(unsigned seed, bool clean)
{
	struct run r = {
		.random = 0x9e3779b97f4a7c15u ^ ((uint64_t)seed << 20 | seed), .seed = seed, .clean = clean, .arena = hms_arena_new(1 << 22)
	};
	size_t sets, before = 0;

	for (int i = 0; i < 8; i++)
		pick(&r, 2);
	make_device(&r);
	r.limits.set_values_max = pick(&r, 2) ? 0 : 1 + pick(&r, 5);
	r.limits.get_values_max = pick(&r, 2) ? 0 : 2 + pick(&r, 5);
	r.known = (struct hms_known){ .value = sim_value, .arg = &r.sim, .notes = json_object() };
	for (int round = 0; round < 2; round++) { /* the second one is a change of the profile */
		before = 0;
		for (size_t i = 0; i < SIM_ROWS; i++)
			before += r.sim.rows[i].instance != 0;
		make_desired(&r);
		hms_notes_retry(r.known.notes);
		json_object_del(r.known.notes, "written");
		memset(r.sim.executed, 0, sizeof(r.sim.executed));
		sets = clean ? least_sets(&r) : 0;
		converge(&r);
		check_values(&r);
		check_table(&r, before);
		if (clean && r.sim.executed[HMS_CWMP_SET_PARAMETER_VALUES] != sets)
			fail_msg("seed %u: %zu SetParameterValues instead of %zu", seed, r.sim.executed[HMS_CWMP_SET_PARAMETER_VALUES],
				 sets);
		if (clean)
			assert_true(r.sim.executed[HMS_CWMP_SET_PARAMETER_ATTRIBUTES] <= 1);
	}
	json_decref(r.known.notes);
	json_decref(r.sim.cache);
	hms_profile_free(&r.profile);
	hms_arena_free(&r.arena);
}

static void a_plan_leads_to_the_desired_state_with_the_fewest_rpcs(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < RUNS; seed++)
		run(seed, true);
}

static void losses_refusals_and_others_do_not_keep_it_from_its_end(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < RUNS; seed++)
		run(seed, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_leads_to_the_desired_state_with_the_fewest_rpcs),
		cmocka_unit_test(losses_refusals_and_others_do_not_keep_it_from_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
