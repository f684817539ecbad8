/** The sealed session cookie (contracts 2). */
#ifndef FE_COOKIE_H
#define FE_COOKIE_H

#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"
#include "session.h"

#define FE_COOKIE_NAME "HMSSESSION"
/** Keys of the cookie change after this time; the previous and the next one are accepted. */
#define FE_COOKIE_PERIOD_S (12 * 3600)

enum {
	FE_COOKIE_PLAIN = 1 + 16
#define FIELD(bytes, member) +(bytes)
#include "cookie.def"
#undef FIELD
	,
	FE_COOKIE_SIZE = HMS_BASE64_SIZE(FE_COOKIE_PLAIN + HMS_SEAL_OVERHEAD),
};

/** The clear content, FE_COOKIE_PLAIN bytes. */
void fe_cookie_encode(const struct fe_session *s, uint8_t out[FE_COOKIE_PLAIN]);
/** Returns 0, HMS_EVERSION or HMS_ESYNTAX. */
int fe_cookie_decode(struct hms_str plain, struct fe_session *out);

/** The cookie's value, terminated. Returns 0, HMS_ENOMEM. @param tenant  of the listener: at one of another tenant it is no cookie. @param scratch  used
 *  and reset. */
int fe_cookie_seal(struct hms_sealer *sealer, const struct fe_session *s, struct hms_str tenant, int64_t now_us, struct hms_buf *scratch,
		   char out[FE_COOKIE_SIZE]);
/** Returns 0, HMS_ESYNTAX, HMS_ECRYPTO, HMS_EVERSION (not ours or too old) or HMS_ESTALE (expired). */
int fe_cookie_open(struct hms_sealer *sealer, struct hms_str value, struct hms_str tenant, int64_t now_us, struct hms_buf *scratch,
		   struct fe_session *out);

/** Takes the next of our cookies from the value of a Cookie header (RFC 6265, and RFC 2965 with quotes). Returns
 *  false at the end. */
bool fe_cookie_next(struct hms_str *header, struct hms_str *value);

#endif
