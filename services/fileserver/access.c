/* Credentials at the file server: who is named, what is known of him, whether he shows it. */
#include "access.h"

#include <stdlib.h>

#include "directory.h"

bool fs_access_rate_ok(const struct fs_listener *listener, struct hms_http_req *req)
{
	struct fs *fs = listener->fs;

	return hms_rate_ok(fs->auth_rate, hms_http_req_peer(req), fs->conf->auth_failure_rate_per_source, hms_loop_now_ms(fs->loop));
}

void fs_access_failed(const struct fs_listener *listener, struct hms_http_req *req, const char *reason)
{
	struct fs *fs = listener->fs;
	char peer[64];

	FS_COUNT(&fs->m, auth_failures, reason);
	hms_rate_charge(fs->auth_rate, hms_http_req_peer(req), fs->conf->auth_failure_rate_per_source, hms_loop_now_ms(fs->loop));
	if (hms_log_allow(&fs->peers_log, 5, hms_loop_now_ms(fs->loop)))
		log_info("not accepted", KV_Z("peer", hms_addr_text(hms_http_req_peer(req), false, peer, sizeof(peer))),
			 KV_Z("reason", reason));
}

/* The last use of a nonce is kept with the connection. */
static struct hms_nonce_seen *seen_of(struct hms_http_req *req)
{
	struct hms_nonce_seen *seen = hms_http_req_conn_data(req);

	if (seen)
		return seen;
	seen = calloc(1, sizeof(*seen));
	if (seen)
		hms_http_req_set_conn_data(req, seen, free);
	return seen;
}

static struct hms_str target_of(struct hms_http_req *req)
{
	struct hms_str path = hms_http_req_path(req), query = hms_http_req_query(req);
	char *text = query.p ? hms_arena_printf(hms_http_req_arena(req), "%.*s?%.*s", HMS_STR_FMT(path), HMS_STR_FMT(query)) : NULL;

	return text ? hms_str(text) : path;
}

static enum hms_auth_result check(struct fs_access *a, const struct fs_credentials *found, const struct hms_credential *shared)
{
	struct fs *fs = a->listener->fs;
	struct hms_auth_input in = {
		.policy = a->policy,
		.authorization = hms_http_req_header(a->req, "Authorization"),
		.method = hms_http_req_method(a->req),
		.target = target_of(a->req),
		.device = a->device,
		.sealed = found ? found->sealed : NULL,
		.sealed_count = found ? found->count : 0,
		.bootstrap = shared,
		.bootstrap_always = true,
		.sealer = fs->credential_sealer,
		.nonce_key = &fs->nonce_key,
		.nonce_life_ms = fs->conf->nonce_life,
		.now_us = hms_wall_us(),
		.seen = seen_of(a->req),
	};

	return hms_auth_check(hms_http_req_arena(a->req), &in);
}

static void judge(struct fs_access *a, enum hms_auth_result result)
{
	if (result == HMS_AUTH_IS_OK) {
		a->done(a, FS_FINE);
		return;
	}
	a->stale = result == HMS_AUTH_IS_STALE;
	if (!a->stale && result != HMS_AUTH_IS_ABSENT)
		fs_access_failed(a->listener, a->req, hms_auth_label(result));
	a->done(a, FS_NO_AUTH);
}

static void on_found(int code, const struct fs_credentials *found, void *arg)
{
	struct fs_access *a = arg;
	enum hms_auth_result result;

	if (code || !a->req) {
		a->done(a, code == HMS_ENOMEM ? FS_NO_MEMORY : FS_NO_DIRECTORY);
		return;
	}
	a->device = found->device;
	result = check(a, found, NULL);
	/* The password may have changed since it was looked up. */
	if (found->remembered && !a->anew && result != HMS_AUTH_IS_OK && result != HMS_AUTH_IS_STALE) {
		a->anew = true;
		fs_directory_ask(a->listener->fs->directory, a->device, true, on_found, a);
		return;
	}
	judge(a, result);
}

static void check_account(struct fs_access *a)
{
	struct hms_str realm = hms_str(a->listener->conf->realm);
	struct hms_credential credential;

	fs_account_credential(a->account, realm, &credential);
	judge(a, check(a, NULL, &credential));
	explicit_bzero(&credential, sizeof(credential));
}

/* Who it is by the user name alone. */
static bool find(struct fs_access *a)
{
	struct hms_device_names names;

	a->account = fs_account_find(a->listener->fs, hms_str(a->user));
	if (a->account)
		return true;
	if (hms_device_username_parse(hms_str(a->user), &names))
		return false;
	a->device = hms_device_id(hms_str(a->listener->conf->tenant), names.oui, names.product_class, names.serial);
	return true;
}

static void begin_shown(struct fs_access *a, struct hms_str header)
{
	struct hms_arena *arena = hms_http_req_arena(a->req);
	struct hms_http_auth auth;
	int rc = hms_http_auth_parse(arena, header, &auth);

	a->user = rc == 0 ? hms_arena_strz(arena, auth.username) : NULL;
	if (rc == HMS_ENOMEM || (rc == 0 && !a->user))
		a->done(a, FS_NO_MEMORY);
	else if (rc)
		judge(a, HMS_AUTH_IS_MALFORMED);
	else if (!a->named && !find(a))
		judge(a, HMS_AUTH_IS_USERNAME);
	else if (a->account)
		check_account(a);
	else
		fs_directory_ask(a->listener->fs->directory, a->device, false, on_found, a);
}

void fs_access_begin(struct fs_access *a)
{
	struct hms_str header = hms_http_req_header(a->req, "Authorization");

	if (a->policy == HMS_POLICY_NONE)
		a->done(a, FS_FINE);
	else if (!fs_access_rate_ok(a->listener, a->req))
		a->done(a, FS_NO_AUTH_RATE);
	else if (!hms_auth_shown(hms_http_req_arena(a->req), a->policy, header))
		a->done(a, FS_NO_AUTH);
	else
		begin_shown(a, header);
}
