/* The TLS transport: OpenSSL over the connection's own descriptor. It holds at most one record of either direction. */
#include "tls_internal.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "hms/base/clock.h"

enum {
	RECORD_BYTES = SSL3_RT_MAX_PLAIN_LENGTH,
	READS_MAX = 16,	  /* of the socket in one call: two make a record */
	RECORDS_MAX = 16, /* written in one call; what is left is queued */
};

/* Before each call: OpenSSL looks at the errors of the thread, whosever they are. */
static void tls_enter(struct conn_tls_state *tls)
{
	ERR_clear_error();
	tls->reads_left = READS_MAX;
}

/* What a call that returned rc <= 0 means; *waits: whether it waits for the other direction than its own. */
static int tls_result(struct conn_tls_state *tls, int rc, int own, bool *waits)
{
	int code = SSL_get_error(tls->ssl, rc);

	*waits = false;
	if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) {
		*waits = code != own;
		return HMS_EAGAIN;
	}
	if (code == SSL_ERROR_ZERO_RETURN) {
		return 0;
	}
	tls->broken = true;
	if (tls->errnum) {
		errno = tls->errnum;
		return HMS_EIO;
	}
	return tls->eof ? HMS_ECLOSED : HMS_EPROTO;
}

static ssize_t tls_read(struct hms_conn *conn, void *buf, size_t size)
{
	struct conn_tls_state *tls = conn->tls;
	size_t n;
	int rc;

	tls_enter(tls);
	rc = SSL_read_ex(tls->ssl, buf, size, &n);
	if (rc > 0) {
		conn->read_waits_write = false;
		return (ssize_t)n;
	}
	return tls_result(tls, rc, SSL_ERROR_WANT_READ, &conn->read_waits_write);
}

/* Where a writev has come to. */
struct tls_cursor {
	const struct iovec *iov;
	int count;
	size_t skip; /* of the first one */
};

/* The next record: as it lies there or, from several pieces, put together in buf. It is the same again in a later call that begins here, as
 * OpenSSL wants it: a record that was started must not shrink. */
static struct hms_str tls_next_record(const struct tls_cursor *at, char buf[RECORD_BYTES])
{
	size_t len = 0, skip = at->skip;

	if (at->count && (at->count == 1 || at->iov->iov_len - skip >= RECORD_BYTES)) {
		len = at->iov->iov_len - skip;
		return hms_strn((const char *)at->iov->iov_base + skip, len < RECORD_BYTES ? len : RECORD_BYTES);
	}
	for (int i = 0; i < at->count && len < RECORD_BYTES; i++, skip = 0) {
		size_t n = at->iov[i].iov_len - skip, room = RECORD_BYTES - len;

		n = n < room ? n : room;
		if (n) {
			memcpy(buf + len, (const char *)at->iov[i].iov_base + skip, n);
		}
		len += n;
	}
	return hms_strn(buf, len);
}

static void tls_advance(struct tls_cursor *at, size_t bytes)
{
	while (at->count && bytes >= at->iov->iov_len - at->skip) {
		bytes -= at->iov->iov_len - at->skip;
		at->iov++;
		at->count--;
		at->skip = 0;
	}
	at->skip += bytes;
}

static ssize_t tls_writev(struct hms_conn *conn, const struct iovec *iov, int count)
{
	static _Thread_local char buf[RECORD_BYTES];
	struct conn_tls_state *tls = conn->tls;
	struct tls_cursor at = { iov, count, 0 };
	struct hms_str record = tls_next_record(&at, buf);
	ssize_t done = 0;
	int rc = 1, code;

	tls_enter(tls);
	conn->write_waits_read = false;
	for (int i = 0; i < RECORDS_MAX && rc > 0 && record.len; i++) {
		size_t n;

		rc = SSL_write_ex(tls->ssl, record.p, record.len, &n);
		if (rc > 0) {
			done += (ssize_t)n;
			tls_advance(&at, n);
			record = tls_next_record(&at, buf);
		}
	}
	if (rc > 0) {
		return done;
	}
	code = tls_result(tls, rc, SSL_ERROR_WANT_WRITE, &conn->write_waits_read);
	if (done) {
		return done; /* a failure shows again at the next call */
	}
	return code ? code : HMS_EPROTO; /* no call that writes ends with the peer's end */
}

static int tls_handshake(struct hms_conn *conn)
{
	struct conn_tls_state *tls = conn->tls;
	const unsigned char *name;
	unsigned len;
	int rc, code;

	tls_enter(tls);
	rc = SSL_do_handshake(tls->ssl);
	if (rc <= 0) {
		code = tls_result(tls, rc, SSL_ERROR_WANT_READ, &conn->read_waits_write);
		if (code != HMS_EAGAIN) {
			tls_refused(conn, code);
			return code ? code : HMS_ECLOSED;
		}
		return code;
	}
	conn->read_waits_write = false;
	SSL_get0_alpn_selected(tls->ssl, &name, &len);
	if (len && len < sizeof(tls->chosen)) {
		memcpy(tls->chosen, name, len);
	}
	if (conn->listener) {
		tls_count_done(tls);
	}
	tls_memory_done(tls);
	return 0;
}

