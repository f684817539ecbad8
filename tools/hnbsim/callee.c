/* Where the HMS calls the cells. A cell that has been given ConnectionRequestUsername and -Password asks for them by Digest; one in a session is busy. */
#include "callee.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/crypto/crypto.h"
#include "hms/http/digest.h"
#include "hms/http/server.h"

#define PREFIX "/cr/"
#define REALM "cell"
#define NONCE_LIFE_MS 60000

struct callee {
	struct sim *sim;
	struct hms_conf *conf;
	struct hms_http_server *server;
	struct hms_nonce_key key;
};

static struct cell *cell_of(const struct sim *sim, struct hms_str path)
{
	struct hms_str serial = hms_str_starts(path, HMS_STR(PREFIX))
					? hms_strn(path.p + sizeof(PREFIX) - 1, path.len - (sizeof(PREFIX) - 1))
					: HMS_STR("");
	char own[CELL_SERIAL_SIZE];
	uint64_t number;
	size_t index;

	if (serial.len < 8 || hms_str_u64(hms_strn(serial.p + serial.len - 8, 8), &number) || number < (uint64_t)sim->opt->first)
		return NULL;
	index = (size_t)(number - (uint64_t)sim->opt->first);
	return index < sim->cell_count && hms_str_eqz(serial, cell_serial(&sim->cells[index], own)) ? &sim->cells[index] : NULL;
}

/* ---- who calls ---- */
static void challenge(struct callee *callee, struct hms_http_req *req)
{
	struct hms_buf value = HMS_BUF_INIT(1024);
	struct hms_http_header header = { .name = HMS_STR("WWW-Authenticate") };
	char nonce[HMS_NONCE_SIZE];

	hms_nonce_make(&callee->key, hms_wall_us(), nonce);
	hms_digest_challenge(&value, HMS_STR(REALM), nonce, HMS_DIGEST_MD5, false);
	header.value = hms_buf_view(&value);
	hms_http_reply(req, 401, &header, 1, HMS_STR(""));
	hms_buf_fini(&value);
}

static bool right(struct callee *callee, struct hms_http_req *req, struct hms_str username, struct hms_str password)
{
	struct hms_http_auth auth;
	char ha1[65];

	if (hms_http_auth_parse(hms_http_req_arena(req), hms_http_req_header(req, "authorization"), &auth) ||
	    auth.scheme != HMS_AUTH_DIGEST)
		return false;
	if (!hms_str_eq(auth.username, username) || !hms_str_eqz(auth.realm, REALM) || !hms_str_eq(auth.uri, hms_http_req_path(req)) ||
	    hms_nonce_check(&callee->key, auth.nonce, hms_wall_us(), NONCE_LIFE_MS))
		return false;
	hms_digest_ha1(auth.alg, username, HMS_STR(REALM), password, ha1);
	return hms_digest_check(&auth, ha1, HMS_STR("GET"));
}

/* ---- the call ---- */
static void on_request(struct hms_http_req *req, void *arg)
{
	struct callee *callee = arg;
	struct cell *cell = cell_of(callee->sim, hms_http_req_path(req));
	char user_text[TREE_SCRATCH], password_text[TREE_SCRATCH];
	struct hms_str user, password;

	if (!cell || !hms_str_eqz(hms_http_req_method(req), "GET")) {
		hms_http_reply(req, cell ? 405 : 404, NULL, 0, HMS_STR(""));
		return;
	}
	user = cell_role_text(cell, ROLE_CONNECTION_REQUEST_USERNAME, user_text);
	password = cell_role_text(cell, ROLE_CONNECTION_REQUEST_PASSWORD, password_text);
	if (user.len && !right(callee, req, user, password)) {
		challenge(callee, req);
		return;
	}
	if (cell->session || cell->state != CELL_UP || cell->scripted) {
		hms_http_reply(req, 503, NULL, 0, HMS_STR(""));
		return;
	}
	callee->sim->counts.calls++;
	hms_http_reply(req, 204, NULL, 0, HMS_STR(""));
	events_add(&cell->events, HMS_EVENT_CONNECTION_REQUEST);
	cell_schedule(cell);
}

/* ---- life ---- */
struct callee *callee_open(struct sim *sim, const char *address, struct hms_err *err)
{
	static const struct hms_conf_section *const sections[] = { &hms_http_conf_section, NULL };
	struct callee *callee = calloc(1, sizeof(*callee));
	struct hms_http_server_opts opts = { .name = "callee", .address = address, .handler = on_request, .arg = callee };

	if (!callee) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	callee->sim = sim;
	hms_random(callee->key.key, sizeof(callee->key.key));
	if (hms_conf_load(NULL, sections, &callee->conf, err) == 0) {
		opts.conf = hms_conf_get(callee->conf, &hms_http_conf_section);
		callee->server = hms_http_server_new(sim->loop, &opts, err);
	}
	if (!callee->server) {
		hms_err_prefix(err, "option --callee");
		callee_close(&callee);
	}
	return callee;
}

void callee_close(struct callee **callee)
{
	if (!*callee)
		return;
	hms_http_server_close(&(*callee)->server);
	hms_conf_free(&(*callee)->conf);
	free(*callee);
	*callee = NULL;
}

struct hms_str callee_url(const struct callee *callee, const struct cell *cell, char out[TREE_SCRATCH])
{
	char address[64], serial[CELL_SERIAL_SIZE];

	hms_addr_text(hms_http_server_addr(callee->server), true, address, sizeof(address));
	return hms_strn(out, (size_t)snprintf(out, TREE_SCRATCH, "http://%s" PREFIX "%s", address, cell_serial(cell, serial)));
}
