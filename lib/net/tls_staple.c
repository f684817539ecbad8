/* OCSP stapling: the response about our own certificate is a file that somebody else keeps fresh (RFC 6066 8, RFC 6960). */
#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>

#include "hms/log/log.h"
#include "tls_internal.h"

enum { RESPONSE_BYTES = 65536 };

/* Until when the response holds: the first nextUpdate in it. 0: it is none, or not a good one. */
static int64_t holds_until(const unsigned char *der, size_t len)
{
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &der, (long)len);
	OCSP_BASICRESP *basic =
		response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL ? OCSP_response_get1_basic(response) : NULL;
	int64_t until = 0;

	for (int i = 0; basic && i < OCSP_resp_count(basic); i++) {
		ASN1_GENERALIZEDTIME *next = NULL;
		int64_t end;

		OCSP_single_get0_status(OCSP_resp_get0(basic, i), NULL, NULL, NULL, &next);
		end = next ? tls_seconds_of(next) : INT64_MAX;
		until = !until || end < until ? end : until;
	}
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return until;
}

static int read_response(struct tls_staple *staple, const char *file, struct hms_err *err)
{
	static unsigned char der[RESPONSE_BYTES];
	int rc = tls_check_readable("tls_ocsp_response", file, err);
	FILE *in = rc ? NULL : fopen(file, "re");
	size_t len = in ? fread(der, 1, sizeof(der), in) : 0;
	int64_t until = holds_until(der, len);
	unsigned char *copy;

	if (in) {
		fclose(in);
	}
	if (rc) {
		return rc;
	}
	if (!until || len == sizeof(der)) {
		return hms_err_set(err, HMS_EINVAL, "tls_ocsp_response: %s: no successful OCSP response in DER", file);
	}
	copy = OPENSSL_memdup(der, len);
	if (!copy) {
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	OPENSSL_free(staple->der);
	*staple = (struct tls_staple){ .file = staple->file, .der = copy, .len = len, .until = until };
	return 0;
}

int tls_staple_load(struct tls_staple *staple, struct hms_str file, struct hms_err *err)
{
	int rc;

	if (!file.len) {
		return 0;
	}
	if (!tls_watched_set(&staple->file, file)) {
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	rc = read_response(staple, staple->file.file, err);
	ERR_clear_error();
	return rc;
}

void tls_staple_refresh(struct tls_staple *staple, const char *name)
{
	struct hms_err err;

	if (!staple->file.file || !tls_watched_changed(&staple->file)) {
		return;
	}
	if (read_response(staple, staple->file.file, &err)) {
		log_error("the listener keeps its OCSP response", KV_Z("listener", name), KV_Z("error", err.text));
	}
	ERR_clear_error();
}

void tls_staple_fini(struct tls_staple *staple)
{
	OPENSSL_free(staple->der);
	tls_watched_fini(&staple->file);
}

/* An expired response is worse than none: clients would refuse it. */
int tls_on_status(SSL *ssl, void *arg)
{
	const struct tls_pairs *pairs = &((struct hms_conn *)SSL_get_app_data(ssl))->tls->server->pairs;
	const X509 *chosen = SSL_get_certificate(ssl);
	unsigned char *copy;

	(void)arg;
	for (size_t i = 0; i < pairs->count; i++) {
		const struct tls_staple *staple = &pairs->at[i].staple;

		if (pairs->at[i].cert != chosen || !staple->der || staple->until <= (int64_t)time(NULL)) {
			continue;
		}
		copy = OPENSSL_memdup(staple->der, staple->len);
		if (!copy) {
			return SSL_TLSEXT_ERR_NOACK;
		}
		SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple->len); /* which takes it */
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}
