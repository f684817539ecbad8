/** Configuration: an INI file and the environment, described by tables.
 *
 *  A component writes its keys once, in a .def file of rows
 *      CONF_STR (field, "default", flags, "What it is.")
 *      CONF_BOOL(field, false, flags, "...")
 *      CONF_INT (field, default, min, max, flags, "...")
 *      CONF_MS  (field, default, min, max, flags, "...")      milliseconds; "500", "500ms", "20s", "5m", "12h"
 *      CONF_SIZE(field, default, min, max, flags, "...")      bytes; "4096", "256k", "1m"
 *      CONF_ENUM(field, "default", "a|b|c", flags, "...")     the int index of the choice
 *  and from it makes a struct and a table:
 *      struct fe_conf {
 *      #include "hms/conf/fields.inc"
 *      #include "config.def"
 *      #include "hms/conf/end.inc"
 *      };
 *      static const struct hms_conf_key fe_keys[] = {
 *      #define CONF_OWNER struct fe_conf
 *      #include "hms/conf/rows.inc"
 *      #include "config.def"
 *      #include "hms/conf/end.inc"
 *      };
 *      const struct hms_conf_section fe_conf_section = HMS_CONF_SECTION("cwmp-frontend", fe_keys, struct fe_conf, "...");
 *  A .def file may include another one, whose keys several sections share (hms/net/tls_server.def); hms/conf/copy.inc takes these out again.
 *
 *  Order: default, then the file ([section] key = value), then the environment (HMS_<SECTION>_<KEY>, upper case, '-' and '.' as '_').
 *  A section with `multi` may occur any number of times, as [name instance] or HMS_<NAME>_<INSTANCE>_<KEY> (an instance name holds
 *  letters and digits only). An unknown section or key, a bad value, a value out of bounds: an error that names file, line, key and bounds. */
#ifndef HMS_CONF_CONF_H
#define HMS_CONF_CONF_H

#include "hms/base/buf.h"
#include "hms/base/err.h"

enum hms_conf_type { HMS_CONF_STR, HMS_CONF_BOOL, HMS_CONF_INT, HMS_CONF_MS, HMS_CONF_SIZE, HMS_CONF_ENUM };

enum {
	HMS_CONF_RELOAD = 1, /* a change is applied at SIGHUP; others need a restart and are reported as such */
	HMS_CONF_SECRET = 2, /* never printed */
	HMS_CONF_REQUIRED = 4,
};

struct hms_conf_key {
	const char *name;
	enum hms_conf_type type;
	unsigned flags;
	size_t offset;
	const char *def;
	int64_t min, max;
	const char *choices;
	const char *doc;
};

struct hms_conf_section {
	const char *name;
	const struct hms_conf_key *keys;
	size_t key_count;
	size_t size; /* of the struct */
	bool multi;
	const char *doc;
};

#define HMS_CONF_SECTION(name_, keys_, type_, doc_)                                                                                     \
	{                                                                                                                               \
		.name = (name_), .keys = (keys_), .key_count = sizeof(keys_) / sizeof((keys_)[0]), .size = sizeof(type_), .doc = (doc_) \
	}
#define HMS_CONF_SECTION_MULTI(name_, keys_, type_, doc_)                                                                                \
	{                                                                                                                                \
		.name = (name_), .keys = (keys_), .key_count = sizeof(keys_) / sizeof((keys_)[0]), .size = sizeof(type_), .multi = true, \
		.doc = (doc_)                                                                                                            \
	}

/** All values of one load. Immutable; a reload makes a new one. */
struct hms_conf;

/** @param file  NULL: no file.  @param sections  NULL-terminated; must outlive the result.
 *  Errors: HMS_ENOENT (file), HMS_ESYNTAX (anything wrong in it), each with the text a user needs. Thread: any. */
int hms_conf_load(const char *file, const struct hms_conf_section *const *sections, struct hms_conf **out, struct hms_err *err);
void hms_conf_free(struct hms_conf **conf);

/** The struct of a section that is not multi; never NULL for a section that was loaded. Lives as long as conf. */
const void *hms_conf_get(const struct hms_conf *conf, const struct hms_conf_section *section);

/** Instances of a multi section, in the order of the file. */
size_t hms_conf_count(const struct hms_conf *conf, const struct hms_conf_section *section);
const void *hms_conf_at(const struct hms_conf *conf, const struct hms_conf_section *section, size_t i, const char **name);

/** Names of changed keys that need a restart ("kafka.bootstrap, ..."), empty if none. */
void hms_conf_diff_restart(const struct hms_conf *old, const struct hms_conf *now, struct hms_buf *names);

/** Whether all values and instances are the same. */
bool hms_conf_equal(const struct hms_conf *a, const struct hms_conf *b);

/** The effective values with secrets masked, for --print-config. */
void hms_conf_print(const struct hms_conf *conf, struct hms_buf *out);

/** Sections, keys, defaults and bounds as plain text, for --help. */
void hms_conf_help(const struct hms_conf_section *const *sections, struct hms_buf *out);

/** docs/config.md of these sections, as Markdown tables. */
void hms_conf_doc(const struct hms_conf_section *const *sections, struct hms_buf *out);

#endif
