/** PM files of simulated cells: content by TS 32.435, names by TS 32.432. Values follow from seed, cell, counter and period alone,
 *  so that a test can compute what must be in the database. No I/O. */
#ifndef HNBSIM_PM_FILE_H
#define HNBSIM_PM_FILE_H

#include "hms/base/buf.h"

enum pm_radio { PM_UMTS, PM_LTE };

struct pm_file {
	uint64_t seed;
	uint32_t number; /* of the cell */
	enum pm_radio radio;
	bool positioned;		/* a measType for each counter, prefixed names; else the list (TS 32.584 5.1) */
	const char *vendor, *dn_prefix; /* dn_prefix "": localDn is all of the name */
	const char *local_dn, *unique_id;
	int64_t end_s;	    /* of the period, wall clock */
	int64_t interval_s; /* its length */
};

#define PM_VALUES_MAX 64
/** The values of all counters, in file order. Returns how many. */
size_t pm_values(const struct pm_file *file, uint64_t out[PM_VALUES_MAX]);
/** The names, in the same order. */
const char *pm_counter_name(enum pm_radio radio, size_t i);

/** Appends the file. Returns the sum of all its values. */
uint64_t pm_file_write(const struct pm_file *file, struct hms_buf *out);
/** "A20260131.1200+0000-1215+0000_UNIQUE.xml" */
#define PM_NAME_SIZE 160
const char *pm_file_name(const struct pm_file *file, char out[PM_NAME_SIZE]);

/** gzip of a text (RFC 1952), appended. Returns 0, HMS_ENOMEM or HMS_EFULL. */
int pm_gzip(struct hms_str text, struct hms_buf *out);

#endif
