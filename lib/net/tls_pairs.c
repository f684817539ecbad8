/* The certificates of one listener, with their keys: loading them, and which one a client gets (RFC 6066 3). */
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "tls_internal.h"

/* ---- lists of files ---- */

/* The next of the files in a list that commas separate. p NULL: there is no more. */
static struct hms_str next_file(struct hms_str *rest)
{
	struct hms_str file = { NULL, 0 };

	while (rest->p && !file.len) {
		file = hms_str_trim(hms_str_split(rest, ','));
	}
	return file.len ? file : (struct hms_str){ NULL, 0 };
}

static size_t count_files(const char *list)
{
	struct hms_str rest = hms_str(list);
	size_t count = 0;

	while (next_file(&rest).p) {
		count++;
	}
	return count;
}

static int check_counts(const struct hms_tls_server_conf *conf, size_t count, struct hms_err *err)
{
	size_t keys = count_files(conf->tls_key), responses = count_files(conf->tls_ocsp_response);

	if (count > TLS_PAIRS_MAX) {
		return hms_err_set(err, HMS_EINVAL, "tls_certificate: %zu files, more than %d", count, TLS_PAIRS_MAX);
	}
	if (keys && keys != count) {
		return hms_err_set(err, HMS_EINVAL, "tls_key: %zu files for the %zu of tls_certificate", keys, count);
	}
	if (responses && responses != count) {
		return hms_err_set(err, HMS_EINVAL, "tls_ocsp_response: %zu files for the %zu of tls_certificate", responses, count);
	}
	return 0;
}

/* ---- loading ---- */

static int pair_load(struct tls_pair *pair, const char *name, struct hms_str certificate, struct hms_str key, struct hms_str ocsp,
		     struct hms_err *err)
{
	char *cert_file = hms_str_dup(certificate), *key_file = key.p ? hms_str_dup(key) : NULL;
	int rc;

	if (!cert_file || (key.p && !key_file)) {
		rc = hms_err_set(err, HMS_ENOMEM, "out of memory");
	} else {
		rc = tls_pem_load(pair, name, cert_file, key_file, err);
	}
	free(cert_file);
	free(key_file);
	return rc ? rc : tls_staple_load(&pair->staple, hms_str_eqz(ocsp, "-") ? HMS_STR("") : ocsp, err);
}

/* Into the context goes the first of each kind of key: what clients get that ask for no name. */
static int pair_use(const struct tls_pairs *pairs, size_t i, SSL_CTX *ctx, struct hms_str file, struct hms_err *err)
{
	const struct tls_pair *pair = &pairs->at[i];

	for (size_t k = 0; k < i; k++) {
		if (EVP_PKEY_get_base_id(pairs->at[k].key) == EVP_PKEY_get_base_id(pair->key)) {
			return 0;
		}
	}
	if (SSL_CTX_use_cert_and_key(ctx, pair->cert, pair->key, pair->chain, 0) != 1) {
		return hms_err_set(err, HMS_EINVAL, "tls_certificate: %.*s: not to be used at this security level: %s", (int)file.len,
				   file.p, tls_error_text());
	}
	return 0;
}

int tls_pairs_load(struct tls_pairs *pairs, SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf, struct hms_err *err)
{
	struct hms_str certificates = hms_str(conf->tls_certificate), keys = hms_str(conf->tls_key),
		       staples = hms_str(conf->tls_ocsp_response);
	struct hms_str certificate;
	int rc = check_counts(conf, count_files(conf->tls_certificate), err);

	while (rc == 0 && (certificate = next_file(&certificates)).p) {
		rc = pair_load(&pairs->at[pairs->count++], name, certificate, next_file(&keys), next_file(&staples), err);
		if (rc == 0) {
			rc = pair_use(pairs, pairs->count - 1, ctx, certificate, err);
		}
	}
	return rc;
}

int64_t tls_pairs_not_after(const struct tls_pairs *pairs)
{
	int64_t first = 0;

	for (size_t i = 0; i < pairs->count; i++) {
		int64_t end = tls_seconds_of(X509_get0_notAfter(pairs->at[i].cert));

		first = !first || end < first ? end : first;
	}
	return first;
}

void tls_pairs_fini(struct tls_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		struct tls_pair *pair = &pairs->at[i];

		X509_free(pair->cert);
		EVP_PKEY_free(pair->key);
		sk_X509_pop_free(pair->chain, X509_free);
		tls_staple_fini(&pair->staple);
	}
	pairs->count = 0;
}

/* ---- choosing ---- */

/* Those whose names hold the one asked for replace, kind by kind, what the context has. */
bool tls_pairs_choose(const struct tls_pairs *pairs, SSL *ssl)
{
	const char *asked = pairs->count > 1 ? SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) : NULL;
	bool replaced = false;

	/* Of one kind the last that is put in stays: hence backwards. */
	for (size_t i = pairs->count; asked && i-- > 0;) {
		const struct tls_pair *pair = &pairs->at[i];

		if (X509_check_host(pair->cert, asked, strlen(asked), 0, NULL) != 1) {
			continue;
		}
		if (!replaced) {
			SSL_certs_clear(ssl);
			replaced = true;
		}
		if (SSL_use_cert_and_key(ssl, pair->cert, pair->key, pair->chain, 1) != 1) {
			return false;
		}
	}
	return true;
}
