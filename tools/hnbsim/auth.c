/* HTTP authentication of a session, the client's half. */
#include "auth.h"

#include <stdio.h>

#include "hms/base/encode.h"

#define CREDENTIALS_MAX 600

static bool copy(char *out, size_t size, struct hms_str s)
{
	if (s.len >= size)
		return false;
	if (s.len > 0)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

static bool is_scheme(struct hms_str header, struct hms_str scheme)
{
	return header.len >= scheme.len && hms_str_caseeq(hms_strn(header.p, scheme.len), scheme);
}

bool auth_challenge(struct auth *auth, struct hms_arena *arena, struct hms_str header)
{
	struct hms_http_auth parsed;

	if (is_scheme(header, HMS_STR("Basic"))) {
		if (auth->scheme != AUTH_SCHEME_DIGEST)
			auth->scheme = AUTH_SCHEME_BASIC;
		return true;
	}
	if (!is_scheme(header, HMS_STR("Digest")) || hms_digest_parse_challenge(arena, header, &parsed) != 0)
		return false;
	/* Of several Digest challenges the first counts: servers offer MD5 first (A2). */
	if (auth->scheme == AUTH_SCHEME_DIGEST && auth->nc == 0)
		return true;
	if (!copy(auth->realm, sizeof(auth->realm), parsed.realm) || !copy(auth->nonce, sizeof(auth->nonce), parsed.nonce) ||
	    !copy(auth->opaque, sizeof(auth->opaque), parsed.opaque))
		return false;
	auth->scheme = AUTH_SCHEME_DIGEST;
	auth->alg = parsed.alg;
	auth->qop = parsed.qop.len > 0;
	auth->nc = 0;
	return true;
}

static void basic_header(struct hms_str user, struct hms_str password, struct hms_buf *out)
{
	char pair[CREDENTIALS_MAX], text[HMS_BASE64_SIZE(CREDENTIALS_MAX)];
	int n = snprintf(pair, sizeof(pair), "%.*s:%.*s", HMS_STR_FMT(user), HMS_STR_FMT(password));

	if (n < 0 || n >= (int)sizeof(pair))
		return;
	hms_base64(pair, (size_t)n, text);
	hms_buf_printf(out, "Basic %s", text);
}

static void digest_header(struct auth *auth, struct hms_str user, struct hms_str password, struct hms_str method, struct hms_str uri,
			  uint64_t random, struct hms_buf *out)
{
	struct hms_http_auth a = { .scheme = HMS_AUTH_DIGEST, .username = user, .uri = uri, .alg = auth->alg };
	char ha1[65], response[65], nc[9], cnonce[17];

	auth->nc++;
	snprintf(nc, sizeof(nc), "%08x", auth->nc);
	snprintf(cnonce, sizeof(cnonce), "%016llx", (unsigned long long)random);
	a.realm = hms_str(auth->realm);
	a.nonce = hms_str(auth->nonce);
	if (auth->qop) {
		a.qop = HMS_STR("auth");
		a.nc = hms_str(nc);
		a.nc_value = auth->nc;
		a.cnonce = hms_str(cnonce);
	}
	hms_digest_ha1(auth->alg, user, a.realm, password, ha1);
	hms_digest_response(&a, ha1, method, response);
	hms_buf_printf(out, "Digest username=\"%.*s\", realm=\"%s\", nonce=\"%s\", uri=\"%.*s\", algorithm=%s, response=\"%s\"",
		       HMS_STR_FMT(user), auth->realm, auth->nonce, HMS_STR_FMT(uri), auth->alg == HMS_DIGEST_SHA256 ? "SHA-256" : "MD5",
		       response);
	if (auth->qop)
		hms_buf_printf(out, ", qop=auth, nc=%s, cnonce=\"%s\"", nc, cnonce);
	if (auth->opaque[0] != '\0')
		hms_buf_printf(out, ", opaque=\"%s\"", auth->opaque);
}

void auth_header(struct auth *auth, struct hms_str user, struct hms_str password, struct hms_str method, struct hms_str uri,
		 uint64_t random, struct hms_buf *out)
{
	if (auth->scheme == AUTH_SCHEME_BASIC)
		basic_header(user, password, out);
	else if (auth->scheme == AUTH_SCHEME_DIGEST)
		digest_header(auth, user, password, method, uri, random, out);
}
