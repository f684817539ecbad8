/* A file that is read again when it has changed. */
#include <stdlib.h>
#include <sys/stat.h>

#include "tls_internal.h"

/* Zeros when it is not there: it is being replaced, or comes later. */
static struct tls_stamp stamp_of(const char *file)
{
	struct stat st;

	if (!file[0] || stat(file, &st)) {
		return (struct tls_stamp){ 0 };
	}
	return (struct tls_stamp){ st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (int64_t)st.st_size, (uint64_t)st.st_ino };
}

bool tls_watched_set(struct tls_watched *watched, struct hms_str file)
{
	watched->file = hms_str_dup(file);
	if (!watched->file) {
		return false;
	}
	watched->stamp = stamp_of(watched->file);
	return true;
}

bool tls_watched_changed(struct tls_watched *watched)
{
	const struct tls_stamp now = stamp_of(watched->file), none = { 0 };

	if (memcmp(&now, &watched->stamp, sizeof(now)) == 0 || memcmp(&now, &none, sizeof(now)) == 0) {
		return false;
	}
	watched->stamp = now;
	return true;
}

void tls_watched_fini(struct tls_watched *watched) { free(watched->file); }
