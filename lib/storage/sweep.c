/* Parts that nobody will finish: of a process that has died. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hms/log/log.h"
#include "internal.h"

static bool is_dead(int fd, const char *name, const char *owner, bool own, int64_t age_ms)
{
	struct stat st;

	if (own && strncmp(name, owner, STORAGE_OWNER_LEN) == 0)
		return true;
	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > age_ms / 1000;
}

void storage_sweep(int root_fd, const char *owner, bool own, int64_t age_ms)
{
	int fd = openat(root_fd, STORAGE_PART_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	unsigned removed = 0;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' && is_dead(fd, entry->d_name, owner, own, age_ms))
			removed += unlinkat(fd, entry->d_name, 0) == 0;
	closedir(folder);
	if (removed)
		log_info("parts of uploads that never ended were removed", KV_U("count", removed));
}
