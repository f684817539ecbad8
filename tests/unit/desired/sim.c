/* The device in memory. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

const char *const sim_columns[SIM_COLUMNS] = { "K", "L", "V" };
const enum hms_xsd sim_column_types[SIM_COLUMNS] = { HMS_XSD_UINT, HMS_XSD_STRING, HMS_XSD_STRING };

struct sim_param *sim_param(struct sim *s, const char *path)
{
	for (size_t i = 0; i < SIM_PARAMS; i++)
		if (s->params[i].exists && strcmp(s->params[i].path, path) == 0)
			return &s->params[i];
	return NULL;
}

struct sim_row *sim_free_row(struct sim *s)
{
	for (size_t i = 0; i < SIM_ROWS; i++)
		if (!s->rows[i].instance)
			return &s->rows[i];
	return NULL;
}

static struct sim_row *find_row(struct sim *s, uint32_t instance)
{
	for (size_t i = 0; i < SIM_ROWS && instance; i++)
		if (s->rows[i].instance == instance)
			return &s->rows[i];
	return NULL;
}

char *sim_cell(struct sim *s, const char *path)
{
	unsigned instance;
	char column[16];
	struct sim_row *row;

	if (s->no_table || sscanf(path, SIM_TABLE "%u.%15s", &instance, column) != 2)
		return NULL;
	row = find_row(s, instance);
	for (size_t i = 0; row && i < SIM_COLUMNS; i++)
		if (strcmp(column, sim_columns[i]) == 0)
			return row->cells[i];
	return NULL;
}

/* ---------------------------------------------------------------- RPCs */

static void add_value(struct sim_answer *out, const char *path, const char *value, int notify)
{
	size_t n = out->row_count++;

	snprintf(out->paths[n], sizeof(out->paths[n]), "%s", path);
	snprintf(out->values[n], sizeof(out->values[n]), "%s", value);
	out->rows[n] = (struct hms_known_row){ hms_str(out->paths[n]), hms_str(out->values[n]), notify };
}

static void get_values(struct sim *s, const json_t *payload, struct sim_answer *out)
{
	size_t i;
	json_t *item;
	char path[80];

	json_array_foreach(json_object_get(payload, "ParameterNames"), i, item)
	{
		const char *name = json_string_value(item);
		const struct sim_param *p = sim_param(s, name);

		if (strcmp(name, SIM_TABLE) == 0 && !s->no_table) {
			for (size_t r = 0; r < SIM_ROWS; r++)
				for (size_t c = 0; s->rows[r].instance && c < SIM_COLUMNS; c++) {
					snprintf(path, sizeof(path), SIM_TABLE "%u.%s", s->rows[r].instance, sim_columns[c]);
					add_value(out, path, s->rows[r].cells[c], 0);
				}
		} else if (p) {
			add_value(out, name, p->hidden ? "" : p->value, p->notify);
		} else if (sim_cell(s, name)) {
			add_value(out, name, sim_cell(s, name), 0);
		} else {
			out->fault = 9005;
		}
	}
}

static void get_attributes(struct sim *s, const json_t *payload, struct sim_answer *out)
{
	out->fault = s->no_attributes ? 9000 : 0;
	if (!out->fault)
		get_values(s, payload, out);
}

static char *writable(struct sim *s, const char *name, uint32_t *code)
{
	struct sim_param *p = sim_param(s, name);
	char *cell = sim_cell(s, name);

	*code = p && p->read_only ? 9008 : 9005;
	return p && !p->read_only ? p->value : p ? NULL : cell;
}

static void set_values(struct sim *s, const json_t *payload, struct sim_answer *out)
{
	const json_t *list = json_object_get(payload, "ParameterList");
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)list, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "Name"));
		uint32_t code;

		if (writable(s, name, &code))
			continue;
		out->fault = 9003;
		out->faults[out->fault_count++] = (struct hms_known_fault){ hms_str(name), code };
	}
	json_array_foreach((json_t *)list, i, row)
	{
		uint32_t code;

		if (!out->fault) /* all or nothing */
			snprintf(writable(s, json_string_value(json_object_get(row, "Name")), &code), 32, "%s",
				 json_string_value(json_object_get(row, "Value")));
	}
}

