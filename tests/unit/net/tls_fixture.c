/* The TLS listener, certificates and peers of the TLS tests. */
#include "tls_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct hms_tls_server_conf default_conf = {
#define CONF_STR(field, def, flags, doc) .field = (def),
#define CONF_BOOL(field, def, flags, doc) .field = (def),
#define CONF_ENUM(field, def, choices, flags, doc) .field = 0,
#include "hms/net/tls_server.def"
#include "hms/conf/end.inc"
};

/* ---- the end under test ---- */

static void on_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	struct end *end = arg;

	end->pieces++;
	hms_buf_add(&end->data, data, len);
	if (end->echo) {
		assert_int_equal(hms_conn_write(conn, data, len), 0);
	}
}

static void on_drained(struct hms_conn *conn, void *arg)
{
	(void)conn;
	((struct end *)arg)->drained++;
}

static void on_connected(struct hms_conn *conn, void *arg)
{
	(void)conn;
	((struct end *)arg)->connected++;
}

static void on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	struct end *end = arg;

	(void)conn;
	end->closed++;
	end->reason = reason;
	end->conn = NULL;
}

const struct hms_conn_cb end_callbacks = { on_data, on_drained, on_connected, on_closed };

static void on_accept(struct hms_listener *listener, struct hms_conn *conn, void *arg)
{
	struct fixture *f = arg;

	(void)listener;
	f->accepted++;
	f->server.conn = conn;
	f->server.closed = 0;
	hms_conn_set_cb(conn, &end_callbacks, &f->server);
	hms_conn_pause(conn, f->keep_paused);
}

/* ---- files ---- */

const char *path_of(struct fixture *f, const char *name)
{
	static char paths[64][160];
	static unsigned turn;
	char *out = paths[turn++ % 64];

	snprintf(out, sizeof(paths[0]), "%s/%s", f->dir, name);
	return out;
}

