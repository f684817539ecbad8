/* A CA, certificates of every sort that it issues, and what it revokes. */
#include "tls_pki.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls_internal.h"

static FILE *open_file(struct fixture *f, const char *name, const char *suffix, const char *mode)
{
	char file[64];
	FILE *stream;

	snprintf(file, sizeof(file), "%s%s", name, suffix);
	stream = fopen(path_of(f, file), mode);
	assert_non_null(stream);
	return stream;
}

static void save(struct fixture *f, const char *name, X509 *cert, EVP_PKEY *key)
{
	FILE *out = open_file(f, name, ".pem", "w");

	assert_int_equal(PEM_write_X509(out, cert), 1);
	fclose(out);
	out = open_file(f, name, ".key", "w");
	assert_int_equal(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(out);
}

static X509 *read_cert(struct fixture *f, const char *name)
{
	FILE *in = open_file(f, name, ".pem", "r");
	X509 *cert = PEM_read_X509(in, NULL, NULL, NULL);

	fclose(in);
	assert_non_null(cert);
	return cert;
}

static EVP_PKEY *read_key(struct fixture *f, const char *name)
{
	FILE *in = open_file(f, name, ".key", "r");
	EVP_PKEY *key = PEM_read_PrivateKey(in, NULL, NULL, NULL);

	fclose(in);
	assert_non_null(key);
	return key;
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static X509 *cert_new(EVP_PKEY *key, long serial, int to_days)
{
	X509 *cert = X509_new();

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), -2 * 86400L);
	X509_gmtime_adj(X509_getm_notAfter(cert), to_days * 86400L);
	X509_set_pubkey(cert, key);
	return cert;
}

/* Without the bounds that OpenSSL sets to those who make certificates. */
static void add_cn(X509 *cert, struct hms_str cn)
{
	assert_int_equal(X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), NID_commonName, V_ASN1_UTF8STRING,
						    (const unsigned char *)cn.p, (int)cn.len, -1, 0),
			 1);
}

/* issuer NULL: a root. */
static void issue_ca(struct fixture *f, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = cert_new(key, 1, 30);

	add_cn(cert, hms_str(name));
	X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert));
	add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(cert, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
	assert_true(X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256()) > 0);
	save(f, name, cert, key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void pki_ca(struct fixture *f, const char *name) { issue_ca(f, name, NULL, NULL); }

void pki_sub_ca(struct fixture *f, const char *ca, const char *name)
{
	X509 *issuer = read_cert(f, ca);
	EVP_PKEY *issuer_key = read_key(f, ca);

	issue_ca(f, name, issuer, issuer_key);
	X509_free(issuer);
	EVP_PKEY_free(issuer_key);
}

void pki_append(struct fixture *f, const char *to, const char *from)
{
	FILE *in = open_file(f, from, ".pem", "r"), *out = open_file(f, to, ".pem", "a");
	char text[8192];

	fwrite(text, 1, fread(text, 1, sizeof(text), in), out);
	fclose(in);
	fclose(out);
}

static void add_dns_names(X509 *cert, const struct pki_leaf *leaf)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (int i = 0; i < PKI_NAMES && leaf->dns[i].p; i++) {
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();

		ASN1_STRING_set(text, leaf->dns[i].p, (int)leaf->dns[i].len);
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		sk_GENERAL_NAME_push(names, name);
	}
	assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
}

static void add_ballast(X509 *cert, size_t bytes)
{
	ASN1_OBJECT *object = OBJ_txt2obj("1.2.3.4", 1);
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	char *text = calloc(1, bytes);
	X509_EXTENSION *ext;

	ASN1_OCTET_STRING_set(data, (unsigned char *)text, (int)bytes);
	ext = X509_EXTENSION_create_by_OBJ(NULL, object, 0, data);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(data);
	ASN1_OBJECT_free(object);
	free(text);
}

void pki_issue(struct fixture *f, const char *ca, const char *name, const struct pki_leaf *leaf)
{
	EVP_PKEY *key = leaf->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), *ca_key = read_key(f, ca);
	X509 *ca_cert = read_cert(f, ca), *cert = cert_new(key, leaf->serial ? leaf->serial : 1, leaf->to_days ? leaf->to_days : 30);

	for (int i = 0; i < 2 && leaf->cn[i].p; i++) {
		add_cn(cert, leaf->cn[i]);
	}
	if (leaf->dns[0].p) {
		add_dns_names(cert, leaf);
	}
	if (leaf->ballast_bytes) {
		add_ballast(cert, leaf->ballast_bytes);
	}
	X509_set_issuer_name(cert, X509_get_subject_name(ca_cert));
	assert_true(X509_sign(cert, ca_key, EVP_sha256()) > 0);
	save(f, name, cert, key);
	X509_free(cert);
	X509_free(ca_cert);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
}

void pki_crl(struct fixture *f, const char *ca, const char *name, long serial, int to_days)
{
	X509 *ca_cert = read_cert(f, ca);
	EVP_PKEY *key = read_key(f, ca);
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, -2 * 86400L), *to = X509_gmtime_adj(NULL, to_days * 86400L);
	FILE *out = open_file(f, name, "", "w");

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca_cert));
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, to);
	if (serial) {
		X509_REVOKED *entry = X509_REVOKED_new();
		ASN1_INTEGER *number = ASN1_INTEGER_new();

		ASN1_INTEGER_set(number, serial);
		X509_REVOKED_set_serialNumber(entry, number);
		X509_REVOKED_set_revocationDate(entry, from);
		X509_CRL_add0_revoked(crl, entry);
		ASN1_INTEGER_free(number);
	}
	X509_CRL_sort(crl);
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509_CRL(out, crl), 1);
	fclose(out);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	X509_free(ca_cert);
	EVP_PKEY_free(key);
}

void pki_ocsp(struct fixture *f, const char *ca, const char *leaf, const char *name, int to_days)
{
	X509 *ca_cert = read_cert(f, ca), *cert = read_cert(f, leaf);
	EVP_PKEY *key = read_key(f, ca);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, cert, ca_cert);
	ASN1_TIME *from = X509_gmtime_adj(NULL, -2 * 86400L), *to = X509_gmtime_adj(NULL, to_days * 86400L);
	OCSP_RESPONSE *response;
	FILE *out = open_file(f, name, "", "w");

	assert_non_null(OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, to));
	assert_int_equal(OCSP_basic_sign(basic, ca_cert, key, EVP_sha256(), NULL, 0), 1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	assert_true(ASN1_i2d_fp_of(OCSP_RESPONSE, i2d_OCSP_RESPONSE, out, response) > 0);
	fclose(out);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_free(ca_cert);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void pki_show(struct fixture *f, struct peer *peer, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.pem", name);
	assert_int_equal(SSL_use_certificate_chain_file(peer->ssl, path_of(f, file)), 1);
	snprintf(file, sizeof(file), "%s.key", name);
	assert_int_equal(SSL_use_PrivateKey_file(peer->ssl, path_of(f, file), SSL_FILETYPE_PEM), 1);
}

void peer_open_as(struct fixture *f, struct peer *peer, int version, const char *name)
{
	unsigned before = f->accepted;

	peer_init(f, peer, version);
	pki_show(f, peer, name);
	assert_int_equal(peer_handshake(f, peer), 1);
	AWAIT(f, f->accepted > before);
}

void tls_look_again(struct fixture *f) { f->tls->looked_ms = 0; }

void tls_tickets_shift(struct fixture *f, int64_t periods) { f->tls->tickets.shift = periods; }
