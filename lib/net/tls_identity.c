/* Who a peer is by its certificate: the names that can be names (TR-069 A7: CN; TS 33.320: subjectAltName, too). */
#include <openssl/x509v3.h>

#include "tls_internal.h"

/* NULL: none that was verified. */
static X509 *verified(const struct hms_conn *conn)
{
	const SSL *ssl = conn->transport == &conn_tls && conn->listener ? conn->tls->ssl : NULL;

	return ssl && SSL_get_verify_result(ssl) == X509_V_OK ? SSL_get0_peer_certificate(ssl) : NULL;
}

bool hms_conn_tls_verified(const struct hms_conn *conn) { return verified(conn) != NULL; }

/* Copies a name behind what is in out. p is NULL when it is none. A NUL would end the name for some who read it, and not for others. */
static struct hms_str keep(struct hms_tls_identity *out, size_t *used, const ASN1_STRING *name)
{
	unsigned char *utf8;
	struct hms_str kept = { NULL, 0 };
	int len = ASN1_STRING_to_UTF8(&utf8, name);
	bool good = len > 0 && (size_t)len <= sizeof(out->text) - *used;

	if (len < 0) {
		ERR_clear_error();
		return kept;
	}
	for (int i = 0; i < len && good; i++) {
		good = utf8[i] >= 0x20 && utf8[i] != 0x7f;
	}
	if (good) {
		memcpy(out->text + *used, utf8, (size_t)len);
		kept = hms_strn(out->text + *used, (size_t)len);
		*used += (size_t)len;
	}
	OPENSSL_free(utf8);
	return kept;
}

/* One that names two is taken for neither. */
static struct hms_str common_name(struct hms_tls_identity *out, size_t *used, const X509 *cert)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) {
		return (struct hms_str){ NULL, 0 };
	}
	return keep(out, used, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

static void dns_names(struct hms_tls_identity *out, size_t *used, const X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && out->dns_count < HMS_TLS_DNS_NAMES_MAX; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS) {
			out->dns[out->dns_count] = keep(out, used, name->d.dNSName);
			out->dns_count += out->dns[out->dns_count].p != NULL;
		}
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
}

bool hms_conn_tls_identity(const struct hms_conn *conn, struct hms_tls_identity *out)
{
	const X509 *cert = verified(conn);
	size_t used = 0;

	out->cn = (struct hms_str){ NULL, 0 };
	out->dns_count = 0;
	if (!cert) {
		return false;
	}
	out->cn = common_name(out, &used, cert);
	dns_names(out, &used, cert);
	return true;
}
