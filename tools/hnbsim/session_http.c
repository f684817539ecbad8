/* The HTTP side of a session: connections, headers, cookies, challenges, redirects. */
#include "session.h"

#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/device/identity.h"

#define REDIRECTS_MAX 5 /* consecutive; TR-069 3.4.6 */
#define REFUSALS_MAX 1	/* consecutive: a second refusal of the same credentials is final, */
#define STALE_MAX 4	/* unless the nonce was too old */
#define RESPONSE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define AUTHORIZATION_MAX 2048

static void on_response(struct hms_http_client *client, const struct hms_http_response *res, int code, void *arg);

/* Where the next POST goes. */
static const struct target *pick_target(struct session *s)
{
	if (s->redirect)
		return s->redirect;
	if (s->cell->sim->opt->spread)
		s->turn++;
	return &s->group->members[s->turn % s->group->count];
}

struct hms_http_client *session_client_new(const struct cell *cell, const struct target *target, size_t body_max_bytes,
					   struct hms_tls_memory *memory)
{
	struct sim *sim = cell->sim;
	struct hms_http_client_opts opts = {
		.to = target->addr,
		.connect_timeout_ms = (uint64_t)sim->opt->timeout_http_ms,
		.response_timeout_ms = (uint64_t)sim->opt->timeout_http_ms,
		.body_max_bytes = body_max_bytes,
		.tls = target->tls ? sim->tls : NULL,
		.tls_name = target->name,
		.tls_certificate = cell->certificate,
		.tls_key = cell->key,
		.tls_memory = memory,
	};

	if (sim->source_count > 0)
		opts.local = sim->sources[cell->index % sim->source_count];
	sim->counts.connections++;
	return hms_http_client_new(sim->loop, &opts);
}

static int connect_to(struct session *s, const struct target *target)
{
	struct sim *sim = s->cell->sim;
	bool anew = sim->opt->connection == CONNECTION_PER_POST || sim->opt->spread;

	if (s->client && s->target == target && !anew)
		return 0;
	hms_http_client_free(&s->client);
	s->client = session_client_new(s->cell, target, RESPONSE_MAX_BYTES, sim->opt->resume ? &s->cell->tls_memory : NULL);
	s->target = target;
	return s->client ? 0 : HMS_ENOMEM;
}

static void add_header(struct hms_http_header *headers, size_t *n, struct hms_str name, struct hms_str value)
{
	headers[(*n)++] = (struct hms_http_header){ name, value };
}

/* User name of the cell: what the HMS set, else --username, else OUI-ProductClass-SerialNumber (TR-069 3.4.4). */
static struct hms_str user_of(const struct cell *cell, char scratch[TREE_SCRATCH])
{
	return cell_role_text(cell, ROLE_ACS_USERNAME, scratch);
}

static void authorize(struct session *s, const struct target *target, struct hms_buf *out)
{
	struct sim *sim = s->cell->sim;
	char user[TREE_SCRATCH], password[TREE_SCRATCH];

	if (sim->opt->auth == AUTH_BASIC && s->auth.scheme == AUTH_SCHEME_NONE)
		s->auth.scheme = AUTH_SCHEME_BASIC;
	auth_header(&s->auth, user_of(s->cell, user), cell_role_text(s->cell, ROLE_ACS_PASSWORD, password), HMS_STR("POST"),
		    hms_str(target->path), rng_next(&sim->rng), out);
}

static enum session_end end_of_code(int code)
{
	switch (code) {
	case HMS_ETIMEOUT:
		return SESSION_TIMEOUT;
	case HMS_ENOMEM:
		return SESSION_MEMORY;
	case HMS_EPROTO:
	case HMS_ETOOBIG:
		return SESSION_PROTOCOL;
	case HMS_ECRYPTO:
		return SESSION_TLS;
	default:
		return SESSION_CLOSED;
	}
}

