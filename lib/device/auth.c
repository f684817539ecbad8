/* Checks what a device shows against the credentials that it may use, and asks for it. */
#include "hms/device/auth.h"

#include "hms/base/map.h"

static const char *const labels[] = {
#define HMS_AUTH_RESULT(id, label) [HMS_AUTH_IS_##id] = label,
#include "hms/device/auth_results.def"
#undef HMS_AUTH_RESULT
};

const char *hms_auth_label(enum hms_auth_result result) { return labels[result]; }

static bool is_offered(enum hms_auth_policy policy, const struct hms_http_auth *auth)
{
	if (auth->scheme == HMS_AUTH_BASIC)
		return policy != HMS_POLICY_DIGEST;
	return auth->scheme == HMS_AUTH_DIGEST && policy != HMS_POLICY_BASIC;
}

static bool same_text(struct hms_str shown, const char *known)
{
	size_t len = strlen(known);

	return shown.len == len && hms_equal_ct(shown.p, known, len);
}

static bool proves(const struct hms_auth_input *in, const struct hms_http_auth *auth, const struct hms_credential *c)
{
	const char *ha1;

	if (auth->scheme == HMS_AUTH_BASIC)
		return same_text(auth->password, c->password);
	ha1 = auth->alg == HMS_DIGEST_MD5 ? c->ha1_md5 : c->ha1_sha256;
	/* One that is not there would be one that everybody knows. */
	return *ha1 && hms_digest_check(auth, ha1, in->method);
}

/* One credential after the other; the result says how near it came. */
static void consider(const struct hms_auth_input *in, const struct hms_http_auth *auth, const struct hms_credential *c,
		     enum hms_auth_result *result)
{
	if (!same_text(auth->username, c->username)) {
		if (*result != HMS_AUTH_IS_PASSWORD)
			*result = HMS_AUTH_IS_USERNAME;
		return;
	}
	*result = proves(in, auth, c) ? HMS_AUTH_IS_OK : HMS_AUTH_IS_PASSWORD;
}

/* RFC 7616 3.4: the uri is the request target, also where a client writes it with scheme and host. [Q6] Some leave it empty, and prove the method only. */
static bool is_for(struct hms_str uri, struct hms_str target)
{
	const char *p;

	if (!target.p || uri.len == 0 || hms_str_eq(uri, target))
		return true;
	if (uri.len < 8 || !hms_str_caseeq(hms_strn(uri.p, 4), HMS_STR("http")))
		return false;
	p = memmem(uri.p, uri.len, "://", 3);
	p = p ? memchr(p + 3, '/', uri.len - (size_t)(p + 3 - uri.p)) : NULL;
	return p && hms_str_eq(hms_strn(p, uri.len - (size_t)(p - uri.p)), target);
}

static enum hms_auth_result check_secret(struct hms_auth_input *in, const struct hms_http_auth *auth)
{
	enum hms_auth_result result = in->sealed_count > 0 ? HMS_AUTH_IS_SEALED : HMS_AUTH_IS_NO_CREDENTIALS;
	struct hms_credential c;
	bool has_own = false;

	for (size_t i = 0; i < in->sealed_count && result != HMS_AUTH_IS_OK; i++) {
		/* One that cannot be read may be its own. */
		int rc = hms_credential_unseal(in->sealer, in->device, in->sealed[i], &c);

		has_own |= rc || c.kind == HMS_CREDENTIAL_OWN;
		if (rc || c.kind > HMS_CREDENTIAL_PENDING)
			continue;
		consider(in, auth, &c, &result);
		in->shown = result == HMS_AUTH_IS_OK ? (int)c.kind : 0;
	}
	explicit_bzero(&c, sizeof(c));
	if (in->bootstrap && result != HMS_AUTH_IS_OK && (in->bootstrap_always || !has_own))
		consider(in, auth, in->bootstrap, &result);
	return result;
}

bool hms_auth_has_own(struct hms_sealer *sealer, struct hms_device_id device, const struct hms_str *sealed, size_t count)
{
	struct hms_credential c;
	bool has_own = false;

	for (size_t i = 0; i < count && !has_own; i++)
		has_own = hms_credential_unseal(sealer, device, sealed[i], &c) || c.kind == HMS_CREDENTIAL_OWN;
	explicit_bzero(&c, sizeof(c));
	return has_own;
}

