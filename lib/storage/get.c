/* Gets: a file is opened and read on threads, one piece at a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

struct hms_storage_get {
	struct hms_work work;
	struct hms_storage *storage;
	const struct hms_storage_get_cb *cb;
	void *arg;
	bool busy, freed;
	int code, fd;
	uint64_t size, offset;
	size_t want, got;
	char *data;
	char ref[HMS_STORAGE_REF_MAX + 1];
};

static void release(struct hms_storage_get *get)
{
	struct hms_storage *storage = get->storage;

	if (get->fd >= 0)
		close(get->fd);
	free(get->data);
	free(get);
	storage_unref(storage);
}

/* ---- on a thread ---- */
static void open_file(void *arg)
{
	struct hms_storage_get *get = arg;
	struct stat st;

	if (!hms_storage_ref_ok(hms_str(get->ref))) {
		get->code = HMS_ENOENT;
		return;
	}
	get->fd = openat(get->storage->root_fd, get->ref, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (get->fd < 0)
		get->code = errno == ENOENT || errno == ENOTDIR ? HMS_ENOENT : HMS_EIO;
	else if (fstat(get->fd, &st) != 0)
		get->code = HMS_EIO;
	else if (!S_ISREG(st.st_mode))
		get->code = HMS_ENOENT;
	else
		get->size = (uint64_t)st.st_size;
}

static void read_piece(void *arg)
{
	struct hms_storage_get *get = arg;

	get->got = 0;
	while (get->got < get->want) {
		ssize_t n = pread(get->fd, get->data + get->got, get->want - get->got, (off_t)(get->offset + get->got));

		if (n == 0)
			return;
		if (n < 0 && errno != EINTR) {
			get->code = HMS_EIO;
			return;
		}
		if (n > 0)
			get->got += (size_t)n;
	}
}

/* ---- on the loop ---- */
static void opened(void *arg)
{
	struct hms_storage_get *get = arg;

	get->busy = false;
	if (get->freed)
		release(get);
	else
		get->cb->opened(get->code, get->size, get->arg);
}

static void have_read(void *arg)
{
	struct hms_storage_get *get = arg;

	get->busy = false;
	if (get->freed)
		release(get);
	else
		get->cb->read(get->code, get->data, get->got, get->arg);
}

struct hms_storage_get *hms_storage_get_new(struct hms_storage *storage, struct hms_str ref, const struct hms_storage_get_cb *cb, void *arg)
{
	struct hms_storage_get *get = calloc(1, sizeof(*get));
	size_t len = ref.len <= HMS_STORAGE_REF_MAX ? ref.len : 0;

	if (!get)
		return NULL;
	get->data = malloc(HMS_STORAGE_READ_MAX);
	if (!get->data) {
		free(get);
		return NULL;
	}
	get->storage = storage;
	get->cb = cb;
	get->arg = arg;
	get->fd = -1;
	memcpy(get->ref, ref.p ? ref.p : "", len);
	storage_ref(storage);
	get->busy = true;
	hms_work_run(&get->work, storage->loop, open_file, opened, get);
	return get;
}

void hms_storage_get_read(struct hms_storage_get *get, uint64_t offset, size_t len)
{
	get->offset = offset;
	get->want = len < HMS_STORAGE_READ_MAX ? len : HMS_STORAGE_READ_MAX;
	get->busy = true;
	hms_work_run(&get->work, get->storage->loop, read_piece, have_read, get);
}

void hms_storage_get_free(struct hms_storage_get **get)
{
	struct hms_storage_get *g = *get;

	*get = NULL;
	if (!g)
		return;
	g->freed = true;
	if (!g->busy)
		release(g);
}
