/* Certificates of clients: the CAs that are trusted, and what these have revoked (RFC 5280). */
#include <stdlib.h>

#include "hms/log/log.h"
#include "tls_internal.h"

enum { CERTIFICATES_BYTES = 32768 }; /* most that a client may send of them; OpenSSL's own limit is three times as high */

/* When the first list of the store expires; 0: none does. */
static int64_t first_expiry(X509_STORE *store)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
	int64_t first = 0;

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		X509_CRL *crl = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i));
		int64_t end = crl ? tls_seconds_of(X509_CRL_get0_nextUpdate(crl)) : 0;

		if (end && (!first || end < first)) {
			first = end;
		}
	}
	return first;
}

static int add_lists(X509_STORE *store, const char *file, struct hms_err *err)
{
	X509_LOOKUP *lookup;
	int rc = tls_check_readable("tls_client_crl", file, err);

	if (rc) {
		return rc;
	}
	lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	if (!lookup) {
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	if (X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) <= 0 && X509_load_crl_file(lookup, file, X509_FILETYPE_ASN1) <= 0) {
		return hms_err_set(err, HMS_EINVAL, "tls_client_crl: %s: no usable revocation list in PEM or DER: %s", file,
				   tls_error_text());
	}
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return 0;
}

/* An intermediate CA that is listed is trusted as it is, whether its root is there or not. */
static int store_new(const char *ca, const char *crl, X509_STORE **out, struct hms_err *err)
{
	int rc = tls_check_readable("tls_client_ca", ca, err);
	X509_STORE *store;

	if (rc) {
		return rc;
	}
	store = X509_STORE_new();
	if (!store) {
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	if (X509_STORE_load_file(store, ca) != 1) {
		rc = hms_err_set(err, HMS_EINVAL, "tls_client_ca: %s: no usable certificates in PEM: %s", ca, tls_error_text());
	} else if (crl[0]) {
		rc = add_lists(store, crl, err);
	}
	if (rc) {
		X509_STORE_free(store);
	} else {
		*out = store;
	}
	return rc;
}

static void report_lists(const char *name, const struct tls_clients *clients)
{
	int64_t end = first_expiry(clients->store);

	tls_set_crl_next_update(name, end);
	if (end && end < (int64_t)time(NULL)) {
		log_warn("a revocation list has expired: client certificates are refused", KV_Z("listener", name),
			 KV_Z("tls_client_crl", clients->crl.file));
	}
}

static int check_conf(const struct hms_tls_server_conf *conf, struct hms_err *err)
{
	if (conf->tls_client_auth != HMS_TLS_CLIENT_NONE && !conf->tls_client_ca[0]) {
		return hms_err_set(err, HMS_EINVAL, "tls_client_ca: not set, but tls_client_auth asks for certificates");
	}
	if (conf->tls_client_auth == HMS_TLS_CLIENT_NONE && (conf->tls_client_ca[0] || conf->tls_client_crl[0])) {
		return hms_err_set(err, HMS_EINVAL, "tls_client_auth: none, but there is a tls_client_ca or tls_client_crl");
	}
	return 0;
}

int tls_clients_load(struct tls_clients *clients, SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf,
		     struct hms_err *err)
{
	STACK_OF(X509_NAME) * names;
	int rc = check_conf(conf, err);

	if (rc || conf->tls_client_auth == HMS_TLS_CLIENT_NONE) {
		return rc;
	}
	clients->ca = hms_str_dup(hms_str(conf->tls_client_ca));
	if (!clients->ca || !tls_watched_set(&clients->crl, hms_str(conf->tls_client_crl))) {
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	rc = store_new(clients->ca, clients->crl.file, &clients->store, err);
	if (rc) {
		return rc;
	}
	names = SSL_load_client_CA_file(clients->ca);
	if (!names || SSL_CTX_set1_verify_cert_store(ctx, clients->store) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return hms_err_set(err, HMS_ENOMEM, "tls_client_ca: %s: %s", clients->ca, tls_error_text());
	}
	SSL_CTX_set_client_CA_list(ctx, names); /* which takes it */
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (conf->tls_client_auth == HMS_TLS_CLIENT_REQUIRE ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
			   NULL);
	SSL_CTX_set_max_cert_list(ctx, CERTIFICATES_BYTES);
	report_lists(name, clients);
	return 0;
}

void tls_clients_refresh(struct tls_clients *clients, SSL_CTX *ctx, const char *name)
{
	X509_STORE *store = NULL;
	struct hms_err err;

	if (!clients->store || !tls_watched_changed(&clients->crl)) {
		return;
	}
	ERR_clear_error();
	if (store_new(clients->ca, clients->crl.file, &store, &err)) {
		log_error("the listener keeps its revocation lists", KV_Z("listener", name), KV_Z("error", err.text));
	} else {
		SSL_CTX_set1_verify_cert_store(ctx, store);
		X509_STORE_free(clients->store);
		clients->store = store;
		log_info("new revocation lists", KV_Z("listener", name), KV_Z("file", clients->crl.file));
		report_lists(name, clients);
	}
	ERR_clear_error();
}

bool tls_clients_still_good(const struct tls_clients *clients, X509 *cert)
{
	STACK_OF(X509_OBJECT) *objects = clients->store ? X509_STORE_get0_objects(clients->store) : NULL;
	bool listed = !clients->crl.file || !clients->crl.file[0];

	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
		return false;
	}
	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		X509_CRL *crl = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i));
		const ASN1_TIME *end;
		X509_REVOKED *entry;

		if (crl && X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert)) == 0) {
			if (X509_CRL_get0_by_cert(crl, &entry, cert)) {
				return false;
			}
			end = X509_CRL_get0_nextUpdate(crl);
			listed = listed || !end || X509_cmp_current_time(end) > 0;
		}
	}
	return listed;
}

void tls_clients_fini(struct tls_clients *clients)
{
	X509_STORE_free(clients->store);
	free(clients->ca);
	tls_watched_fini(&clients->crl);
}
