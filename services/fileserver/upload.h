/** One upload: who may, its bytes, its record. An answered upload is a kept upload (contracts 5). */
#ifndef FS_UPLOAD_H
#define FS_UPLOAD_H

#include "access.h"
#include "multipart.h"

/*  state    what is waited for                   leaves to
 *  ASK      who it is (the request is paused)    BODY, OVER (refused, gone)
 *  BODY     the end of the body                  END (stored), RECORD (small), OVER (refused, cut)
 *  END      the bytes are safe on disk           COMMIT, OVER (refused, gone)
 *  COMMIT   the file has its name                RECORD, OVER (failed)
 *  RECORD   Kafka's acknowledgement              OVER (answered)
 *  OVER     nothing: freed when the request has ended and nothing is pending */
enum fs_upload_state { FS_UP_ASK, FS_UP_BODY, FS_UP_END, FS_UP_COMMIT, FS_UP_RECORD, FS_UP_OVER };

struct fs_upload {
	struct hms_list node;
	struct fs *fs;
	const struct fs_listener *listener;
	struct hms_http_req *req; /* NULL: ended, or answered */
	enum fs_upload_state state;
	unsigned pending; /* callbacks that will come */
	struct fs_access access;
	struct fs_cap *device_cap, *source_cap;
	unsigned kind; /* Hms__FileEvent__Kind */
	uint64_t command_id;
	uint64_t began_us; /* monotonic */
	bool is_put, body_done;

	struct hms_str name; /* in the request's arena, as the next two */
	struct hms_str content_type, content_encoding;
	bool is_multipart;
	struct fs_multipart multipart;

	struct hms_buf body; /* as long as it may travel in the record; later: the record */
	struct hms_storage_put *put;
	uint64_t size;
	uint8_t sha256[32];
	char ref[HMS_STORAGE_REF_MAX + 1]; /* "": in the record */
};

/** @param grant  of the signed URL; NULL: the user name says who it is.  @param tail  of the path; p NULL: none. */
void fs_upload_begin(const struct fs_listener *listener, struct hms_http_req *req, const struct hms_file_grant *grant, struct hms_str tail);
/** Answers it (if the device is still there), drops what there is of it. */
void fs_upload_refuse(struct fs_upload *u, enum fs_reason why);
/** Frees it when nothing holds it any more. */
void fs_upload_release(struct fs_upload *u);
/** Lets go of all, at the end; what has been received in full may still be kept. */
void fs_uploads_close(struct fs *fs);

/* upload_body.c */
/** Takes a piece of the body; refuses the upload when it cannot. */
void fs_upload_body(struct hms_http_req *req, const char *data, size_t len, void *arg);
/** The body is complete. */
void fs_upload_complete(struct hms_http_req *req, void *arg);
/** After access is granted: prepares for the body. Returns why not. */
enum fs_reason fs_upload_open(struct fs_upload *u);

/* upload_record.c */
/** Sends the record; the upload is answered when it has been acknowledged. */
void fs_upload_record(struct fs_upload *u);
/** Makes the record of a stored upload while the names are still there. Returns 0 or HMS_E. */
int fs_upload_pack(struct fs_upload *u);

#endif
