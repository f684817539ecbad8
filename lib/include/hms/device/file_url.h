/** Signed URLs of the file server (CMF-05): what may be done, with which file, by whom, until when, in one unguessable path segment.
 *  Services that hand out URLs and the file server share the installation's secret and nothing else (contracts 9).
 *
 *      <base>/u/<token>/            upload (PUT, POST); the device may append its own file name
 *      <base>/d/<token>/<name>      download (GET, HEAD) */
#ifndef HMS_DEVICE_FILE_URL_H
#define HMS_DEVICE_FILE_URL_H

#include "hms/base/buf.h"
#include "hms/crypto/crypto.h"
#include "hms/device/identity.h"

enum hms_file_op { HMS_FILE_UPLOAD = 1, HMS_FILE_DOWNLOAD = 2 };

/** What a URL grants. */
struct hms_file_grant {
	enum hms_file_op op;
	unsigned kind; /* Hms__FileEvent__Kind */
	struct hms_device_id device;
	uint64_t command_id; /* of the Download or Upload; 0: a standing grant, e.g. the URL of periodic PM uploads */
	uint8_t file_id[16]; /* downloads: what file; uploads: zeros */
	int64_t expires_us;  /* wall clock; 0: never (periodic PM uploads) */
};

#define HMS_FILE_TOKEN_MAX 128 /* characters, all of them safe in a path */

/** Signs and checks. One loop thread. NULL when out of memory. The secret may be freed after it. */
struct hms_file_signer;
struct hms_file_signer *hms_file_signer_new(const struct hms_secret *secret);
void hms_file_signer_free(struct hms_file_signer **signer);

/** The token of a grant, terminated; the same grant has the same token. */
void hms_file_token_make(const struct hms_file_signer *signer, const struct hms_file_grant *grant, char out[HMS_FILE_TOKEN_MAX + 1]);
/** Returns 0, HMS_ECRYPTO (not ours, or changed), HMS_ETIMEOUT (expired; out is filled). */
int hms_file_token_check(const struct hms_file_signer *signer, struct hms_str token, int64_t wall_us, struct hms_file_grant *out);
/** base, "/u/" or "/d/", token, "/", and for downloads the name. base may end in "/". Returns 0, HMS_EFULL or HMS_ENOMEM. */
int hms_file_url_make(const struct hms_file_signer *signer, const struct hms_file_grant *grant, struct hms_str base, struct hms_str name,
		      struct hms_buf *out);

#endif
