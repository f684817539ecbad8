/** Reads multipart/form-data (RFC 7578) as it comes: of all parts the file, or a field when there is no file. No I/O. */
#ifndef FS_MULTIPART_H
#define FS_MULTIPART_H

#include "hms/base/arena.h"
#include "hms/base/buf.h"

struct fs_multipart_cb {
	/** A part that may be the file begins: what has come before is not. The headers of the part, valid for ever (arena); p NULL: absent. */
	void (*begin)(struct hms_str disposition, struct hms_str content_type, void *arg);
	void (*data)(const char *data, size_t len, void *arg);
};

enum fs_multipart_state {
	FS_MULTIPART_SEEK,
	FS_MULTIPART_AFTER,
	FS_MULTIPART_HEADERS,
	FS_MULTIPART_DATA,
	FS_MULTIPART_END,
	FS_MULTIPART_BAD
};
#define FS_BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */

struct fs_multipart {
	struct hms_arena *arena;
	const struct fs_multipart_cb *cb;
	void *arg;
	enum fs_multipart_state state;
	char delimiter[FS_BOUNDARY_MAX + 5]; /* CR LF - - boundary */
	size_t delimiter_len;
	struct hms_buf held; /* not decided yet */
	bool has_file;	     /* the part taken has a file name: the first such one stays */
	bool has_part, taking;
	unsigned parts;
};

/** Returns 0, HMS_ESYNTAX (no usable boundary) or HMS_ENOMEM. Then fs_multipart_fini() is needed. */
int fs_multipart_init(struct fs_multipart *m, struct hms_arena *arena, struct hms_str content_type, const struct fs_multipart_cb *cb,
		      void *arg);
void fs_multipart_fini(struct fs_multipart *m);
/** Returns 0, HMS_ESYNTAX, HMS_ETOOBIG (headers of a part, too many parts), HMS_ENOMEM. */
int fs_multipart_feed(struct fs_multipart *m, const char *data, size_t len);
/** At the end of the body: 0, or HMS_ESYNTAX: it is cut, or has no part. */
int fs_multipart_finish(const struct fs_multipart *m);

#endif
