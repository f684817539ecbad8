/** One download: the file's row, its range, its bytes. */
#ifndef FS_DOWNLOAD_H
#define FS_DOWNLOAD_H

#include "access.h"
#include "range.h"

struct fs_download {
	struct hms_list node;
	struct fs *fs;
	const struct fs_listener *listener;
	struct hms_http_req *req; /* NULL: ended, or refused */
	unsigned pending;	  /* callbacks that will come */
	struct fs_access access;
	struct fs_cap *cap; /* of the device */
	struct hms_file_grant grant;
	bool is_head, found, expired, foreign;
	bool crowded; /* no memory is left for the body */

	char *type, *ref; /* of the row, in the request's arena; ref NULL: the body is in the row */
	struct hms_buf body;
	uint64_t counted; /* of the body, in fs->download_bytes */
	uint64_t size;
	char etag[67]; /* the SHA-256 in quotes */
	int64_t created_us;

	struct fs_range range;
	enum fs_range_kind kind;
	struct hms_storage_get *get;
	uint64_t sent; /* of the range */
	bool reading, begun;
	const char *piece; /* read, not yet taken by the connection */
	size_t piece_len;
};

/** Serves GET and HEAD of a signed URL. */
void fs_download_begin(const struct fs_listener *listener, struct hms_http_req *req, const struct hms_file_grant *grant);
void fs_download_refuse(struct fs_download *d, enum fs_reason why);
void fs_download_release(struct fs_download *d);
/** Lets go of all, at the end. */
void fs_downloads_close(struct fs *fs);

/* download_send.c */
/** The row is known: headers and bytes. */
void fs_download_send(struct fs_download *d);
/** The connection takes more. */
void fs_download_drained(struct hms_http_req *req, void *arg);

#endif
