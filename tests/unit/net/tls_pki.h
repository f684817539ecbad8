/* A CA, certificates of every sort that it issues, and what it revokes. */
#ifndef TLS_PKI_H
#define TLS_PKI_H

#include "tls_fixture.h"

enum { PKI_NAMES = 12 };

/** What a certificate says; text of any bytes. */
struct pki_leaf {
	struct hms_str cn[2]; /* p NULL: none */
	struct hms_str dns[PKI_NAMES];
	int to_days;	      /* 0: 30 */
	long serial;	      /* 0: 1 */
	size_t ballast_bytes; /* of an extension that nobody knows */
	bool rsa;
};

/** Writes <dir>/<name>.pem and .key: a CA. */
void pki_ca(struct fixture *f, const char *name);
/** The same, under another one. */
void pki_sub_ca(struct fixture *f, const char *ca, const char *name);
/** Puts the certificate in <dir>/<from>.pem behind what is in <dir>/<to>.pem. */
void pki_append(struct fixture *f, const char *to, const char *from);
/** Writes <dir>/<name>.pem and .key: a certificate of that CA. */
void pki_issue(struct fixture *f, const char *ca, const char *name, const struct pki_leaf *leaf);
/** Writes <dir>/<name>: a revocation list of that CA with one serial number (0: empty), until that many days from now. */
void pki_crl(struct fixture *f, const char *ca, const char *name, long serial, int to_days);
/** Writes <dir>/<name>: an OCSP response (DER) of that CA that <dir>/<leaf>.pem is good, until that many days from now. */
void pki_ocsp(struct fixture *f, const char *ca, const char *leaf, const char *name, int to_days);
/** The peer shows <dir>/<name>.pem. */
void pki_show(struct fixture *f, struct peer *peer, const char *name);
/** peer_open() with that certificate. */
void peer_open_as(struct fixture *f, struct peer *peer, int version, const char *name);
/** Lets f->tls look at the files that it watches when the next connection comes. */
void tls_look_again(struct fixture *f);
/** f->tls makes tickets as if its clock were off by so many periods of ticket keys. */
void tls_tickets_shift(struct fixture *f, int64_t periods);

#endif
