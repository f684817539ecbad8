/* Certificates and private keys from PEM files: what is wrong is said with the setting and the file. */
#include "tls_internal.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

int tls_check_readable(const char *setting, const char *file, struct hms_err *err)
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

/* The certificate, and those of CAs behind it up to the file's end. */
static bool read_chain(BIO *bio, struct tls_pair *pair)
{
	X509 *ca;

	pair->cert = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL);
	pair->chain = sk_X509_new_null();
	if (!pair->cert || !pair->chain) {
		return false;
	}
	while ((ca = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL))) {
		if (!sk_X509_push(pair->chain, ca)) {
			X509_free(ca);
			return false;
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		return false;
	}
	ERR_clear_error(); /* that was the end */
	return true;
}

static int load_certificate(struct tls_pair *pair, const char *file, struct hms_err *err)
{
	int rc = tls_check_readable("tls_certificate", file, err);
	BIO *bio;

	if (rc) {
		return rc;
	}
	bio = BIO_new_file(file, "r");
	if (!bio || !read_chain(bio, pair)) {
		rc = hms_err_set(err, HMS_EINVAL, "tls_certificate: %s: no usable certificate chain in PEM: %s", file, tls_error_text());
	}
	BIO_free(bio);
	return rc;
}

static void warn_of_open_key(const char *name, const char *file)
{
	struct stat st;

	if (stat(file, &st) == 0 && st.st_mode & (S_IROTH | S_IWOTH)) {
		log_warn("tls_key is open to everybody on this machine", KV_Z("listener", name), KV_Z("file", file));
	}
}

static int load_key(struct tls_pair *pair, const char *certificate, const char *file, struct hms_err *err)
{
	int rc = tls_check_readable("tls_key", file, err);
	BIO *bio;

	if (rc) {
		return rc;
	}
	bio = BIO_new_file(file, "r");
	pair->key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	if (!pair->key) {
		rc = hms_err_set(err, HMS_EINVAL, "tls_key: %s: no unencrypted private key in PEM: %s", file, tls_error_text());
	} else if (X509_check_private_key(pair->cert, pair->key) != 1) {
		rc = hms_err_set(err, HMS_EINVAL, "tls_key: %s: not the key of the certificate in %s: %s", file, certificate,
				 tls_error_text());
	}
	BIO_free(bio);
	return rc;
}

/* Not an error: devices without a clock do not look, and a server that is away helps nobody. */
static void check_validity(const struct tls_pair *pair, const char *name, const char *file)
{
	if (X509_cmp_current_time(X509_get0_notAfter(pair->cert)) < 0) {
		log_warn("the certificate has expired", KV_Z("listener", name), KV_Z("tls_certificate", file));
	} else if (X509_cmp_current_time(X509_get0_notBefore(pair->cert)) > 0) {
		log_warn("the certificate is not valid yet", KV_Z("listener", name), KV_Z("tls_certificate", file));
	}
}

int tls_pem_load(struct tls_pair *pair, const char *name, const char *certificate, const char *key, struct hms_err *err)
{
	int rc = load_certificate(pair, certificate, err);

	key = key ? key : certificate;
	if (rc == 0) {
		rc = load_key(pair, certificate, key, err);
	}
	if (rc == 0) {
		warn_of_open_key(name, key);
		check_validity(pair, name, certificate);
	}
	return rc;
}
