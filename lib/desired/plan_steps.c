/* From what differs to RPCs, as few as the limits allow. */
#include <stdlib.h>

#include "plan.h"

#define ROW_BYTES 160 /* of XML around a name and a value */

/* Takes root over. */
static void add_step(struct planner *p, enum hms_plan_kind kind, enum hms_cwmp_method method, json_t *root, size_t rows)
{
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	struct hms_plan_step *step = PLAN_ADD(p, steps);

	json_decref(root);
	if (step && text)
		*step = (struct hms_plan_step){
			.kind = kind, .method = method, .payload = hms_arena_str(p->arena, hms_str(text)), .rows = rows
		};
	p->failed |= !text || !step || !step->payload.p;
	free(text);
}

static json_t *text_of(struct hms_str s) { return json_stringn(s.p, s.len); }

/* ---------------------------------------------------------------- reads */

/* What lies below a partial path that is read as well comes with it. */
static bool is_covered(const struct planner *p, struct hms_str path)
{
	for (size_t i = 0; i < p->reads.count; i++) {
		struct hms_str other = p->reads.list[i];

		if (other.len < path.len && hms_str_ends(other, HMS_STR(".")) && hms_str_starts(path, other))
			return true;
	}
	return false;
}

static size_t least(size_t limit, const json_t *noted, size_t count)
{
	size_t most = limit ? limit : count;

	if (noted && (size_t)json_integer_value(noted) < most)
		most = (size_t)json_integer_value(noted);
	return most ? most : 1;
}

static void add_reads(struct planner *p, enum hms_plan_kind kind, enum hms_cwmp_method method, struct hms_str *paths, size_t count)
{
	size_t most, n = 0;

	for (size_t i = 0; i < count; i++)
		if (kind != HMS_PLAN_READ || !is_covered(p, paths[i]))
			paths[n++] = paths[i];
	most = least(p->limits->get_values_max, json_object_get(p->known->notes, NOTE_READ_MAX), n);
	for (size_t at = 0; at < n; at += most) {
		json_t *names = json_array();
		size_t rows = n - at < most ? n - at : most;

		for (size_t i = 0; i < rows; i++)
			json_array_append_new(names, text_of(paths[at + i]));
		add_step(p, kind, method, json_pack("{s:o}", "ParameterNames", names), rows);
	}
}

/* ---------------------------------------------------------------- writes */

static json_t *write_row(const struct plan_write *w)
{
	json_t *row = json_object();
	char digest[17];

	json_object_set_new(row, "Name", text_of(w->path));
	json_object_set_new(row, "Value", text_of(w->value->value));
	json_object_set_new(row, "Type", json_string(hms_xsd_name(w->value->type)));
	if (w->value->hidden) {
		note_hex(w->value->digest, digest);
		json_object_set_new(row, "Digest", json_string(digest));
	}
	return row;
}

static size_t bytes_of(const struct plan_write *w) { return w->path.len + w->value->value.len + ROW_BYTES; }

static void add_sets(struct planner *p, enum hms_plan_kind kind, const struct plan_write *writes, size_t count)
{
	for (size_t at = 0; at < count;) {
		json_t *rows = json_array();
		size_t n = 0, bytes = 0;

		while (at < count &&
		       (n == 0 || ((!p->limits->set_values_max || n < p->limits->set_values_max) &&
				   (!p->limits->set_bytes_max || bytes + bytes_of(&writes[at]) <= p->limits->set_bytes_max)))) {
			bytes += bytes_of(&writes[at]);
			json_array_append_new(rows, write_row(&writes[at]));
			at++;
			n++;
		}
		add_step(p, kind, HMS_CWMP_SET_PARAMETER_VALUES, json_pack("{s:o}", "ParameterList", rows), n);
	}
}

/* A file holds all that goes by file, whatever of it differs. */
static void add_file(struct planner *p)
{
	json_t *rows = p->file ? json_array() : NULL;

	for (size_t i = 0; rows && i < p->desired->count; i++) {
		const struct hms_desired_value *v = &p->desired->values[i];
		const struct plan_write w = { v->path, v };

		if (v->by_file && !v->last && v->value.p && !plan_is_refused(p, v->path))
			json_array_append_new(rows, write_row(&w));
	}
	if (rows)
		add_step(p, HMS_PLAN_FILE, HMS_CWMP_DOWNLOAD, json_pack("{s:o}", "ParameterList", rows), json_array_size(rows));
}

static void add_tells(struct planner *p)
{
	size_t most = least(0, json_object_get(p->known->notes, NOTE_TELL_MAX), p->tells.count);

	for (size_t at = 0; at < p->tells.count; at += most) {
		json_t *rows = json_array();
		size_t n = p->tells.count - at < most ? p->tells.count - at : most;

		for (size_t i = 0; i < n; i++)
			json_array_append_new(rows, json_pack("{s:o,s:i}", "Name", text_of(p->tells.list[at + i].path), "Notification",
							      p->tells.list[at + i].value->notify));
		add_step(p, HMS_PLAN_ATTRIBUTES, HMS_CWMP_SET_PARAMETER_ATTRIBUTES, json_pack("{s:o}", "ParameterList", rows), n);
	}
}

static void add_rows(struct planner *p)
{
	char identity[17];

	for (size_t i = 0; i < p->deletes.count; i++)
		add_step(p, HMS_PLAN_DELETE, HMS_CWMP_DELETE_OBJECT, json_pack("{s:o}", "ObjectName", text_of(p->deletes.list[i])), 1);
	for (size_t i = 0; i < p->adds.count; i++) {
		note_hex(p->adds.list[i].row->identity, identity);
		add_step(p, HMS_PLAN_ADD, HMS_CWMP_ADD_OBJECT,
			 json_pack("{s:o,s:s}", "ObjectName", text_of(p->adds.list[i].table), "Row", identity), 1);
	}
}

static void mark_final(struct planner *p)
{
	static const bool keyed[HMS_PLAN_KINDS] = {
#define PLAN_KIND(id, name, keyed) [HMS_PLAN_##id] = keyed,
#include "hms/desired/plan_kinds.def"
#undef PLAN_KIND
	};

	for (size_t i = p->steps.count; i-- > 0;)
		if (keyed[p->steps.list[i].kind]) {
			p->steps.list[i].final = p->plan->to_read == 0;
			return;
		}
}

void plan_steps(struct planner *p)
{
	add_reads(p, HMS_PLAN_READ, HMS_CWMP_GET_PARAMETER_VALUES, p->reads.list, p->reads.count);
	add_reads(p, HMS_PLAN_READ_ATTRIBUTES, HMS_CWMP_GET_PARAMETER_ATTRIBUTES, p->asks.list, p->asks.count);
	add_rows(p);
	add_sets(p, HMS_PLAN_SET, p->sets.list, p->sets.count);
	add_file(p);
	add_tells(p);
	add_sets(p, HMS_PLAN_LAST, p->lasts.list, p->lasts.count);
	mark_final(p);
}
