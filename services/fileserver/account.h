/** Users that are no devices: [account <name>] (FS-01). */
#ifndef FS_ACCOUNT_H
#define FS_ACCOUNT_H

#include "fs.h"

struct fs_account {
	const char *name;
	const struct fs_account_conf *conf; /* of the configuration at the start */
	struct fs *fs;
	char folder[80];
	uint64_t used; /* bytes in its folder: as counted last, and what has come since */
};

/** Returns 0 or an error with text. */
int fs_accounts_open(struct fs *fs, struct hms_err *err);
void fs_accounts_close(struct fs *fs);
/** NULL: there is none. */
struct fs_account *fs_account_find(struct fs *fs, struct hms_str name);
/** Its credential for a realm. */
void fs_account_credential(const struct fs_account *account, struct hms_str realm, struct hms_credential *out);
bool fs_account_has_room(const struct fs_account *account, uint64_t bytes);

#endif
