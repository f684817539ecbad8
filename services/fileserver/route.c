/* Which path is what, and whether its URL was made here. */
#include "route.h"

#include "download.h"
#include "upload.h"

static bool is_method(struct hms_http_req *req, const char *one, const char *other)
{
	return hms_str_eqz(hms_http_req_method(req), one) || hms_str_eqz(hms_http_req_method(req), other);
}

static void no(struct hms_http_req *req, const struct fs_listener *l, enum fs_reason why, bool is_download)
{
	fs_refuse(req, &(struct fs_refusal){ .listener = l, .why = why, .is_download = is_download });
}

/* A wrong token answers the same whatever is wrong with it. */
static enum fs_reason check_token(const struct fs_listener *l, struct hms_http_req *req, struct hms_str token, enum hms_file_op op,
				  struct hms_file_grant *grant)
{
	int rc;

	if (!fs_access_rate_ok(l, req))
		return FS_NO_AUTH_RATE;
	rc = hms_file_token_check(l->fs->signer, token, hms_wall_us(), grant);
	if (rc == HMS_ECRYPTO || grant->op != op) {
		fs_access_failed(l, req, "signature");
		return FS_NO_SIGNATURE;
	}
	return rc == HMS_ETIMEOUT ? FS_NO_EXPIRED : FS_FINE;
}

static void signed_upload(const struct fs_listener *l, struct hms_http_req *req, struct hms_str rest)
{
	struct hms_file_grant grant = { 0 };
	struct hms_str token = hms_str_split(&rest, '/');
	enum fs_reason why = check_token(l, req, token, HMS_FILE_UPLOAD, &grant);

	if (why)
		no(req, l, why, false);
	else if (!is_method(req, "PUT", "POST"))
		no(req, l, FS_NO_METHOD_UPLOAD, false);
	else
		fs_upload_begin(l, req, &grant, rest);
}

static void unsigned_upload(const struct fs_listener *l, struct hms_http_req *req, struct hms_str rest)
{
	if (l->conf->unsigned_auth == HMS_POLICY_NONE)
		no(req, l, FS_NO_PATH, false);
	else if (!is_method(req, "PUT", "POST"))
		no(req, l, FS_NO_METHOD_UPLOAD, false);
	else
		fs_upload_begin(l, req, NULL, rest);
}

static void signed_download(const struct fs_listener *l, struct hms_http_req *req, struct hms_str rest)
{
	struct hms_file_grant grant = { 0 };
	struct hms_str token = hms_str_split(&rest, '/');
	enum fs_reason why = check_token(l, req, token, HMS_FILE_DOWNLOAD, &grant);

	if (why)
		no(req, l, why, true);
	else if (!is_method(req, "GET", "HEAD"))
		no(req, l, FS_NO_METHOD_DOWNLOAD, true);
	else
		fs_download_begin(l, req, &grant);
}

void fs_route(struct hms_http_req *req, void *arg)
{
	static const struct {
		struct hms_str prefix;
		void (*serve)(const struct fs_listener *l, struct hms_http_req *req, struct hms_str rest);
	} routes[] = {
		{ { "/u/", 3 }, signed_upload },
		{ { "/pm/", 4 }, unsigned_upload },
		{ { "/d/", 3 }, signed_download },
	};
	const struct fs_listener *l = arg;
	struct hms_str path = hms_http_req_path(req);

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!hms_str_starts(path, routes[i].prefix))
			continue;
		routes[i].serve(l, req, hms_strn(path.p + routes[i].prefix.len, path.len - routes[i].prefix.len));
		return;
	}
	no(req, l, FS_NO_PATH, false);
}
