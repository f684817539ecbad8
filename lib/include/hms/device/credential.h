/** A device's credentials as they are stored and cached: sealed (contracts 9). A blob holds up to four entries: own
 *  and pending; the listener's bootstrap credential is not among them. */
#ifndef HMS_DEVICE_CREDENTIAL_H
#define HMS_DEVICE_CREDENTIAL_H

#include "hms/crypto/crypto.h"
#include "hms/device/identity.h"

/** Kinds of the table device_credential, too. CONNECTION ones are what HMS shows the device at connection requests. */
enum hms_credential_kind {
	HMS_CREDENTIAL_OWN = 1,
	HMS_CREDENTIAL_PENDING = 2, /* own, once the device has shown it */
	HMS_CREDENTIAL_CONNECTION = 3,
	HMS_CREDENTIAL_CONNECTION_PENDING = 4,
	HMS_CREDENTIAL_KINDS
};
#define HMS_CREDENTIALS_MAX 4

struct hms_credential {
	enum hms_credential_kind kind;
	char username[257], password[257];
	char ha1_md5[33], ha1_sha256[65];
};

/** Fills the HA1s from username, realm and password. */
void hms_credential_derive(struct hms_credential *c, struct hms_str realm);
/** One entry, sealed under a sealer with one static key, with the device id as additional data: what the table
 *  device_credential and the cache entry hold. Returns 0, HMS_ENOMEM, HMS_EFULL. */
int hms_credential_seal(struct hms_sealer *sealer, struct hms_device_id id, const struct hms_credential *c, struct hms_buf *out);
/** Returns 0, HMS_ECRYPTO, HMS_EVERSION, HMS_ESYNTAX. */
int hms_credential_unseal(struct hms_sealer *sealer, struct hms_device_id id, struct hms_str sealed, struct hms_credential *out);
/** A text that only this device is to get, in an RPC: sealed with another purpose than entries, in base64. Returns 0, HMS_ENOMEM, HMS_EFULL. */
int hms_credential_text_seal(struct hms_sealer *sealer, struct hms_device_id id, struct hms_str text, struct hms_buf *out);
/** Appends the text. Returns 0, HMS_ECRYPTO, HMS_EVERSION, HMS_ESYNTAX, HMS_ENOMEM, HMS_EFULL. */
int hms_credential_text_unseal(struct hms_sealer *sealer, struct hms_device_id id, struct hms_str sealed, struct hms_buf *out);
/** Letters and digits that nobody can guess: len of them and the terminator. */
void hms_credential_random(char *out, size_t len);
/** The value of `c` in d:{dev}: a list of sealed entries, each behind a 16-bit length. */
void hms_credential_list_add(struct hms_buf *list, struct hms_str sealed);
/** Iterates; returns 1 with *sealed, 0 at the end, HMS_ESYNTAX. */
int hms_credential_list_next(struct hms_str *rest, struct hms_str *sealed);
/** The purpose of the sealer's key. */
#define HMS_CREDENTIAL_PURPOSE "credential"

#endif
