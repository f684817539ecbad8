/** What is known of a device at its Inform: its cache entry in Redis, or, where that is missing, its row in
 *  PostgreSQL (contracts 3, 4). */
#ifndef FE_ENTRY_H
#define FE_ENTRY_H

#include "hms/base/list.h"
#include "hms/device/credential.h"

struct fe_post;

struct fe_lookup {
	struct hms_list node; /* in the directory's queue */
	bool hit;	      /* d exists */
	bool miss;	      /* Redis says that it does not */
	bool known;	      /* d or a row exists */
	bool aliased;	      /* the identity shown is another name of the device */
	bool failed;	      /* its row could not be kept: what it says of the group, for one, must not be missed */
	uint32_t flags;	      /* d.f */
	struct hms_str key;   /* d.k */
	struct hms_str group; /* empty: none */
	struct hms_str sealed[HMS_CREDENTIALS_MAX];
	size_t sealed_count;
	void (*then)(struct fe_post *p, int code);
};

/** Looks up p->s.device, makes it the canonical id, and fills p->lookup. then runs once, later, unless the request
 *  ends before. Codes: 0,  HMS_ENOMEM, HMS_EFULL (too many from this source), HMS_EUNAVAIL (neither store can tell).
 *  */
void fe_entry_find(struct fe_post *p, void (*then)(struct fe_post *p, int code));

/** Keeps copies of sealed credentials in the post's work. Returns 0 or HMS_ENOMEM. */
int fe_entry_keep_sealed(struct fe_post *p, struct hms_str sealed);

#endif
