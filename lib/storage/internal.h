/* The local folder: what the files of lib/storage share. */
#ifndef STORAGE_INTERNAL_H
#define STORAGE_INTERNAL_H

#include "hms/base/err.h"
#include "hms/storage/storage.h"

#define STORAGE_PART_FOLDER "part" /* what is being put; no ref begins with it */
#define STORAGE_OWNER_LEN 16	   /* hex digits that stand for an owner in names of parts */

struct hms_storage {
	struct hms_loop *loop;
	const struct hms_storage_conf *conf;
	int root_fd; /* all paths are relative to it */
	char owner[STORAGE_OWNER_LEN + 1];
	struct hms_timer probe;
	uint64_t swept_ms;
	uint64_t free_bytes;
	uint64_t put_bytes; /* that came since free_bytes was looked at */
	bool writable;
	bool closed;	/* by its user; freed when nothing is under way */
	unsigned users; /* puts, gets and jobs */
};

void storage_ref(struct hms_storage *storage);
void storage_unref(struct hms_storage *storage);
/** The code of an errno. */
int storage_error(int number);
/** Removes parts: of this owner all (own), of others those older than age_ms. */
void storage_sweep(int root_fd, const char *owner, bool own, int64_t age_ms);

#endif
