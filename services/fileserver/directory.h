/** Credentials of devices: the view api_v1.device_auth in PostgreSQL, and a memory of what it said. */
#ifndef FS_DIRECTORY_H
#define FS_DIRECTORY_H

#include "fs.h"

struct fs_directory;

/** NULL when out of memory. */
struct fs_directory *fs_directory_new(struct fs *fs);
/** After the connection to PostgreSQL is gone. */
void fs_directory_free(struct fs_directory **directory);

/** What is known of a device; borrowed during the callback. */
struct fs_credentials {
	bool known;
	bool remembered;	     /* and not just looked up */
	struct hms_device_id device; /* the canonical id, where an alias was asked for */
	struct hms_str sealed[HMS_CREDENTIALS_MAX];
	size_t count;
};
/** code: 0, HMS_EUNAVAIL, HMS_ENOMEM. */
typedef void fs_directory_cb(int code, const struct fs_credentials *found, void *arg);
/** Runs cb once, within the call or later. @param anew  what is remembered does not count, unless it is younger than a second. */
void fs_directory_ask(struct fs_directory *d, struct hms_device_id device, bool anew, fs_directory_cb *cb, void *arg);

#endif
