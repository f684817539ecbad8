/** Parameters of requests: what a query, a path or a JSON body may hold, in tables; and their reading. No I/O. */
#ifndef NBI_PARAM_H
#define NBI_PARAM_H

#include <jansson.h>

#include "hms/base/err.h"
#include "hms/base/str.h"

enum nbi_type {
	NBI_TEXT, /* min to max characters */
	NBI_INT,  /* min to max */
	NBI_TIME, /* RFC 3339, e.g. 2026-01-31T12:00:00Z */
	NBI_UUID,
	NBI_ID,	    /* of a command: a decimal number as text */
	NBI_CHOICE, /* one of choices */
	NBI_DEVICE, /* device id, OUI-SerialNumber or OUI-ProductClass-SerialNumber, each part percent-encoded */
	NBI_ALARM,  /* "<device id>.<number>" */
	NBI_OBJECT, /* JSON bodies only */
	NBI_LIST,   /* JSON bodies only: an array */
	NBI_TEXTS,  /* an array of NBI_TEXT, at most 32; JSON bodies only */
	NBI_TYPE_COUNT
};

/** A row; a table ends with name NULL. */
struct nbi_param {
	const char *name;
	enum nbi_type type;
	bool required;
	int64_t min, max;
	int64_t def;	     /* INT: the value where it is absent; 0: none */
	const char *choices; /* CHOICE: "a|b|c" */
};

/** A value as text, e.g. from a query; decoded but for NBI_DEVICE, which is read as it stands in the URL. NULL with err. */
json_t *nbi_param_text(const struct nbi_param *param, struct hms_str text, struct hms_err *err);
/** A value from a JSON body; borrowed on entry, a new reference on return. NULL with err. */
json_t *nbi_param_json(const struct nbi_param *param, json_t *value, struct hms_err *err);

/** Decodes %XX (and + when plus is set) into out, which holds in.len bytes. Returns the length or HMS_ESYNTAX (bad escape, no UTF-8). */
int nbi_url_decode(struct hms_str in, bool plus, char *out);

/** Adds what the query holds to args. Returns 0, HMS_ESYNTAX (escape, double), HMS_ENOENT (unknown), HMS_EINVAL (value, or one is
 *  missing), HMS_ENOMEM; field names the culprit (at most 63 characters). */
int nbi_query_read(const struct nbi_param *table, struct hms_str query, json_t *args, char field[64], struct hms_err *err);
/** The same for the members of a JSON body. HMS_ESYNTAX: no JSON object. */
int nbi_body_read(const struct nbi_param *table, struct hms_str body, json_t *args, char field[64], struct hms_err *err);

#endif