void session_http_post(struct session *s)
{
	const struct target *target = pick_target(s);
	struct hms_http_header headers[5];
	struct hms_buf authorization = HMS_BUF_INIT(AUTHORIZATION_MAX);
	size_t n = 0;
	int rc = s->body.failed ? HMS_ENOMEM : connect_to(s, target);

	add_header(headers, &n, HMS_STR("User-Agent"), HMS_STR("hnbsim"));
	if (s->body.len > 0) { /* an empty POST has neither (TR-069 3.4.1) */
		add_header(headers, &n, HMS_STR("Content-Type"), HMS_STR("text/xml; charset=\"utf-8\""));
		add_header(headers, &n, HMS_STR("SOAPAction"), HMS_STR(""));
	}
	if (s->cookies.len > 0)
		add_header(headers, &n, HMS_STR("Cookie"), hms_strn(s->cookies.text, s->cookies.len));
	authorize(s, target, &authorization);
	if (authorization.len > 0)
		add_header(headers, &n, HMS_STR("Authorization"), hms_buf_view(&authorization));
	s->status = 0;
	s->posted_us = hms_mono_us();
	if (s->inform_us == 0)
		s->inform_us = s->posted_us;
	if (rc == 0)
		rc = hms_http_client_request(s->client, HMS_STR("POST"), hms_str(target->host), hms_str(target->path), headers, n,
					     hms_buf_view(&s->body), on_response, s);
	hms_buf_fini(&authorization);
	if (rc != 0)
		session_finish(s, end_of_code(rc));
}

void session_http_close(struct session *s)
{
	struct cell *cell = s->cell;

	if (cell->sim->opt->connection == CONNECTION_KEEP && s->end == SESSION_DONE) {
		cell->kept = s->client;
		cell->kept_target = s->target;
		s->client = NULL;
	}
	hms_http_client_free(&s->client);
}

static void take_cookies(struct session *s, const struct hms_http_response *res)
{
	struct hms_str value = hms_http_response_header(res, "Set-Cookie", 0);

	for (size_t i = 1; value.p; i++) {
		cookies_set(&s->cookies, value);
		value = hms_http_response_header(res, "Set-Cookie", i);
	}
}

static bool is_stale(struct hms_str challenge)
{
	return memmem(challenge.p, challenge.len, "stale=true", 10) || memmem(challenge.p, challenge.len, "stale=\"true\"", 12) ||
	       memmem(challenge.p, challenge.len, "stale=TRUE", 10);
}

/* 401: the same POST again with credentials; it does not count as a second Inform (TR-069 3.4.5). */
static void challenged(struct session *s, const struct hms_http_response *res)
{
	struct sim *sim = s->cell->sim;
	bool answerable = false, stale = false;
	struct hms_str value;

	hms_arena_reset(sim->arena);
	for (size_t i = 0; (value = hms_http_response_header(res, "WWW-Authenticate", i)).p; i++) {
		answerable |= auth_challenge(&s->auth, sim->arena, value);
		stale |= is_stale(value);
	}
	if (!answerable || sim->opt->auth == AUTH_NONE || ++s->auth.refused > (stale ? STALE_MAX : REFUSALS_MAX))
		session_finish(s, SESSION_AUTH);
	else
		session_post(s);
}

/* 302, 307: the same POST to another URL, for the rest of this session (TR-069 3.4.6). */
static void redirected(struct session *s, const struct hms_http_response *res)
{
	struct hms_str url = hms_http_response_header(res, "Location", 0);
	struct target_group *group = url.p ? targets_get(s->cell->sim->targets, url, NULL) : NULL;

	if (!group) {
		session_finish(s, SESSION_URL);
	} else if (++s->redirects > REDIRECTS_MAX) {
		session_finish(s, SESSION_REDIRECTS);
	} else {
		s->redirect = &group->members[0];
		session_post(s);
	}
}

static void on_response(struct hms_http_client *client, const struct hms_http_response *res, int code, void *arg)
{
	struct session *s = arg;
	struct sim *sim = s->cell->sim;

	(void)client;
	if (s->ending) /* being closed by session_stop() */
		return;
	if (!res) {
		session_finish(s, end_of_code(code));
		return;
	}
	s->status = res->status;
	sim->counts.statuses[res->status < 600 ? res->status : 0]++;
	if (!sim->opt->no_cookies)
		take_cookies(s, res);
	if (res->status == 401) {
		challenged(s, res);
		return;
	}
	s->auth.refused = 0;
	if (res->status == 302 || res->status == 307 || res->status == 301) {
		redirected(s, res);
		return;
	}
	s->redirects = 0;
	session_response(s, res);
}