static void set_attributes(struct sim *s, const json_t *payload, struct sim_answer *out)
{
	const json_t *list = json_object_get(payload, "ParameterList");
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)list, i, row)
	{
		const struct sim_param *p = sim_param(s, json_string_value(json_object_get(row, "Name")));

		if (s->no_attributes)
			out->fault = 9000;
		else if (!p || p->untold)
			out->fault = p ? 9009 : 9005;
	}
	json_array_foreach((json_t *)list, i, row)
	{
		if (!out->fault)
			sim_param(s, json_string_value(json_object_get(row, "Name")))->notify =
				(int)json_integer_value(json_object_get(row, "Notification"));
	}
}

static void add_object(struct sim *s, struct sim_answer *out)
{
	struct sim_row *row = sim_free_row(s);

	if (s->no_table || !row) {
		out->fault = s->no_table ? 9005 : 9004;
		return;
	}
	*row = (struct sim_row){ .instance = ++s->next_instance, .cells = { "0", "", "" } };
	out->instance = row->instance;
}

static void delete_object(struct sim *s, const json_t *payload, struct sim_answer *out)
{
	unsigned instance = 0;
	struct sim_row *row;

	sscanf(json_string_value(json_object_get(payload, "ObjectName")), SIM_TABLE "%u.", &instance);
	row = find_row(s, instance);
	if (row)
		row->instance = 0;
	else
		out->fault = 9005;
}

void sim_execute(struct sim *s, enum hms_cwmp_method method, const json_t *payload, struct sim_answer *out)
{
	memset(out, 0, sizeof(*out));
	s->executed[method]++;
	if (method == HMS_CWMP_GET_PARAMETER_VALUES)
		get_values(s, payload, out);
	else if (method == HMS_CWMP_GET_PARAMETER_ATTRIBUTES)
		get_attributes(s, payload, out);
	else if (method == HMS_CWMP_SET_PARAMETER_VALUES || method == HMS_CWMP_DOWNLOAD)
		set_values(s, payload, out);
	else if (method == HMS_CWMP_SET_PARAMETER_ATTRIBUTES)
		set_attributes(s, payload, out);
	else if (method == HMS_CWMP_ADD_OBJECT)
		add_object(s, out);
	else
		delete_object(s, payload, out);
}

/* ---------------------------------------------------------------- HMS's side */

bool sim_value(void *arg, struct hms_str path, struct hms_str *out)
{
	char name[100];
	const json_t *value;

	snprintf(name, sizeof(name), "%.*s", HMS_STR_FMT(path));
	value = json_object_get(((struct sim *)arg)->cache, name);
	*out = hms_str(json_string_value(value));
	return value;
}

static void cache_written(struct sim *s, const json_t *payload)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(payload, "ParameterList"), i, row)
	{
		json_object_set(s->cache, json_string_value(json_object_get(row, "Name")), json_object_get(row, "Value"));
	}
}

enum hms_known_next sim_learn(struct sim *s, struct hms_known *known, enum hms_cwmp_method method, const json_t *payload,
			      const struct sim_answer *answer)
{
	bool reads = method == HMS_CWMP_GET_PARAMETER_VALUES || method == HMS_CWMP_GET_PARAMETER_ATTRIBUTES;

	if (answer->fault)
		return hms_known_refused(known, method, payload, answer->fault, answer->faults, answer->fault_count);
	for (size_t i = 0; method == HMS_CWMP_GET_PARAMETER_VALUES && i < answer->row_count; i++)
		json_object_set_new(s->cache, answer->rows[i].path.p, json_string(answer->rows[i].value.p));
	if (method == HMS_CWMP_SET_PARAMETER_VALUES)
		cache_written(s, payload);
	if (reads)
		hms_known_read(known, method, payload, answer->rows, answer->row_count);
	else
		hms_known_done(known, method, payload, answer->instance);
	return HMS_KNOWN_PLAN;
}
