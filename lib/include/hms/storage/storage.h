/** Where large files lie: put as a stream, get as a stream, delete, free space. A folder that several processes share (a volume) is what there is
 *  now; an object store fits the same calls. Files are named by a ref, do not change once they are there, and appear whole or not at all; so
 *  there is nothing to lock: who puts the same ref twice puts the same bytes. One loop thread; disks are waited for on the loop's pool of
 *  threads. */
#ifndef HMS_STORAGE_STORAGE_H
#define HMS_STORAGE_STORAGE_H

#include "hms/base/str.h"
#include "hms/conf/conf.h"
#include "hms/loop/loop.h"

struct hms_storage_conf {
#include "hms/conf/fields.inc"
#include "hms/storage/config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section hms_storage_conf_section; /* [storage] */

#define HMS_STORAGE_REF_MAX 200

struct hms_storage;
/** @param owner  who puts, unique in the installation (the instance): what it left half stored when it died is removed here. NULL: a reader; nothing is
 *  created, removed or probed. Blocks; start-up only. NULL with the reason in err. conf must outlive it. */
struct hms_storage *hms_storage_open(struct hms_loop *loop, const struct hms_storage_conf *conf, const char *owner, struct hms_err *err);
void hms_storage_set_conf(struct hms_storage *storage, const struct hms_storage_conf *conf);
/** Every put and get must have ended or been dropped; what they still do on threads ends by itself. */
void hms_storage_close(struct hms_storage **storage);

/** As of the last look: whether it can be written, bytes free, and whether so many more leave free_min_bytes. */
bool hms_storage_writable(const struct hms_storage *storage);
uint64_t hms_storage_free_bytes(const struct hms_storage *storage);
bool hms_storage_has_room(const struct hms_storage *storage, uint64_t bytes);

/** Whether a text can be a ref: parts of letters, digits, '.', '_', '-' that begin with a letter or digit, with '/' between them. */
bool hms_storage_ref_ok(struct hms_str ref);

/* ---- put ---- */
struct hms_storage_put;
struct hms_storage_put_cb {
	/** There is room again after HMS_EAGAIN; also when it has failed. */
	void (*drained)(void *arg);
	/** Answers hms_storage_put_end(): 0, or HMS_EFULL (the disk), HMS_EIO, HMS_ENOMEM. All bytes are safe but have no name yet. */
	void (*ended)(int code, uint64_t size, const uint8_t sha256[32], void *arg);
	/** Answers hms_storage_put_commit(): 0: the file is there under its ref and survives a power failure; or as above. The put is gone. */
	void (*committed)(int code, void *arg);
};
/** NULL when out of memory. */
struct hms_storage_put *hms_storage_put_new(struct hms_storage *storage, const struct hms_storage_put_cb *cb, void *arg);
/** Copies. Returns 0, HMS_EAGAIN (taken; wait for drained before the next), or a code as above: drop it. */
int hms_storage_put_add(struct hms_storage_put *put, const void *data, size_t len);
/** No more follows. ended runs once, later. */
void hms_storage_put_end(struct hms_storage_put *put);
/** After ended with 0. committed runs once, later, with HMS_EINVAL for what is no ref. */
void hms_storage_put_commit(struct hms_storage_put *put, struct hms_str ref);
/** At any time before hms_storage_put_commit(), also after a failure: nothing is left and no callback runs any more. Frees. Later than that it only keeps
 *  committed from running. */
void hms_storage_put_drop(struct hms_storage_put **put);

/* ---- get ---- */
struct hms_storage_get;
struct hms_storage_get_cb {
	/** 0 with the size, or HMS_ENOENT, HMS_EIO. */
	void (*opened)(int code, uint64_t size, void *arg);
	/** Answers hms_storage_get_read(): the bytes, valid until the next read; fewer than asked for only at the end of the file. */
	void (*read)(int code, const char *data, size_t len, void *arg);
};
/** NULL when out of memory; what is no ref is HMS_ENOENT. */
struct hms_storage_get *hms_storage_get_new(struct hms_storage *storage, struct hms_str ref, const struct hms_storage_get_cb *cb,
					    void *arg);
#define HMS_STORAGE_READ_MAX 262144
/** One at a time, after opened with 0. len is cut to HMS_STORAGE_READ_MAX. */
void hms_storage_get_read(struct hms_storage_get *get, uint64_t offset, size_t len);
/** At any time; no callback runs any more. */
void hms_storage_get_free(struct hms_storage_get **get);

/* ---- the rest ---- */
/** done (may be NULL): 0 (also when there is no such file) or HMS_EIO. Returns 0, HMS_EINVAL, HMS_ENOMEM: then done does not run. */
int hms_storage_delete(struct hms_storage *storage, struct hms_str ref, void (*done)(int code, void *arg), void *arg);
/** Bytes of all files whose refs begin with folder and "/". Returns 0, HMS_EINVAL, HMS_ENOMEM. Walks the folder. */
int hms_storage_usage(struct hms_storage *storage, struct hms_str folder, void (*done)(int code, uint64_t bytes, void *arg), void *arg);

#endif
