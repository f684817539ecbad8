/* Why a handshake failed: from OpenSSL's reason to ours. */
#include "tls_internal.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

static const struct {
	int reason;
	enum tls_refusal why;
} reasons[] = {
	{ SSL_R_HTTP_REQUEST, TLS_REFUSAL_HTTP },
	{ SSL_R_HTTPS_PROXY_REQUEST, TLS_REFUSAL_HTTP },
	{ SSL_R_WRONG_VERSION_NUMBER, TLS_REFUSAL_NOT_TLS },
	{ SSL_R_UNSUPPORTED_PROTOCOL, TLS_REFUSAL_VERSION },
	{ SSL_R_VERSION_TOO_LOW, TLS_REFUSAL_VERSION },
	{ SSL_R_NO_SHARED_CIPHER, TLS_REFUSAL_CIPHER },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, TLS_REFUSAL_GROUP },
	{ SSL_R_NO_SUITABLE_GROUPS, TLS_REFUSAL_GROUP },
	{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, TLS_REFUSAL_SIGNATURE },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, TLS_REFUSAL_SIGNATURE },
	{ SSL_R_NO_APPLICATION_PROTOCOL, TLS_REFUSAL_PROTOCOL_NAME },
	{ SSL_R_CERTIFICATE_VERIFY_FAILED, TLS_REFUSAL_CERTIFICATE },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, TLS_REFUSAL_NO_CERTIFICATE },
	{ SSL_R_EXCESSIVE_MESSAGE_SIZE, TLS_REFUSAL_TOO_LARGE },
	{ ERR_R_MALLOC_FAILURE, TLS_REFUSAL_MEMORY },
};

static enum tls_refusal refusal_of(int reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].reason == reason) {
			return reasons[i].why;
		}
	}
	/* Above it OpenSSL has the alerts that the peer sent. */
	return reason > SSL_AD_REASON_OFFSET && !ERR_SYSTEM_ERROR(reason) ? TLS_REFUSAL_BY_PEER : TLS_REFUSAL_PROTOCOL;
}

void tls_refused(const struct hms_conn *conn, int code)
{
	unsigned long error = ERR_peek_error(); /* the first one is the cause */
	const char *text = ERR_reason_error_string(error);
	enum tls_refusal why = refusal_of(ERR_GET_REASON(error));
	char detail[256];

	if (code == HMS_EIO) {
		tls_count_refused(conn, TLS_REFUSAL_IO, strerror(errno));
	} else if (code == HMS_ECLOSED || code == 0) {
		tls_count_refused(conn, TLS_REFUSAL_CLOSED, NULL);
	} else if (conn->tls->limited) {
		tls_count_refused(conn, TLS_REFUSAL_RATE, "full_handshake_rate");
	} else if (why == TLS_REFUSAL_CERTIFICATE) {
		long verdict = SSL_get_verify_result(conn->tls->ssl);

		why = verdict == X509_V_ERR_CERT_REVOKED ? TLS_REFUSAL_REVOKED : why;
		snprintf(detail, sizeof(detail), "%s: %s", text, X509_verify_cert_error_string(verdict));
		tls_count_refused(conn, why, detail);
	} else {
		tls_count_refused(conn, why, text);
	}
	ERR_clear_error();
}
