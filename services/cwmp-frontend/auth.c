/* Checks what a device shows against the credentials that it may use. */
#include "auth.h"

#include "hms/base/map.h"

static const char *const labels[] = {
#define FE_AUTH_RESULT(id, label) [FE_AUTH_IS_##id] = label,
#include "auth.def"
#undef FE_AUTH_RESULT
};

const char *fe_auth_label(enum fe_auth_result result) { return labels[result]; }

static bool is_offered(enum fe_auth_policy policy, const struct hms_http_auth *auth)
{
	if (auth->scheme == HMS_AUTH_BASIC)
		return policy != FE_AUTH_DIGEST;
	return auth->scheme == HMS_AUTH_DIGEST && policy != FE_AUTH_BASIC;
}

static bool same_text(struct hms_str shown, const char *known)
{
	size_t len = strlen(known);

	return shown.len == len && hms_equal_ct(shown.p, known, len);
}

static bool proves(const struct fe_auth_input *in, const struct hms_http_auth *auth, const struct hms_credential *c)
{
	if (auth->scheme == HMS_AUTH_BASIC)
		return same_text(auth->password, c->password);
	return hms_digest_check(auth, auth->alg == HMS_DIGEST_MD5 ? c->ha1_md5 : c->ha1_sha256, in->method);
}

/* One credential after the other; the result says how near it came. */
static void consider(const struct fe_auth_input *in, const struct hms_http_auth *auth, const struct hms_credential *c,
		     enum fe_auth_result *result)
{
	if (!same_text(auth->username, c->username)) {
		if (*result != FE_AUTH_IS_PASSWORD)
			*result = FE_AUTH_IS_USERNAME;
		return;
	}
	*result = proves(in, auth, c) ? FE_AUTH_IS_OK : FE_AUTH_IS_PASSWORD;
}

static enum fe_auth_result check_secret(const struct fe_auth_input *in, const struct hms_http_auth *auth)
{
	enum fe_auth_result result = in->sealed_count > 0 ? FE_AUTH_IS_SEALED : FE_AUTH_IS_NO_CREDENTIALS;
	struct hms_credential own;

	for (size_t i = 0; i < in->sealed_count && result != FE_AUTH_IS_OK; i++)
		if (hms_credential_unseal(in->sealer, in->device, in->sealed[i], &own) == 0)
			consider(in, auth, &own, &result);
	explicit_bzero(&own, sizeof(own));
	if (in->bootstrap && result != FE_AUTH_IS_OK)
		consider(in, auth, in->bootstrap, &result);
	return result;
}

/* RFC 7616 3.3: only who knows the password is told that its nonce is stale. A count that does not rise within a
 * connection is treated the same: some clients use one nonce for ever (device-quirks 6). */
static enum fe_auth_result check_nonce(const struct fe_auth_input *in, const struct hms_http_auth *auth)
{
	uint64_t nonce = hms_hash(auth->nonce.p, auth->nonce.len) | 1;

	if (hms_nonce_check(in->nonce_key, auth->nonce, in->now_us, in->nonce_life_ms))
		return FE_AUTH_IS_STALE;
	if (!in->seen || auth->qop.len == 0)
		return FE_AUTH_IS_OK;
	if (in->seen->nonce == nonce && auth->nc_value <= in->seen->count)
		return FE_AUTH_IS_STALE;
	*in->seen = (struct fe_nonce_seen){ .nonce = nonce, .count = auth->nc_value };
	return FE_AUTH_IS_OK;
}

/* An empty user name is how some clients ask for a challenge ("Basic Og=="). */
static bool is_shown(enum fe_auth_policy policy, const struct hms_http_auth *auth)
{
	return is_offered(policy, auth) && auth->username.len > 0;
}

bool fe_auth_shown(struct hms_arena *arena, enum fe_auth_policy policy, struct hms_str authorization)
{
	struct hms_http_auth auth;

	return authorization.p && (hms_http_auth_parse(arena, authorization, &auth) || is_shown(policy, &auth));
}

enum fe_auth_result fe_auth_check(struct hms_arena *arena, const struct fe_auth_input *in)
{
	struct hms_http_auth auth;
	enum fe_auth_result result;

	if (!in->authorization.p)
		return FE_AUTH_IS_ABSENT;
	if (hms_http_auth_parse(arena, in->authorization, &auth))
		return FE_AUTH_IS_MALFORMED;
	if (!is_shown(in->policy, &auth))
		return FE_AUTH_IS_ABSENT;
	result = check_secret(in, &auth);
	if (result == FE_AUTH_IS_OK && auth.scheme == HMS_AUTH_DIGEST)
		result = check_nonce(in, &auth);
	return result;
}
