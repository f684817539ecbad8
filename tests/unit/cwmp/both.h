/* One document by both ways of reading, the scanner and the parser: what the scanner takes must come out the same. */
#ifndef CWMP_BOTH_H
#define CWMP_BOTH_H

#include "guard.h"
#include "scan.h"
#include "xml.h"

enum both_result { BOTH_LEFT, BOTH_SAME, BOTH_DIFFERENT };

struct both {
	struct hms_arena *arena;
	struct hms_cwmp_build scanned, parsed;
	struct hms_cwmp_xml *xml;
	struct hms_buf scanned_text, parsed_text;
};

/* False when out of memory. */
static inline bool both_init(struct both *both, const struct hms_cwmp_limits *limits)
{
	both->arena = hms_arena_new(64 * 1024 * 1024);
	if (!both->arena)
		return false;
	hms_cwmp_build_init(&both->scanned, both->arena, limits);
	hms_cwmp_build_init(&both->parsed, both->arena, limits);
	hms_buf_init(&both->scanned_text, 64 * 1024 * 1024);
	hms_buf_init(&both->parsed_text, 64 * 1024 * 1024);
	both->xml = hms_cwmp_xml_new(&both->parsed);
	return both->xml != NULL;
}

static inline void both_fini(struct both *both)
{
	hms_cwmp_xml_free(&both->xml);
	hms_buf_fini(&both->parsed_text);
	hms_buf_fini(&both->scanned_text);
	hms_cwmp_build_fini(&both->parsed);
	hms_cwmp_build_fini(&both->scanned);
	hms_arena_free(&both->arena);
}

/* Absent and empty strings are not the same. */
static inline void print_str(struct hms_buf *out, struct hms_str s)
{
	hms_buf_printf(out, s.p ? "%zu:" : "none:", s.len);
	hms_buf_str(out, s);
	hms_buf_char(out, '\n');
}

static inline void print_lists(struct hms_buf *out, const struct hms_cwmp_msg *msg)
{
	hms_buf_printf(out, "%zu events, %zu params, %zu fields, %zu faults\n", msg->event_count, msg->param_count, msg->field_count,
		       msg->fault.param_count);
	for (size_t i = 0; i < msg->event_count; i++) {
		print_str(out, msg->events[i].code);
		print_str(out, msg->events[i].command_key);
	}
	for (size_t i = 0; i < msg->param_count; i++) {
		print_str(out, msg->params[i].name);
		print_str(out, msg->params[i].value);
		hms_buf_printf(out, "%d %d\n", msg->params[i].type, msg->params[i].writable);
	}
	for (size_t i = 0; i < msg->field_count; i++) {
		print_str(out, msg->fields[i].code);
		print_str(out, msg->fields[i].command_key);
		hms_buf_printf(out, "%u %u\n", msg->fields[i].row, msg->fields[i].item);
	}
	for (size_t i = 0; i < msg->fault.param_count; i++) {
		print_str(out, msg->fault.params[i].name);
		print_str(out, msg->fault.params[i].text);
		hms_buf_printf(out, "%u\n", msg->fault.params[i].code);
	}
}

/* All of a message, or why there is none. */
static inline void print_result(struct hms_buf *out, struct hms_cwmp_build *build)
{
	struct hms_cwmp_msg *msg;
	int rc = hms_cwmp_build_finish(build, &msg);

	hms_buf_reset(out);
	hms_buf_printf(out, "%d %s\n", rc, rc < 0 ? build->why : "");
	if (rc < 0)
		return;
	hms_buf_printf(out, "%d %d %d %d %d %d %u %u %d %u %u\n", msg->kind, msg->ns, msg->has_ns, msg->method, msg->acs_method,
		       msg->hold_requests, msg->session_timeout_s, msg->retry_count, msg->truncated, msg->fault.code, msg->warnings);
	for (size_t i = 0; i < 10; i++) {
		const struct hms_str all[10] = { msg->id,
						 msg->name,
						 msg->supported_versions,
						 msg->use_version,
						 msg->current_time,
						 msg->device.manufacturer,
						 msg->device.oui,
						 msg->device.product_class,
						 msg->device.serial,
						 msg->fault.text };

		print_str(out, all[i]);
	}
	print_lists(out, msg);
}

/* A document without white space around it, in UTF-8. */
static inline enum both_result both_read(struct both *both, struct hms_str doc)
{
	struct hms_cwmp_guard guard = { .state = HMS_CWMP_AT_TEXT };

	hms_arena_reset(both->arena);
	hms_cwmp_build_reset(&both->scanned);
	hms_cwmp_build_reset(&both->parsed);
	if (!hms_cwmp_scan(&both->scanned, doc))
		return BOTH_LEFT;
	if (!hms_cwmp_guard_pass(&guard, doc.p, doc.len) || hms_cwmp_xml_parse(both->xml, doc) != 0)
		return BOTH_DIFFERENT;
	print_result(&both->scanned_text, &both->scanned);
	print_result(&both->parsed_text, &both->parsed);
	return hms_str_eq(hms_buf_view(&both->scanned_text), hms_buf_view(&both->parsed_text)) ? BOTH_SAME : BOTH_DIFFERENT;
}

#endif