/* RFC 7616 3.3: only who knows the password is told that its nonce is stale. A count that does not rise within a
 * connection is treated the same: some clients use one nonce for ever (device-quirks 6). */
static enum hms_auth_result check_nonce(const struct hms_auth_input *in, const struct hms_http_auth *auth)
{
	uint64_t nonce = hms_hash(auth->nonce.p, auth->nonce.len) | 1;

	if (hms_nonce_check(in->nonce_key, auth->nonce, in->now_us, in->nonce_life_ms))
		return HMS_AUTH_IS_STALE;
	if (!in->seen || auth->qop.len == 0)
		return HMS_AUTH_IS_OK;
	if (in->seen->nonce == nonce && auth->nc_value <= in->seen->count)
		return HMS_AUTH_IS_STALE;
	*in->seen = (struct hms_nonce_seen){ .nonce = nonce, .count = auth->nc_value };
	return HMS_AUTH_IS_OK;
}

/* An empty user name is how some clients ask for a challenge ("Basic Og=="). */
static bool is_shown(enum hms_auth_policy policy, const struct hms_http_auth *auth)
{
	return is_offered(policy, auth) && auth->username.len > 0;
}

bool hms_auth_shown(struct hms_arena *arena, enum hms_auth_policy policy, struct hms_str authorization)
{
	struct hms_http_auth auth;

	return authorization.p && (hms_http_auth_parse(arena, authorization, &auth) || is_shown(policy, &auth));
}

enum hms_auth_result hms_auth_check(struct hms_arena *arena, struct hms_auth_input *in)
{
	struct hms_http_auth auth;
	enum hms_auth_result result;

	in->shown = 0;
	in->by_digest = false;
	if (!in->authorization.p)
		return HMS_AUTH_IS_ABSENT;
	if (hms_http_auth_parse(arena, in->authorization, &auth))
		return HMS_AUTH_IS_MALFORMED;
	if (!is_shown(in->policy, &auth))
		return HMS_AUTH_IS_ABSENT;
	if (auth.scheme == HMS_AUTH_DIGEST && !is_for(auth.uri, in->target))
		return HMS_AUTH_IS_MALFORMED;
	in->by_digest = auth.scheme == HMS_AUTH_DIGEST;
	result = check_secret(in, &auth);
	if (result == HMS_AUTH_IS_OK && auth.scheme == HMS_AUTH_DIGEST)
		result = check_nonce(in, &auth);
	return result;
}

/* [A2] MD5 first: older clients fail with SHA-256, some as soon as it is offered. */
static size_t challenge_digest(const struct hms_challenge *ask, struct hms_buf *out)
{
	static const enum hms_digest_alg algs[2] = { HMS_DIGEST_MD5, HMS_DIGEST_SHA256 };
	char nonce[HMS_NONCE_SIZE];
	size_t count = 0;

	hms_nonce_make(ask->nonce_key, ask->now_us, nonce);
	for (size_t i = 0; i < (ask->sha256 ? 2 : 1); i++) {
		hms_buf_reset(&out[count]);
		hms_digest_challenge(&out[count], ask->realm, nonce, algs[i], ask->stale);
		count += !out[count].failed;
	}
	return count;
}

size_t hms_auth_challenge(const struct hms_challenge *ask, struct hms_buf out[HMS_AUTH_CHALLENGES])
{
	enum { CHALLENGE_MAX = 1024 };
	size_t count = 0;

	for (size_t i = 0; i < HMS_AUTH_CHALLENGES; i++)
		hms_buf_init(&out[i], CHALLENGE_MAX);
	if (ask->policy != HMS_POLICY_BASIC)
		count = challenge_digest(ask, out);
	if (ask->policy != HMS_POLICY_DIGEST) {
		hms_buf_reset(&out[count]);
		hms_buf_printf(&out[count], "Basic realm=\"%.*s\"", HMS_STR_FMT(ask->realm));
		count += !out[count].failed;
	}
	return count;
}

bool hms_auth_realm_ok(struct hms_str realm)
{
	for (size_t i = 0; i < realm.len; i++)
		if (realm.p[i] < ' ' || realm.p[i] > '~' || realm.p[i] == '"' || realm.p[i] == '\\')
			return false;
	return true;
}
