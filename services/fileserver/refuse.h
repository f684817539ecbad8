/** Answers that say no. */
#ifndef FS_REFUSE_H
#define FS_REFUSE_H

#include "fs.h"

enum fs_reason {
	FS_FINE,
#define FS_REASON(id, status, label, text) FS_NO_##id,
#include "reasons.def"
#undef FS_REASON
};

struct fs_refusal {
	const struct fs_listener *listener;
	enum fs_reason why;
	bool is_download;
	bool body_done;		     /* the request's body is complete */
	enum hms_auth_policy policy; /* AUTH: what is asked for */
	bool stale;		     /* AUTH: its nonce was too old */
	uint64_t size;		     /* RANGE: of the file */
};
/** Answers req, now or when its body has been read; takes its callbacks over. */
void fs_refuse(struct hms_http_req *req, const struct fs_refusal *refusal);

#endif
