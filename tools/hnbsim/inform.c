/* The Inform of a session: events, identity, ParameterList (TR-069 3.7.1.5, A.3.3.1). */
#include <stdio.h>
#include <time.h>

#include "hms/base/clock.h"
#include "hms/cwmp/writer.h"
#include "session.h"

#define INFORM_PARAMS_MAX 256

struct list {
	const struct cell *cell;
	struct tree_env env;
	bool partial;
	struct hms_cwmp_param params[INFORM_PARAMS_MAX];
	size_t count;
};

static void add_param(struct list *list, struct hms_str name, struct tree_ref ref)
{
	struct hms_arena *arena = list->cell->sim->arena;
	const struct tree *tree = &list->cell->tree;
	const struct model_param *param = tree_param(tree, ref);
	char scratch[TREE_SCRATCH];
	struct hms_str value = tree_value(tree, ref, &list->env, scratch);

	if (list->count == INFORM_PARAMS_MAX)
		return;
	if (value.p == scratch)
		value = hms_arena_str(arena, value);
	list->params[list->count++] = (struct hms_cwmp_param){ name, param->hidden ? HMS_STR("") : value, param->type, false };
}

static bool listed_by_model(const struct model_param *param, uint32_t events)
{
	bool booted = (events & (HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT)) != 0;

	/* With 4 VALUE CHANGE nothing may stand in the list that is neither forced nor changed. */
	return param->inform == INFORM_FORCED || (param->inform == INFORM_BOOT && booted && !(events & HMS_EVENT_VALUE_CHANGE));
}

static struct hms_str row_name(const struct list *list, struct tree_ref ref)
{
	const struct model *model = list->cell->tree.model;
	struct hms_str column = model->params[ref.param].name;

	for (uint16_t t = 0; t < model->table_count; t++) {
		const struct model_table *table = &model->tables[t];

		if (ref.param >= table->first && ref.param < table->first + table->count)
			return hms_str(hms_arena_printf(list->cell->sim->arena, "%.*s%u.%.*s", HMS_STR_FMT(table->path), ref.row,
							HMS_STR_FMT(column)));
	}
	return column;
}

/* Devices are in the field that send only some parameters of a row, though all count as changed (alarms.md 1). */
static bool left_out(const struct list *list, struct tree_ref ref)
{
	unsigned column;

	return list->partial && faults_in_ring(&list->cell->tree, ref, &column) && column % 2 == 0;
}

static void add_params(struct list *list, uint32_t events)
{
	const struct tree *tree = &list->cell->tree;

	for (uint16_t i = 0; i < tree->model->fixed; i++)
		if (listed_by_model(&tree->model->params[i], events))
			add_param(list, tree->model->params[i].name, (struct tree_ref){ i, 0 });
	for (uint16_t i = 0; i < tree->entry_count; i++) {
		struct tree_ref ref = tree->entries[i].ref;
		const struct model_param *param = tree_param(tree, ref);

		if (!tree->entries[i].changed || tree_notify(tree, ref) == 0 || left_out(list, ref))
			continue;
		if (ref.row > 0)
			add_param(list, row_name(list, ref), ref);
		else if (!listed_by_model(param, events))
			add_param(list, param->name, ref);
	}
}

static void note_events(struct session *s, const struct hms_cwmp_event *events, size_t count)
{
	if (!s->cell->sim->record)
		return;
	hms_buf_char(&s->events_json, '[');
	for (size_t i = 0; i < count; i++) {
		hms_buf_strz(&s->events_json, i > 0 ? ",[" : "[");
		record_quote(&s->events_json, events[i].code);
		hms_buf_char(&s->events_json, ',');
		record_quote(&s->events_json, events[i].command_key);
		hms_buf_char(&s->events_json, ']');
	}
	hms_buf_char(&s->events_json, ']');
}

static struct hms_str current_time(char out[32])
{
	time_t now = (time_t)(hms_wall_us() / 1000000);
	struct tm tm;

	gmtime_r(&now, &tm);
	return hms_strn(out, strftime(out, 32, "%Y-%m-%dT%H:%M:%S+00:00", &tm));
}

int session_write_inform(struct session *s)
{
	struct cell *cell = s->cell;
	struct list list = { .cell = cell, .env = cell_env(cell), .partial = rng_chance(&cell->sim->rng, cell->sim->opt->partial_alarms) };
	struct hms_cwmp_event events[EVENTS_MAX];
	char serial[CELL_SERIAL_SIZE], now[32];
	struct hms_cwmp_inform inform = { .device = { hms_str(cell->tree.model->manufacturer), hms_str(cell->sim->opt->oui),
						      hms_str(cell_product_class(cell)), hms_str(cell_serial(cell, serial)) },
					  .events = events,
					  .retry_count = cell->retry_count,
					  .current_time = current_time(now) };

	hms_arena_reset(cell->sim->arena);
	if (tree_changes(&cell->tree) > 0)
		events_add(&cell->events, HMS_EVENT_VALUE_CHANGE);
	inform.event_count = events_list(&cell->events, events);
	s->sent = events_mark(&cell->events);
	s->event_bits = hms_cwmp_event_bits(events, inform.event_count);
	s->partial = list.partial;
	s->changes_sent = cell->tree.change_count;
	s->retry_count = cell->retry_count;
	note_events(s, events, inform.event_count);
	add_params(&list, s->event_bits);
	inform.params = list.params;
	inform.param_count = list.count;
	snprintf(s->marker, sizeof(s->marker), "%s-%08x-%u", serial, cell->nonce, ++cell->informs);
	hms_cwmp_write_inform(&s->body, (enum hms_cwmp_ns)cell->sim->opt->cwmp, hms_str(s->marker), &inform);
	return s->body.failed;
}
