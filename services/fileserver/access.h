/** Who asks: nobody in particular (the signed URL is enough), a device, or an account. */
#ifndef FS_ACCESS_H
#define FS_ACCESS_H

#include "account.h"
#include "refuse.h"

struct fs_access {
	const struct fs_listener *listener;
	struct hms_http_req *req; /* NULL: gone; done runs all the same */
	enum hms_auth_policy policy;
	bool named;		     /* the URL names the device; else its user name does */
	struct hms_device_id device; /* of the URL, or as found */
	struct fs_account *account;  /* NULL: a device */
	const char *user;	     /* as authenticated, in the request's arena; NULL: by URL alone */
	bool stale;
	bool anew;
	void (*done)(struct fs_access *access, enum fs_reason why);
};

/** Runs done once, within the call or later. */
void fs_access_begin(struct fs_access *access);
/** Wrong URLs count like wrong passwords: whether this address may still try. */
bool fs_access_rate_ok(const struct fs_listener *listener, struct hms_http_req *req);
void fs_access_failed(const struct fs_listener *listener, struct hms_http_req *req, const char *reason);

#endif