static void tls_abandoned(struct hms_conn *conn, enum hms_close_reason reason)
{
	if (reason != HMS_CLOSE_HANDSHAKE) { /* that was counted where its cause was known */
		tls_count_refused(conn, reason == HMS_CLOSE_TIMEOUT ? TLS_REFUSAL_TIMEOUT : TLS_REFUSAL_ENDED, NULL);
	}
}

/* close_notify (RFC 8446 6.1). SSL_shutdown() would wait for the peer's when called again. */
static int tls_notify(struct hms_conn *conn)
{
	struct conn_tls_state *tls = conn->tls;
	bool waits;
	int rc;

	if (tls->broken) {
		return 0;
	}
	tls_enter(tls);
	rc = SSL_shutdown(tls->ssl);
	return rc < 0 && tls_result(tls, rc, SSL_ERROR_WANT_WRITE, &waits) == HMS_EAGAIN && !waits ? HMS_EAGAIN : 0;
}

static const char *tls_alpn(const struct hms_conn *conn) { return conn->tls->chosen; }

static void tls_free(struct hms_conn *conn)
{
	if (conn->tls) {
		if (conn->tls->memory) { /* a session is as good after a cut: else OpenSSL would not resume it */
			SSL_set_shutdown(conn->tls->ssl, SSL_SENT_SHUTDOWN);
		}
		SSL_free(conn->tls->ssl);
		free(conn->tls);
	}
}

const struct conn_transport conn_tls = {
	.read = tls_read,
	.writev = tls_writev,
	.burst = RECORD_BYTES,
	.handshake = tls_handshake,
	.abandoned = tls_abandoned,
	.notify = tls_notify,
	.alpn = tls_alpn,
	.free = tls_free,
};

static int tls_start(struct hms_conn *conn, SSL_CTX *ctx, struct hms_str alpn)
{
	struct conn_tls_state *tls = calloc(1, sizeof(*tls));
	BIO *bio;

	if (!tls) {
		return HMS_ENOMEM;
	}
	conn->tls = tls;
	conn->transport = &conn_tls; /* which frees it */
	tls->alpn = alpn;
	tls->start_us = hms_mono_us();
	tls->ssl = SSL_new(ctx);
	bio = tls->ssl ? tls_bio_new(conn) : NULL;
	if (!bio) {
		tls->broken = true;
		return HMS_ENOMEM;
	}
	SSL_set_bio(tls->ssl, bio, bio);
	SSL_set_app_data(tls->ssl, conn);
	conn->notified = false;
	return 0;
}

int conn_tls_accept(struct hms_conn *conn, struct hms_tls_server *server, struct hms_str alpn)
{
	int rc;

	tls_server_refresh(server, hms_loop_now_ms(conn->loop));
	rc = tls_start(conn, server->ctx, server->alpn ? alpn : HMS_STR(""));
	if (rc == 0) {
		conn->tls->server = server;
		SSL_set_accept_state(conn->tls->ssl);
		conn->handshake_timeout_ms = server->handshake_timeout_ms;
	}
	return rc;
}

/* An address is checked against addresses of the certificate, and not sent (RFC 6066 3). */
static bool tls_expect_name(SSL *ssl, const char *name)
{
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name)) {
		return true;
	}
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) && SSL_set_tlsext_host_name(ssl, name);
}

/* Of one device among the many that this process stands for: hence not in the context. */
static bool tls_show(SSL *ssl, const struct hms_conn_opts *opts)
{
	return SSL_use_certificate_chain_file(ssl, opts->tls_certificate) == 1 &&
	       SSL_use_PrivateKey_file(ssl, opts->tls_key, SSL_FILETYPE_PEM) == 1 && SSL_check_private_key(ssl) == 1;
}

int conn_tls_connect(struct hms_conn *conn, const struct hms_conn_opts *opts)
{
	int rc = tls_start(conn, opts->tls->ctx, opts->alpn);

	if (rc) {
		return rc;
	}
	SSL_set_connect_state(conn->tls->ssl);
	conn->handshake_timeout_ms = opts->tls->handshake_timeout_ms;
	if ((opts->alpn.len && SSL_set_alpn_protos(conn->tls->ssl, (const unsigned char *)opts->alpn.p, (unsigned)opts->alpn.len)) ||
	    (opts->tls_name && !tls_expect_name(conn->tls->ssl, opts->tls_name))) {
		return HMS_ENOMEM;
	}
	if (opts->tls_certificate && !tls_show(conn->tls->ssl, opts)) {
		ERR_clear_error();
		return HMS_EIO;
	}
	return opts->tls_memory && !tls_memory_begin(conn->tls, opts->tls_memory) ? HMS_ENOMEM : 0;
}
