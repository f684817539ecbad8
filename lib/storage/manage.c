/* Deleting, and how much a folder holds. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define DEPTH_MAX 8

struct task {
	struct hms_work work;
	struct hms_storage *storage;
	void (*deleted)(int code, void *arg);
	void (*counted)(int code, uint64_t bytes, void *arg);
	void *arg;
	int code;
	uint64_t bytes;
	char ref[HMS_STORAGE_REF_MAX + 1];
};

/* ---- on a thread ---- */
static void delete_file(void *arg)
{
	struct task *task = arg;

	if (unlinkat(task->storage->root_fd, task->ref, 0) != 0 && errno != ENOENT && errno != ENOTDIR)
		task->code = HMS_EIO;
}

static uint64_t count_folder(int at, const char *name, unsigned depth);

static uint64_t count_entry(int at, const char *name, unsigned depth)
{
	struct stat st;

	if (name[0] == '.' || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return depth > 0 ? count_folder(at, name, depth - 1) : 0;
	return S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static uint64_t count_folder(int at, const char *name, unsigned depth)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	uint64_t bytes = 0;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(folder)))
		bytes += count_entry(fd, entry->d_name, depth);
	closedir(folder);
	return bytes;
}

static void count(void *arg)
{
	struct task *task = arg;

	task->bytes = count_folder(task->storage->root_fd, task->ref, DEPTH_MAX);
}

/* ---- on the loop ---- */
static void done(void *arg)
{
	struct task *task = arg;
	struct hms_storage *storage = task->storage;

	if (task->deleted && !storage->closed)
		task->deleted(task->code, task->arg);
	if (task->counted && !storage->closed)
		task->counted(task->code, task->bytes, task->arg);
	free(task);
	storage_unref(storage);
}

static int run(struct hms_storage *storage, struct hms_str ref, const struct task *what, void (*work)(void *arg))
{
	struct task *task;

	if (!hms_storage_ref_ok(ref))
		return HMS_EINVAL;
	task = malloc(sizeof(*task));
	if (!task)
		return HMS_ENOMEM;
	*task = *what;
	task->storage = storage;
	memcpy(task->ref, ref.p, ref.len);
	storage_ref(storage);
	hms_work_run(&task->work, storage->loop, work, done, task);
	return 0;
}

int hms_storage_delete(struct hms_storage *storage, struct hms_str ref, void (*deleted)(int code, void *arg), void *arg)
{
	return run(storage, ref, &(struct task){ .deleted = deleted, .arg = arg }, delete_file);
}

int hms_storage_usage(struct hms_storage *storage, struct hms_str folder, void (*counted)(int code, uint64_t bytes, void *arg), void *arg)
{
	return run(storage, folder, &(struct task){ .counted = counted, .arg = arg }, count);
}
