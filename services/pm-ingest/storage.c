/* Files too large for a record lie in the storage that all file servers share. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "batch.h"

enum { PIECE_BYTES = 256 * 1024 };

/* Of ours: a relative path of plain parts. */
static bool ref_ok(const char *ref)
{
	return ref[0] && ref[0] != '/' && ref[0] != '.' && !strstr(ref, "/.") && !strstr(ref, "//") && strlen(ref) < 512;
}

static int feed(int fd, struct hms_pm_reader *reader)
{
	static char piece[PIECE_BYTES];
	ssize_t n;

	do {
		n = read(fd, piece, sizeof(piece));
	} while ((n > 0 && hms_pm_reader_feed(reader, piece, (size_t)n) == 0) || (n < 0 && errno == EINTR));
	return n < 0 ? HMS_EIO : 0;
}

int pmi_storage_feed(const char *folder, const char *ref, struct hms_pm_reader *reader)
{
	int dir, fd, rc;

	if (!folder[0] || !ref_ok(ref))
		return HMS_ENOENT;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return HMS_EIO; /* not mounted: it comes again */
	fd = openat(dir, ref, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	rc = fd >= 0 ? 0 : errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? HMS_ENOENT : HMS_EIO;
	close(dir);
	if (fd < 0)
		return rc;
	rc = feed(fd, reader);
	close(fd);
	return rc;
}
