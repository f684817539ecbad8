/* The local folder as a storage: opening, the look at its health, closing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"
#include "hms/log/log.h"
#include "internal.h"

static const struct hms_conf_key storage_keys[] = {
#define CONF_OWNER struct hms_storage_conf
#include "hms/conf/rows.inc"
#include "hms/storage/config.def"
#include "hms/conf/end.inc"
};
const struct hms_conf_section hms_storage_conf_section =
	HMS_CONF_SECTION("storage", storage_keys, struct hms_storage_conf, "Where files too large for a record of Kafka lie.");

int storage_error(int number)
{
	if (number == ENOSPC || number == EDQUOT || number == EFBIG)
		return HMS_EFULL;
	return number == ENOENT || number == ENOTDIR ? HMS_ENOENT : number == ENOMEM ? HMS_ENOMEM : HMS_EIO;
}

void storage_ref(struct hms_storage *storage) { storage->users++; }

void storage_unref(struct hms_storage *storage)
{
	if (--storage->users > 0 || !storage->closed)
		return;
	close(storage->root_fd);
	free(storage);
}

/* ---- health ---- */
struct probe {
	struct hms_work work;
	struct hms_storage *storage;
	int root_fd;
	char owner[STORAGE_OWNER_LEN + 1];
	int64_t part_age_ms; /* 0: no sweep this time */
	uint64_t free_bytes;
	uint64_t put_bytes; /* that have come before the look */
	bool writable;
};

/* A full disk can be written, as far as this goes: what does not fit is refused by the space that is left. */
static bool try_write(int root_fd, const char *owner)
{
	char name[64];
	int fd;
	bool ok;

	snprintf(name, sizeof(name), STORAGE_PART_FOLDER "/%s.probe", owner);
	fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOSPC;
	ok = write(fd, "", 1) == 1 || errno == ENOSPC;
	ok = close(fd) == 0 && ok;
	return unlinkat(root_fd, name, 0) == 0 && ok;
}

static void probe_look(void *arg)
{
	struct probe *probe = arg;
	struct statvfs st;

	probe->free_bytes = fstatvfs(probe->root_fd, &st) == 0 ? (uint64_t)st.f_bavail * st.f_frsize : 0;
	probe->writable = try_write(probe->root_fd, probe->owner);
	if (probe->part_age_ms)
		storage_sweep(probe->root_fd, probe->owner, false, probe->part_age_ms);
}

static void probe_take(struct hms_storage *s, const struct probe *probe)
{
	if (s->writable && !probe->writable)
		log_error("the storage cannot be written", KV_Z("root", s->conf->root));
	s->free_bytes = probe->free_bytes;
	s->put_bytes -= probe->put_bytes;
	s->writable = probe->writable;
}

static void probe_done(void *arg)
{
	struct probe *probe = arg;
	struct hms_storage *s = probe->storage;

	if (!s->closed) {
		probe_take(s, probe);
		hms_timer_start(&s->probe, (uint64_t)s->conf->probe_interval);
	}
	free(probe);
	storage_unref(s);
}

static void probe_fill(struct hms_storage *s, struct probe *probe)
{
	uint64_t now = hms_loop_now_ms(s->loop);

	*probe = (struct probe){ .storage = s, .root_fd = s->root_fd, .put_bytes = s->put_bytes };
	memcpy(probe->owner, s->owner, sizeof(probe->owner));
	if (now - s->swept_ms >= (uint64_t)s->conf->part_age / 4) {
		s->swept_ms = now;
		probe->part_age_ms = s->conf->part_age;
	}
}

static void on_probe(struct hms_timer *timer, void *arg)
{
	struct hms_storage *s = arg;
	struct probe *probe = malloc(sizeof(*probe));

	if (!probe) {
		hms_timer_start(timer, (uint64_t)s->conf->probe_interval);
		return;
	}
	probe_fill(s, probe);
	storage_ref(s);
	hms_work_run(&probe->work, s->loop, probe_look, probe_done, probe);
}

/* ---- opening ---- */
static int open_root(struct hms_storage *s, bool make, struct hms_err *err)
{
	const char *root = s->conf->root;

	if (!root[0])
		return hms_err_set(err, HMS_EINVAL, "[storage] root is not set");
	if (make && mkdir(root, 0700) != 0 && errno != EEXIST)
		return hms_err_set(err, HMS_EIO, "[storage] root: %s: %m", root);
	s->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root_fd < 0)
		return hms_err_set(err, HMS_EIO, "[storage] root: %s: %m", root);
	if (make && mkdirat(s->root_fd, STORAGE_PART_FOLDER, 0700) != 0 && errno != EEXIST)
		return hms_err_set(err, HMS_EIO, "[storage] root: %s/%s: %m", root, STORAGE_PART_FOLDER);
	return 0;
}

static int open_owned(struct hms_storage *s, const char *owner, struct hms_err *err)
{
	struct probe probe;
	uint8_t hash[32];

	hms_sha256(owner, strlen(owner), hash);
	hms_hex(hash, STORAGE_OWNER_LEN / 2, s->owner);
	storage_sweep(s->root_fd, s->owner, true, s->conf->part_age);
	s->swept_ms = hms_loop_now_ms(s->loop);
	probe_fill(s, &probe);
	probe_look(&probe);
	probe_take(s, &probe);
	if (!s->writable)
		return hms_err_set(err, HMS_EIO, "[storage] root: %s cannot be written", s->conf->root);
	hms_timer_start(&s->probe, (uint64_t)s->conf->probe_interval);
	return 0;
}

struct hms_storage *hms_storage_open(struct hms_loop *loop, const struct hms_storage_conf *conf, const char *owner, struct hms_err *err)
{
	struct hms_storage *s = calloc(1, sizeof(*s));
	int rc;

	if (!s) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	s->loop = loop;
	s->conf = conf;
	s->root_fd = -1;
	hms_timer_init(&s->probe, loop, on_probe, s);
	rc = open_root(s, owner != NULL, err);
	if (rc == 0 && owner)
		rc = open_owned(s, owner, err);
	if (rc == 0)
		return s;
	if (s->root_fd >= 0)
		close(s->root_fd);
	free(s);
	return NULL;
}

void hms_storage_set_conf(struct hms_storage *storage, const struct hms_storage_conf *conf) { storage->conf = conf; }

void hms_storage_close(struct hms_storage **storage)
{
	struct hms_storage *s = *storage;

	*storage = NULL;
	if (!s)
		return;
	hms_timer_stop(&s->probe);
	storage_ref(s);
	s->closed = true;
	storage_unref(s);
}

bool hms_storage_writable(const struct hms_storage *storage) { return storage->writable; }

uint64_t hms_storage_free_bytes(const struct hms_storage *storage) { return storage->free_bytes; }

bool hms_storage_has_room(const struct hms_storage *storage, uint64_t bytes)
{
	uint64_t keep = (uint64_t)storage->conf->free_min_bytes + storage->put_bytes;

	return storage->free_bytes >= keep && storage->free_bytes - keep >= bytes;
}
