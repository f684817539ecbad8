/* Fuzzes the readers of Authorization and WWW-Authenticate headers; what the server reads survives writing and reading again. */
#include <stdlib.h>

#include "hms/base/err.h"
#include "hms/http/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* Only names and values that a quoted string can carry are kept as they are. */
static bool is_printable(struct hms_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static void write_and_read_again(struct hms_arena *arena, const struct hms_http_auth *auth)
{
	static const char ha1[] = "0123456789abcdef0123456789abcdef";
	struct hms_buf header = HMS_BUF_INIT(1 << 20);
	struct hms_http_auth again;
	char response[65];

	hms_digest_response(auth, ha1, HMS_STR("POST"), response);
	hms_digest_authorization(&header, auth, response);
	must(header.failed == 0);
	must(hms_http_auth_parse(arena, hms_buf_view(&header), &again) == 0);
	must(again.scheme == HMS_AUTH_DIGEST && again.alg == auth->alg && again.nc_value == auth->nc_value);
	must(hms_str_eq(again.username, auth->username) && hms_str_eq(again.nonce, auth->nonce) && hms_str_eq(again.uri, auth->uri));
	must(hms_digest_check(&again, ha1, HMS_STR("POST")));
	must(!hms_digest_check(&again, ha1, HMS_STR("PUT")));
	hms_buf_fini(&header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hms_nonce_key key = { { 0 } };
	struct hms_arena *arena = hms_arena_new(4 << 20);
	struct hms_str header = hms_strn((const char *)data, size);
	struct hms_http_auth auth;

	must(arena != NULL);
	if (hms_http_auth_parse(arena, header, &auth) == 0 && auth.scheme == HMS_AUTH_DIGEST) {
		must(hms_nonce_check(&key, auth.nonce, 0, 1) == HMS_ECRYPTO);
		if (is_printable(auth.username) && is_printable(auth.realm) && is_printable(auth.nonce) && is_printable(auth.uri) &&
		    is_printable(auth.cnonce) && is_printable(auth.opaque))
			write_and_read_again(arena, &auth);
	}
	hms_digest_parse_challenge(arena, header, &auth);
	hms_arena_free(&arena);
	return 0;
}
