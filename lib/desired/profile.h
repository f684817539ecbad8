/** A profile from inside, and what its parsers share. */
#ifndef DESIRED_PROFILE_H
#define DESIRED_PROFILE_H

#include "hms/cwmp/cwmp.h"
#include "hms/desired/profile.h"
#include "where.h"

enum { PROFILE_UNSAID = -1 };

struct profile_value {
	const char *text; /* with placeholders; NULL: no value is said */
	int type;	  /* enum hms_xsd or PROFILE_UNSAID: as the data model says */
	bool secret;
};

struct profile_param {
	const char *name; /* logical name, or path */
	struct profile_value value;
	int notify; /* PROFILE_UNSAID or 0..6 */
	int last;   /* PROFILE_UNSAID: as the data model says */
};

struct profile_cell {
	const char *column;
	struct profile_value value;
};

struct profile_row {
	struct profile_cell *cells; /* by column */
	size_t count;
};

struct profile_object {
	const char *name;
	const char **key; /* terminated by NULL; NULL: as the data model says */
	struct profile_row *rows;
	size_t count;
	bool remove; /* other rows */
};

/** A choice of a selector's member: a text, perhaps with stars, or from to. */
struct profile_choice {
	const char *text; /* NULL: a range */
	const char *from, *to;
};
struct profile_choices {
	struct profile_choice *list;
	size_t count; /* 0: any */
};
enum profile_member {
#define FACT(name, placeholder, selector) PROFILE_FACT_##name,
#include "hms/desired/facts.def"
#undef FACT
	PROFILE_TAG,
	PROFILE_MEMBERS
};

struct hms_profile {
	struct hms_arena *arena;
	json_t *root;
	struct hms_str name;
	int version, priority;
	bool by_file, repair;
	struct profile_choices selector[PROFILE_MEMBERS];
	struct profile_param *params; /* in the order of their names */
	size_t param_count;
	struct profile_object *objects;
	size_t object_count;
	const char **reads;
	size_t read_count;
	const json_t *values;
};

/** A document while it is read: the place that is looked at. */
struct profile_reader {
	struct hms_profile *p;
	const struct hms_profile_limits *limits;
	struct hms_str text;
	struct where at;
	struct hms_err *err;
};

/** "line n: member: ...". Returns code. */
int profile_error(struct profile_reader *r, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/** Room for count things, zeroed; NULL with the error told. */
void *profile_room(struct profile_reader *r, size_t count, size_t size);
/** Names of members that an object may have, terminated by NULL. */
int profile_members(struct profile_reader *r, const json_t *object, const char *const *known);
/** A text, a number or a boolean. */
int profile_text(struct profile_reader *r, const json_t *given, const char **out);
/** The same with placeholders, which are checked as far as they can be. */
int profile_template(struct profile_reader *r, const json_t *given, const char **out);
/** A text or {"value", "type", "secret", also...}. */
int profile_value(struct profile_reader *r, json_t *given, const char *const *known, struct profile_value *out);
int profile_flag(struct profile_reader *r, const json_t *object, const char *name, bool *out);
/** A logical name, or a path. object: it names a table. */
int profile_check_name(struct profile_reader *r, const char *name, bool object);
/** Whether a name is a path: those begin with a capital letter. */
bool profile_is_path(const char *name);

int profile_read_params(struct profile_reader *r, json_t *given);
int profile_read_objects(struct profile_reader *r, json_t *given);
int profile_read_selector(struct profile_reader *r, json_t *given);

/** Calls fn for each placeholder of a text, as hms_profile_uses(). */
int profile_placeholders(const char *text, int (*fn)(struct hms_str name, void *arg), void *arg);

#endif
