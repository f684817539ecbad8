/* Puts: one job on a thread at a time, while the next bytes gather; a part becomes a file by one rename. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hms/base/buf.h"
#include "hms/base/encode.h"
#include "hms/base/failpoint.h"
#include "hms/crypto/crypto.h"
#include "internal.h"

#define CHUNK_BYTES 262144
/* What is handed over at once may be larger than a chunk: a body that outgrew its record. */
#define GATHER_MAX (4 * 1024 * 1024)
#define PART_NAME_MAX 64

enum job { JOB_WRITE, JOB_END, JOB_COMMIT, JOB_DROP };

struct hms_storage_put {
	struct hms_work work;
	struct hms_storage *storage;
	const struct hms_storage_put_cb *cb;
	void *arg;
	struct hms_buf gather;	/* of the loop */
	struct hms_buf writing; /* of the job */
	enum job job;
	bool busy, ending, dropped, told_full;
	int code;
	int fd;
	struct hms_hasher *hasher;
	uint64_t size;
	uint8_t sha256[32];
	char part[PART_NAME_MAX];
	char ref[HMS_STORAGE_REF_MAX + 1];
};

/* ---- on a thread ---- */
static int part_open(struct hms_storage_put *put)
{
	if (put->fd >= 0)
		return 0;
	put->fd = openat(put->storage->root_fd, put->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return put->fd < 0 ? storage_error(errno) : 0;
}

static int part_write(struct hms_storage_put *put)
{
	size_t done = 0;
	int rc = part_open(put);

	while (HMS_FAILPOINT("storage.write")) /* a slow disk */
		usleep(1000);
	if (rc)
		return rc;
	hms_hasher_add(put->hasher, put->writing.p, put->writing.len);
	while (done < put->writing.len) {
		ssize_t n = write(put->fd, put->writing.p + done, put->writing.len - done);

		if (n < 0 && errno != EINTR)
			return storage_error(errno);
		if (n > 0)
			done += (size_t)n;
	}
	put->size += done;
	return 0;
}

static int part_end(struct hms_storage_put *put)
{
	int rc = part_write(put);

	if (rc)
		return rc;
	hms_hasher_end(put->hasher, put->sha256);
	return fsync(put->fd) == 0 ? 0 : storage_error(errno);
}

static int sync_folder(int root_fd, const char *path)
{
	int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return storage_error(errno);
	if (fsync(fd) != 0)
		rc = storage_error(errno);
	close(fd);
	return rc;
}

/* A new folder is safe once the one above it has been written. */
static int make_folder(int root_fd, const char *path)
{
	char above[HMS_STORAGE_REF_MAX + 1];
	char *slash;

	if (mkdirat(root_fd, path, 0700) != 0)
		return errno == EEXIST ? 0 : storage_error(errno);
	strcpy(above, path);
	slash = strrchr(above, '/');
	if (slash)
		*slash = 0;
	return sync_folder(root_fd, slash ? above : ".");
}

static int part_commit(struct hms_storage_put *put)
{
	int root = put->storage->root_fd, rc = 0;
	char path[HMS_STORAGE_REF_MAX + 1];

	if (!hms_storage_ref_ok(hms_str(put->ref)))
		return HMS_EINVAL;
	strcpy(path, put->ref);
	for (char *p = strchr(path, '/'); p && rc == 0; p = strchr(p + 1, '/')) {
		*p = 0;
		rc = make_folder(root, path);
		*p = '/';
	}
	if (rc == 0 && renameat(root, put->part, root, put->ref) != 0)
		rc = storage_error(errno);
	if (rc == 0) {
		char *slash = strrchr(path, '/');

		put->part[0] = 0;
		if (slash)
			*slash = 0;
		rc = sync_folder(root, slash ? path : ".");
	}
	return rc;
}

static void part_remove(struct hms_storage_put *put)
{
	if (put->fd < 0)
		return;
	close(put->fd);
	put->fd = -1;
	if (put->part[0])
		unlinkat(put->storage->root_fd, put->part, 0);
}

static void work(void *arg)
{
	static int (*const jobs[])(
		struct hms_storage_put *) = { [JOB_WRITE] = part_write, [JOB_END] = part_end, [JOB_COMMIT] = part_commit };
	struct hms_storage_put *put = arg;

	if (put->job != JOB_DROP && put->code == 0)
		put->code = jobs[put->job](put);
	if (put->job == JOB_COMMIT || put->job == JOB_DROP)
		part_remove(put);
}

/* ---- on the loop ---- */
static void put_free(struct hms_storage_put *put)
{
	struct hms_storage *storage = put->storage;

	hms_buf_fini(&put->gather);
	hms_buf_fini(&put->writing);
	hms_hasher_free(&put->hasher);
	free(put);
	storage_unref(storage);
}

static void done(void *arg);

static void start(struct hms_storage_put *put, enum job job)
{
	put->busy = true;
	put->job = job;
	hms_work_run(&put->work, put->storage->loop, work, done, put);
}

static void swap(struct hms_storage_put *put)
{
	struct hms_buf full = put->gather;

	hms_buf_reset(&put->writing);
	put->gather = put->writing;
	put->writing = full;
}

static void go_on(struct hms_storage_put *put)
{
	if (put->dropped) {
		start(put, JOB_DROP);
	} else if (put->ending) {
		put->ending = false;
		swap(put);
		start(put, JOB_END);
	} else if (put->gather.len >= CHUNK_BYTES && put->code == 0) {
		swap(put);
		start(put, JOB_WRITE);
	}
}

static void tell(struct hms_storage_put *put, enum job job)
{
	if (job == JOB_END)
		put->cb->ended(put->code, put->size, put->sha256, put->arg);
	else if (put->told_full) {
		put->told_full = false;
		put->cb->drained(put->arg);
	}
}

static void done(void *arg)
{
	struct hms_storage_put *put = arg;
	enum job job = put->job;

	put->busy = false;
	if (job == JOB_DROP || (job == JOB_COMMIT && put->dropped)) {
		put_free(put);
	} else if (job == JOB_COMMIT) {
		put->cb->committed(put->code, put->arg);
		put_free(put);
	} else {
		go_on(put);
		if (!put->dropped)
			tell(put, job);
	}
}

struct hms_storage_put *hms_storage_put_new(struct hms_storage *storage, const struct hms_storage_put_cb *cb, void *arg)
{
	struct hms_storage_put *put = calloc(1, sizeof(*put));
	uint8_t random[8];
	char hex[2 * sizeof(random) + 1];

	if (!put)
		return NULL;
	put->hasher = hms_hasher_new(HMS_HASH_SHA256);
	if (!put->hasher) {
		free(put);
		return NULL;
	}
	put->storage = storage;
	put->cb = cb;
	put->arg = arg;
	put->fd = -1;
	hms_buf_init(&put->gather, GATHER_MAX);
	hms_buf_init(&put->writing, GATHER_MAX);
	hms_random(random, sizeof(random));
	hms_hex(random, sizeof(random), hex);
	snprintf(put->part, sizeof(put->part), STORAGE_PART_FOLDER "/%s-%s.part", storage->owner, hex);
	storage_ref(storage);
	return put;
}

int hms_storage_put_add(struct hms_storage_put *put, const void *data, size_t len)
{
	if (!put->busy && put->code)
		return put->code;
	if (!hms_storage_has_room(put->storage, len))
		return HMS_EFULL;
	put->storage->put_bytes += len;
	hms_buf_add(&put->gather, data, len);
	if (put->gather.failed)
		return put->gather.failed;
	if (!put->busy)
		go_on(put);
	else
		put->told_full = put->gather.len >= CHUNK_BYTES;
	return put->told_full ? HMS_EAGAIN : 0;
}

void hms_storage_put_end(struct hms_storage_put *put)
{
	put->ending = true;
	if (!put->busy)
		go_on(put);
}

void hms_storage_put_commit(struct hms_storage_put *put, struct hms_str ref)
{
	size_t len = ref.len <= HMS_STORAGE_REF_MAX ? ref.len : 0;

	memcpy(put->ref, ref.p, len);
	put->ref[len] = 0;
	start(put, JOB_COMMIT);
}

void hms_storage_put_drop(struct hms_storage_put **put)
{
	struct hms_storage_put *p = *put;

	*put = NULL;
	if (!p)
		return;
	p->dropped = true;
	if (!p->busy)
		go_on(p);
}
