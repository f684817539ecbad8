/** The desired state of one device: profiles merged by priority, logical names turned into its paths, placeholders filled in. Pure; all lives in an arena. */
#ifndef HMS_DESIRED_STATE_H
#define HMS_DESIRED_STATE_H

#include "hms/desired/model.h"
#include "hms/desired/profile.h"
#include "hms/desired/template.h"

enum { HMS_NOTIFY_AS_IT_IS = -1 };

/** One value. Those that read back empty, and secrets, are compared by the digest of what was written last. */
struct hms_desired_value {
	struct hms_str path, value; /* value.p NULL: only its notification is said */
	uint64_t digest;	    /* of the value, keyed */
	enum hms_xsd type;
	int notify;
	bool hidden, secret;
	bool last;    /* after all others */
	bool by_file; /* goes by file */
	bool repair;  /* drift is mended, not only shown */
	const struct hms_profile *from;
};

/** A row of a table, found by the cells of its key. */
struct hms_desired_row {
	struct hms_desired_value *cells; /* by path, which is the column here */
	size_t count;
	uint64_t identity; /* of the key's values, as they are compared */
};

struct hms_desired_object {
	struct hms_str path;
	const char *const *key; /* terminated by NULL */
	struct hms_desired_row *rows;
	size_t count;
	bool remove; /* rows that nobody has named */
	bool repair;
	const struct hms_profile *from;
};

/** What the device cannot have: its data model has no path for it. */
struct hms_desired_missing {
	const char *name;
	const struct hms_profile *from;
};

struct hms_desired {
	struct hms_desired_value *values; /* by path */
	size_t count;
	struct hms_desired_object *objects; /* by path */
	size_t object_count;
	struct hms_str *reads;
	size_t read_count;
	struct hms_desired_missing *missing;
	size_t missing_count;
	const struct hms_profile **profiles; /* that select it, in their order */
	size_t profile_count;
	uint64_t hash; /* of what is sent, not of where it comes from; 0: nothing */
};

struct hms_desired_input {
	const struct hms_profile *const *profiles; /* in hms_profile_order() */
	size_t count;
	const struct hms_device_facts *facts;
	const struct hms_model *model; /* may be NULL: paths only */
	int fap, pm;		       /* instances; pm <= 0: not known */
	/* What stands for names that are no {device...}: groups, pools, sites. HMS_ENOENT: the profile's own values are asked. May be NULL. */
	hms_template_fn *fill;
	void *arg;
	uint8_t digest_key[16];
};

/** Returns 0, HMS_ENOMEM, or an error of one value with a text that names profile and parameter: the device cannot be configured as it stands. */
int hms_desired_merge(struct hms_arena *arena, const struct hms_desired_input *input, struct hms_desired **out, struct hms_err *err);

/** ParameterKey that says so: '=' and the hash in 13 characters (contracts 7); out holds 16. */
void hms_desired_key_text(uint64_t hash, char out[16]);

#endif