void write_file(struct fixture *f, const char *name, const char *text)
{
	FILE *out = fopen(path_of(f, name), "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static void save(struct fixture *f, const char *name, X509 *cert, EVP_PKEY *key)
{
	char file[64];
	FILE *out;

	snprintf(file, sizeof(file), "%s.pem", name);
	out = fopen(path_of(f, file), "w");
	assert_int_equal(PEM_write_X509(out, cert), 1);
	fclose(out);
	snprintf(file, sizeof(file), "%s.key", name);
	out = fopen(path_of(f, file), "w");
	assert_int_equal(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(out);
}

void make_certificate(struct fixture *f, const char *name, int from_days, int to_days)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), rand() | 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), from_days * 86400L);
	X509_gmtime_adj(X509_getm_notAfter(cert), to_days * 86400L);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	add_extension(cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	save(f, name, cert, key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* ---- set up ---- */

int tls_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->loop = hms_loop_new();
	f->metrics = hms_metrics_new();
	hms_tls_metrics_register(f->metrics);
	hms_buf_init(&f->samples, 1 << 20);
	hms_metrics_render(f->metrics, &f->samples);
	umask(077);
	f->conf = default_conf;
	f->conf.tls_min_version = HMS_TLS_1_2;
	f->limits.handshake_timeout = 60000;
	f->limits.session_life = 43200000;
	hms_buf_init(&f->server.data, 64 << 20);
	hms_buf_init(&f->client.data, 64 << 20);
	strcpy(f->dir, "/tmp/hms-tls-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	make_certificate(f, "good", -1, 30);
	strcpy(f->cert, path_of(f, "good.pem"));
	strcpy(f->key, path_of(f, "good.key"));
	f->conf.tls_certificate = f->cert;
	f->conf.tls_key = f->key;
	*state = f;
	return 0;
}

static void remove_files(struct fixture *f)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
}

int tls_teardown(void **state)
{
	struct fixture *f = *state;

	if (f->client.conn) {
		hms_conn_abort(f->client.conn, HMS_CLOSE_DONE);
	}
	if (f->server.conn) {
		hms_conn_abort(f->server.conn, HMS_CLOSE_DONE);
	}
	hms_listener_close(&f->listener);
	hms_tls_server_free(&f->tls);
	hms_loop_free(&f->loop);
	hms_metrics_free(&f->metrics);
	hms_buf_fini(&f->samples);
	hms_buf_fini(&f->server.data);
	hms_buf_fini(&f->client.data);
	remove_files(f);
	free(f);
	return 0;
}

void tls_load(struct fixture *f)
{
	struct hms_err err = { 0 };

	if (hms_tls_server_new("test", &f->conf, &f->limits, f->secret, &f->tls, &err)) {
		fail_msg("%s", err.text);
	}
	assert_non_null(f->tls);
}

void tls_listen(struct fixture *f, struct hms_str alpn, size_t write_cap)
{
	struct hms_listener_opts opts = { .address = "127.0.0.1:0", .conn = { .write_cap_bytes = write_cap, .alpn = alpn }, .tls = f->tls };
	struct hms_err err;

	f->listener = hms_listener_open(f->loop, &opts, on_accept, f, &err);
	assert_non_null(f->listener);
}

void tls_serve(struct fixture *f)
{
	tls_load(f);
	tls_listen(f, ALPN_HTTP1, 0);
}

void loop_once(struct fixture *f) { hms_loop_run_once(f->loop, false); }

static unsigned long sample_in(struct hms_buf *text, const char *sample)
{
	const char *at = strstr(hms_buf_z(text), sample);

	return at ? strtoul(at + strlen(sample), NULL, 10) : 0;
}

unsigned long metric(struct fixture *f, const char *sample)
{
	struct hms_buf now = HMS_BUF_INIT(1 << 20);
	unsigned long value;

	hms_metrics_render(f->metrics, &now);
	value = sample_in(&now, sample) - sample_in(&f->samples, sample);
	hms_buf_fini(&now);
	return value;
}

/* ---- the peer ---- */

int tcp_connect(struct fixture *f)
{
	const struct hms_addr *addr = hms_listener_addr(f->listener);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&addr->ss, addr->len), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

void peer_init(struct fixture *f, struct peer *peer, int version)
{
	peer->ctx = SSL_CTX_new(TLS_client_method());
	peer->fd = f ? tcp_connect(f) : -1;
	if (version) {
		SSL_CTX_set_min_proto_version(peer->ctx, version);
		SSL_CTX_set_max_proto_version(peer->ctx, version);
	}
	if (version && version < TLS1_2_VERSION) {
		SSL_CTX_set_cipher_list(peer->ctx, "ALL@SECLEVEL=0");
	}
	peer->ssl = SSL_new(peer->ctx);
	if (peer->fd >= 0) {
		SSL_set_fd(peer->ssl, peer->fd);
	}
}

void peer_fini(struct peer *peer)
{
	SSL_free(peer->ssl);
	SSL_CTX_free(peer->ctx);
	close(peer->fd);
}

/* 1 to try again. */
static int outcome(struct fixture *f, struct peer *peer, int rc)
{
	int code = SSL_get_error(peer->ssl, rc);

	if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) {
		return -code;
	}
	loop_once(f);
	return 1;
}

int peer_handshake(struct fixture *f, struct peer *peer)
{
	for (;;) {
		int rc;

		ERR_clear_error();
		rc = SSL_connect(peer->ssl);
		if (rc == 1) {
			return 1;
		}
		rc = outcome(f, peer, rc);
		if (rc < 0) {
			return rc;
		}
	}
}

void peer_open(struct fixture *f, struct peer *peer, int version)
{
	unsigned before = f->accepted;

	peer_init(f, peer, version);
	assert_int_equal(peer_handshake(f, peer), 1);
	AWAIT(f, f->accepted > before);
}

void peer_write(struct fixture *f, struct peer *peer, const void *data, size_t len)
{
	size_t n;

	for (;;) {
		int rc;

		ERR_clear_error();
		rc = SSL_write_ex(peer->ssl, data, len, &n);
		if (rc == 1) {
			return;
		}
		assert_int_equal(outcome(f, peer, rc), 1);
	}
}

int peer_read(struct fixture *f, struct peer *peer, void *out, size_t size)
{
	size_t n;

	for (;;) {
		int rc;

		ERR_clear_error();
		rc = SSL_read_ex(peer->ssl, out, size, &n);
		if (rc == 1) {
			return (int)n;
		}
		rc = outcome(f, peer, rc);
		if (rc < 0) {
			return rc;
		}
	}
}
