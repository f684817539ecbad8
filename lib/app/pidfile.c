/* The pid file: appears whole or not at all, goes away with the process that it names. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app_internal.h"

static int write_number(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	bool good;

	if (fd < 0)
		return -1;
	good = dprintf(fd, "%d\n", (int)getpid()) > 0;
	if (close(fd) != 0 || !good) {
		unlink(path);
		return -1;
	}
	return 0;
}

int app_pidfile_write(const char *path, struct hms_err *err)
{
	char temporary[PATH_MAX];

	if (path[0] == '\0')
		return 0;
	if (snprintf(temporary, sizeof(temporary), "%s.%d", path, (int)getpid()) >= (int)sizeof(temporary))
		return hms_err_set(err, HMS_EINVAL, "service.pid_file: the path is too long");
	if (write_number(temporary) == 0 && rename(temporary, path) == 0)
		return 0;
	hms_err_set(err, HMS_EIO, "service.pid_file: %.256s: %s", path, strerror(errno));
	unlink(temporary);
	return HMS_EIO;
}

void app_pidfile_remove(const char *path)
{
	char text[32];
	ssize_t n;
	int fd;

	if (path[0] == '\0')
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (strtol(text, NULL, 10) == (long)getpid())
		unlink(path);
}
