/** Writers of configuration files: TS 32.584 (UMTS, TR-196 v1) and, for all others, the tree of the device itself as small cells take it (TS 32.594 has no schema). Pure. */
#ifndef PROV_CMFILE_H
#define PROV_CMFILE_H

#include "hms/base/buf.h"
#include "hms/base/err.h"

/** A parameter: full path, value as text. */
struct prov_cm_param {
	struct hms_str path, value;
};

/** Who the file is for, and when it was made. */
struct prov_cm_head {
	struct hms_str oui, product_class, serial;
	const char *time; /* xsd:dateTime */
};

/** The elements of TS 32.584 in their order, from a table (path, type, ...). */
struct prov_cm_table;
int prov_cm_table_load(const char *file, struct prov_cm_table **out, struct hms_err *err);
void prov_cm_table_free(struct prov_cm_table **table);

/** A file of TS 32.584. Returns 0, HMS_ENOENT (names a parameter that such a file cannot carry), HMS_EINVAL (twice the same parameter), HMS_ENOMEM, HMS_EFULL. */
int prov_cm_write_32584(const struct prov_cm_table *table, const struct prov_cm_head *head, struct prov_cm_param *params, size_t count,
			struct hms_buf *out, struct hms_err *err);

/** A file with the device's own tree: an element an object or parameter, index="n" for an instance. params are sorted. Returns as above. */
int prov_cm_write_tree(const struct prov_cm_head *head, struct prov_cm_param *params, size_t count, struct hms_buf *out,
		       struct hms_err *err);

/* Shared by both. */
void prov_cm_text(struct hms_buf *out, const char *before, struct hms_str text, const char *after);
int prov_cm_end(struct hms_buf *out, const struct prov_cm_head *head, struct hms_err *err);

#endif
