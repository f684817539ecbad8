/* What the files of lib/pmfile share: the reader, and what it knows of the measInfo at hand. */
#ifndef HMS_LIB_PMFILE_INTERNAL_H
#define HMS_LIB_PMFILE_INTERNAL_H

#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "hms/base/map.h"
#include "hms/pmfile/pmfile.h"

enum {
	PM_POSITION_MAX = 65535, /* of measType and r */
	PM_COUNTER_BYTES = 256,	 /* of a counter's or a group's name */
	PM_OBJECT_BYTES = 1024,
	PM_TEXT_BYTES = 4096, /* of a value that is text */
	PM_RULES_MAX = 64,
	PM_DEPTH_MAX = 64,
};

/* A growing array: count items of some type, room for size. */
struct pm_array {
	void *items;
	size_t count, size;
};
/* Room for one more at items[count], which the caller counts. Returns 0, HMS_ETOOBIG (max items are there) or HMS_ENOMEM. */
int pm_array_grow(struct pm_array *a, size_t item_bytes, size_t max);

/* ---- names.c: all texts of a file; equal names have one index ---- */
struct pm_mark {
	uint32_t info, value; /* the measInfo that has it as a counter; the measValue that has it as a sub-counter */
};
struct pm_names {
	struct hms_arena *arena;
	struct hms_map *map;
	struct pm_array list;  /* struct hms_str */
	struct pm_array marks; /* struct pm_mark, one a name */
};
int pm_names_init(struct pm_names *names, size_t bytes);
void pm_names_fini(struct pm_names *names);
/* Empty but for index 0, the empty name. */
int pm_names_reset(struct pm_names *names);
/* The index of a name. Returns 0, HMS_ETOOBIG or HMS_ENOMEM. */
int pm_names_get(struct pm_names *names, struct hms_str text, uint32_t *index);
/* An index of its own, without looking whether the text is there. */
int pm_names_add(struct pm_names *names, struct hms_str text, uint32_t *index);
static inline struct pm_mark *pm_names_mark(struct pm_names *names, uint32_t index) { return (struct pm_mark *)names->marks.items + index; }
static inline struct hms_str pm_names_text(const struct pm_names *names, uint32_t index)
{
	return ((const struct hms_str *)names->list.items)[index];
}

/* ---- rules.c: which element may stand where, and what it means ---- */
struct pm_attributes {
	const unsigned char **p; /* libxml2's: name, prefix, URI, value, end of the value */
	unsigned count;
};
/* Without the attribute: p NULL. */
struct hms_str pm_attribute(const struct pm_attributes *attributes, const char *name);

struct pm_rule {
	uint8_t parent, state; /* enum pm_state */
	bool text;	       /* leave gets the element's text */
	const char *name;
	void (*enter)(struct hms_pm_reader *r, const struct pm_attributes *attributes);
	void (*leave)(struct hms_pm_reader *r, struct hms_str text);
};
extern const struct pm_rule pm_rules[];
extern const size_t pm_rule_count;

/* ---- the reader ---- */
struct pm_type {
	uint32_t name;	/* of the counter */
	uint32_t value; /* the measValue that has one of it */
};
struct pm_place {
	uint32_t info; /* the measInfo that has this position */
	uint32_t type; /* index of its type */
};

struct pm_open {
	const struct pm_rule *rule;
};

struct hms_pm_reader {
	struct hms_pm_limits limits;
	struct hms_pm_file file;
	int32_t offset_s;
	struct pm_names names;
	struct pm_array facts, infos, findings, types;

	/* xml.c */
	struct pm_xml *xml;
	struct pm_open open[PM_DEPTH_MAX]; /* elements that rules know; below them `skipped` others */
	unsigned depth, skipped;
	uint8_t state;
	struct hms_buf text;

	/* gunzip.c */
	struct pm_gunzip *gunzip;
	unsigned char head[2]; /* the first bytes, until it is known what they are */
	size_t head_len, in_bytes, out_bytes;

	/* collect.c: the measInfo at hand; serial numbers tell what belongs to it */
	struct hms_pm_info info;
	struct hms_str job;
	bool in_info, bad, compact, positioned, compact_values, positioned_values;
	uint32_t info_serial, value_serial;
	struct pm_place *places; /* PM_POSITION_MAX + 1 */
	uint32_t object, element;
	size_t value_first;
	bool in_value, suspect;
	uint32_t type_position; /* of the measType or r at hand; 0: none that can be read */
	uint32_t sub_counter;	/* PmFile: the name of the value that follows */
	bool elements_told;
};

/* reader.c: the file is bad as a whole; the first reason counts. */
void pm_fail(struct hms_pm_reader *r, int code, const char *reason, const char *text);
/* The same for HMS_ETOOBIG and HMS_ENOMEM; 0 does nothing. Returns whether it failed. */
bool pm_failed(struct hms_pm_reader *r, int code, const char *text);
/* Notes a finding of the measInfo `info`. */
void pm_find(struct hms_pm_reader *r, enum hms_pm_finding_kind kind, uint32_t info, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A dateTime in UTC; false when it cannot be read. */
bool pm_read_time(struct hms_pm_reader *r, struct hms_str text, int64_t *wall_us);

/* value.c */
enum hms_pm_kind pm_value(struct hms_str text, double *number);

/* xml.c */
struct pm_xml *pm_xml_new(struct hms_pm_reader *r);
void pm_xml_free(struct pm_xml **xml);
void pm_xml_begin(struct pm_xml *xml);
void pm_xml_feed(struct pm_xml *xml, const char *data, size_t len);
void pm_xml_end(struct pm_xml *xml);

/* gunzip.c */
struct pm_gunzip *pm_gunzip_new(struct hms_pm_reader *r);
void pm_gunzip_free(struct pm_gunzip **gunzip);
void pm_gunzip_begin(struct pm_gunzip *gunzip);
void pm_gunzip_feed(struct pm_gunzip *gunzip, const void *data, size_t len);
void pm_gunzip_end(struct pm_gunzip *gunzip);

/* finish.c: what can be judged at the end only: periods outside of the file, values that are there twice. */
void pm_finish(struct hms_pm_reader *r);

/* header.c and collect.c: the handlers of pm_rules. */
#define PM_ENTER(name) void pm_enter_##name(struct hms_pm_reader *r, const struct pm_attributes *a)
#define PM_LEAVE(name) void pm_leave_##name(struct hms_pm_reader *r, struct hms_str text)
PM_ENTER(collec_file);
PM_ENTER(pm_file);
PM_ENTER(header);
PM_ENTER(sender);
PM_ENTER(begin);
PM_ENTER(end);
PM_ENTER(element);
PM_LEAVE(prefix);
PM_LEAVE(sender);
PM_LEAVE(vendor);
PM_LEAVE(begin);
PM_LEAVE(end);
PM_ENTER(info);
PM_LEAVE(info);
PM_ENTER(measurements);
PM_LEAVE(object_type);
PM_ENTER(period);
PM_LEAVE(types);
PM_ENTER(type);
PM_LEAVE(type);
PM_ENTER(value);
PM_LEAVE(value);
PM_LEAVE(results);
PM_ENTER(result);
PM_LEAVE(result);
PM_LEAVE(suspect);
PM_LEAVE(sub_name);
PM_LEAVE(sub_value);

#endif
