/* Certificate and private key from PEM files: what is wrong is said with the setting and the file. */
#include "tls_internal.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "hms/log/log.h"

/* Instead of asking at the terminal for the pass phrase of an encrypted key. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static int check_readable(const char *setting, const char *file, struct hms_err *err)
{
	struct stat st;
	FILE *stream = fopen(file, "re");

	if (!stream) {
		return hms_err_set(err, HMS_EINVAL, "%s: %s: %s", setting, file, strerror(errno));
	}
	if (fstat(fileno(stream), &st) == 0 && !S_ISREG(st.st_mode)) {
		hms_err_set(err, HMS_EINVAL, "%s: %s: not a regular file", setting, file);
	} else {
		err = NULL;
	}
	fclose(stream);
	return err ? err->code : 0;
}

static int load_certificate(SSL_CTX *ctx, const char *file, struct hms_err *err)
{
	int rc = check_readable("tls_certificate", file, err);

	if (rc == 0 && SSL_CTX_use_certificate_chain_file(ctx, file) != 1) {
		rc = hms_err_set(err, HMS_EINVAL, "tls_certificate: %s: no usable certificate chain in PEM: %s", file, tls_error_text());
	}
	return rc;
}

static void warn_of_open_key(const char *name, const char *file)
{
	struct stat st;

	if (stat(file, &st) == 0 && st.st_mode & (S_IROTH | S_IWOTH)) {
		log_warn("tls_key is open to everybody on this machine", KV_Z("listener", name), KV_Z("file", file));
	}
}

static int load_key(SSL_CTX *ctx, const char *certificate, const char *file, struct hms_err *err)
{
	int rc = check_readable("tls_key", file, err);
	EVP_PKEY *key;
	BIO *bio;

	if (rc) {
		return rc;
	}
	bio = BIO_new_file(file, "r");
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	if (!key) {
		rc = hms_err_set(err, HMS_EINVAL, "tls_key: %s: no unencrypted private key in PEM: %s", file, tls_error_text());
	} else if (SSL_CTX_use_PrivateKey(ctx, key) != 1) {
		rc = hms_err_set(err, HMS_EINVAL, "tls_key: %s: not the key of the certificate in %s: %s", file, certificate,
				 tls_error_text());
	}
	EVP_PKEY_free(key);
	BIO_free(bio);
	return rc;
}

/* Not an error: devices without a clock do not look, and a server that is away helps nobody. */
static int64_t check_validity(SSL_CTX *ctx, const char *name, const char *file)
{
	const X509 *cert = SSL_CTX_get0_certificate(ctx);
	struct tm tm = { 0 };

	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
		log_warn("the certificate has expired", KV_Z("listener", name), KV_Z("tls_certificate", file));
	} else if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
		log_warn("the certificate is not valid yet", KV_Z("listener", name), KV_Z("tls_certificate", file));
	}
	return ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) ? (int64_t)timegm(&tm) : 0;
}

int tls_pem_load(SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf, int64_t *not_after, struct hms_err *err)
{
	const char *key = conf->tls_key[0] ? conf->tls_key : conf->tls_certificate;
	int rc;

	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	rc = load_certificate(ctx, conf->tls_certificate, err);
	if (rc == 0) {
		rc = load_key(ctx, conf->tls_certificate, key, err);
	}
	if (rc == 0) {
		warn_of_open_key(name, key);
		*not_after = check_validity(ctx, name, conf->tls_certificate);
	}
	return rc;
}
