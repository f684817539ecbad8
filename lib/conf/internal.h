/* What the files of lib/conf share. */
#ifndef HMS_CONF_INTERNAL_H
#define HMS_CONF_INTERNAL_H

#include "hms/base/arena.h"
#include "hms/conf/conf.h"

enum {
	CONF_NAME_BYTES = 64,	      /* longest name of an instance, terminated */
	CONF_INSTANCES_MAX = 256,     /* of all sections together */
	CONF_VALUE_BYTES = 16 * 1024, /* longest line of the file */
	CONF_MEMORY_BYTES = 8 * 1024 * 1024,
};

/* One section of one load: the only one, or a named one of a multi section. */
struct conf_instance {
	const struct hms_conf_section *section;
	char name[CONF_NAME_BYTES]; /* "" if the section is not multi */
	char *data;		    /* the section's struct */
	unsigned *lines;	    /* where the file sets each key; 0 if it does not */
};

struct hms_conf {
	const struct hms_conf_section *const *sections;
	struct hms_arena *arena;
	struct conf_instance *instances[CONF_INSTANCES_MAX];
	size_t count;
};

/* The instance of that name (any case); NULL if there is none. */
struct conf_instance *conf_find(const struct hms_conf *conf, const struct hms_conf_section *section, struct hms_str name);
/* conf_find(), or a new one with defaults. */
int conf_open(struct hms_conf *conf, const struct hms_conf_section *section, struct hms_str name, struct conf_instance **out,
	      struct hms_err *err);
/* "section" or "section instance". */
const char *conf_title(const struct conf_instance *instance, char *out, size_t size);

/* value.c: reads text into a field. Errors: HMS_ESYNTAX, with the text "bad value ..., expected ...", or HMS_ENOMEM. */
int conf_value_set(struct hms_arena *arena, const struct hms_conf_key *key, void *data, struct hms_str text, struct hms_err *err);
/* value.c: the effective value as text, in the form in which it may be written in the file. */
void conf_value_print(const struct hms_conf_key *key, const void *data, struct hms_buf *out);
bool conf_value_equal(const struct hms_conf_key *key, const void *a, const void *b);
/* value.c: type and bounds or choices in words. */
void conf_value_expected(const struct hms_conf_key *key, struct hms_buf *out);

/* quantity.c: numbers with units; kind is HMS_CONF_INT, _MS or _SIZE. */
int conf_quantity_parse(enum hms_conf_type kind, struct hms_str text, int64_t *out);
void conf_quantity_print(enum hms_conf_type kind, int64_t value, struct hms_buf *out);

/* file.c, env.c: the two sources. */
int conf_read_file(struct hms_conf *conf, const char *path, struct hms_err *err);
int conf_read_env(struct hms_conf *conf, struct hms_err *err);

/* env.c: HMS_<SECTION>[_<INSTANCE>]_<KEY>; instance NULL for a section that is not multi. */
void conf_env_name(struct hms_buf *out, const char *section, const char *instance, const char *key);

#endif
