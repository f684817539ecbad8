/* Named failpoints of test builds. */
#include "hms/base/failpoint.h"

#ifdef HMS_FAILPOINTS

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hms/base/map.h"

enum { SPEC_BYTES = 4096, NAMES_MAX = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hms_map *passages; /* name -> number of passages since the specification changed */
static struct {
	struct timespec mtime;
	ino_t inode;
} armed; /* which version of the file the passages belong to */

/* Reads the file into spec. A file that is written anew starts the count anew. */
static void read_spec_file(const char *path, char spec[SPEC_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	spec[0] = '\0';
	if (fd < 0)
		return;
	n = read(fd, spec, SPEC_BYTES - 1);
	spec[n > 0 ? n : 0] = '\0';
	if (fstat(fd, &st) == 0 && (st.st_ino != armed.inode || memcmp(&st.st_mtim, &armed.mtime, sizeof(armed.mtime)) != 0)) {
		armed.inode = st.st_ino;
		armed.mtime = st.st_mtim;
		hms_map_free(&passages);
	}
	close(fd);
}

static uintptr_t count_passage(struct hms_str name)
{
	uintptr_t n;

	if (!passages)
		passages = hms_map_new(NAMES_MAX);
	if (!passages)
		return 0;
	n = (uintptr_t)hms_map_get(passages, name.p, name.len) + 1;
	hms_map_put(passages, name.p, name.len, (void *)n);
	return n;
}

/* What the specification "name=action@n,..." orders for this passage; {NULL,0} for nothing. */
static struct hms_str ordered_action(struct hms_str spec, struct hms_str name)
{
	uintptr_t passage = count_passage(name);

	while (spec.p) {
		struct hms_str rest = hms_str_trim(hms_str_split(&spec, ','));
		struct hms_str entry_name = hms_str_split(&rest, '=');
		struct hms_str action = hms_str_split(&rest, '@');
		bool each = rest.p && hms_str_eqz(rest, "*");
		uint64_t at = 1;

		if (!hms_str_eq(entry_name, name))
			continue;
		if (rest.p && !each && hms_str_u64(rest, &at) < 0)
			continue;
		if (each || at == passage)
			return action;
	}
	return (struct hms_str){ NULL, 0 };
}

/* Before it acts, since a killed process cannot write. */
static void record_fired(const char *file, const char *name, struct hms_str action)
{
	char path[4096], line[512];
	int fd, n = snprintf(line, sizeof(line), "%s=%.*s pid=%d\n", name, HMS_STR_FMT(action), (int)getpid());

	snprintf(path, sizeof(path), "%s.fired", file);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1) < 0)
		perror(path);
	close(fd);
}

bool hms_failpoint(const char *name)
{
	const char *file = getenv("HMS_FAILPOINT_FILE"), *env = getenv("HMS_FAILPOINT");
	char spec[SPEC_BYTES];
	struct hms_str action;

	if (!file && !env)
		return false;
	pthread_mutex_lock(&lock);
	if (file)
		read_spec_file(file, spec);
	action = ordered_action(file ? hms_str(spec) : hms_str(env), hms_str(name));
	if (action.p && file)
		record_fired(file, name, action);
	pthread_mutex_unlock(&lock);
	if (!action.p)
		return false;
	if (hms_str_eqz(action, "kill"))
		kill(getpid(), SIGKILL);
	else if (hms_str_eqz(action, "stop"))
		kill(getpid(), SIGSTOP);
	return hms_str_eqz(action, "error");
}

#endif
