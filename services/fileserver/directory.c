/* Lookups of credentials, one statement each, and a table of fixed size that remembers them for [fileserver] credential_cache. */
#include "directory.h"

#include <stdlib.h>

#include "hms/base/map.h"

#define SLOTS 8192
#define ANEW_AFTER_MS 1000
#define LIST_MAX 16384

/* A row a credential; a device without any has one row with null. An alias has the canonical id beside it. */
static const struct hms_pg_stmt stmt_device_auth = {
	.name = "fs_device_auth",
	.sql = "select a.canonical_id, c.sealed from api_v1.device_auth a left join lateral unnest(a.credentials) as c(sealed) on true"
	       " where a.device_id = $1",
};

struct entry {
	struct hms_device_id asked, device;
	uint64_t at_ms;
	bool used, known;
	struct hms_buf list; /* as hms_credential_list_add() makes it */
};

struct fs_directory {
	struct fs *fs;
	struct entry entries[SLOTS]; /* a place by id; the newer one stays */
};

struct ask {
	struct fs_directory *directory;
	struct entry found;
	fs_directory_cb *cb;
	void *arg;
};

static struct entry *entry_of(struct fs_directory *d, struct hms_device_id id) { return &d->entries[hms_hash(id.b, sizeof(id.b)) % SLOTS]; }

static void tell(const struct entry *e, bool remembered, fs_directory_cb *cb, void *arg)
{
	struct fs_credentials found = { .known = e->known, .remembered = remembered, .device = e->device };
	struct hms_str rest = hms_buf_view(&e->list);

	while (found.count < HMS_CREDENTIALS_MAX && hms_credential_list_next(&rest, &found.sealed[found.count]) == 1)
		found.count++;
	cb(0, &found, arg);
}

static void remember(struct fs_directory *d, struct entry *found)
{
	struct entry *e = entry_of(d, found->asked);

	hms_buf_fini(&e->list);
	*e = *found;
	e->used = true;
	e->at_ms = hms_loop_now_ms(d->fs->loop);
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	struct ask *ask = arg;

	for (size_t row = 0; row < hms_pg_rows(res); row++) {
		ask->found.known = true;
		if (!hms_pg_is_null(res, row, 0))
			hms_pg_get_uuid(res, row, 0, ask->found.device.b);
		if (!hms_pg_is_null(res, row, 1))
			hms_credential_list_add(&ask->found.list, hms_pg_get_str(res, row, 1));
	}
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct ask *ask = arg;
	struct fs_directory *d = ask->directory;
	struct fs *fs = d->fs;

	if (err || ask->found.list.failed) {
		if (err && hms_log_allow(&fs->stores_log, 1, hms_loop_now_ms(fs->loop)))
			log_warn("devices cannot be looked up", KV_Z("error", err->text), KV_Z("sqlstate", err->sqlstate));
		FS_COUNT(&fs->m, lookups, "unavailable");
		hms_buf_fini(&ask->found.list);
		ask->cb(err ? HMS_EUNAVAIL : HMS_ENOMEM, NULL, ask->arg);
	} else {
		FS_COUNT(&fs->m, lookups, ask->found.known ? "found" : "unknown");
		remember(d, &ask->found);
		tell(&ask->found, false, ask->cb, ask->arg);
	}
	free(ask);
}

static void look_up(struct fs_directory *d, struct hms_device_id device, fs_directory_cb *cb, void *arg)
{
	struct hms_pg_batch *batch = hms_pg_is_up(d->fs->pg) ? hms_pg_batch_new(d->fs->pg) : NULL;
	struct ask *ask = batch ? calloc(1, sizeof(*ask)) : NULL;

	if (!ask) {
		hms_pg_batch_free(&batch);
		FS_COUNT(&d->fs->m, lookups, "unavailable");
		cb(HMS_EUNAVAIL, NULL, arg);
		return;
	}
	*ask = (struct ask){ .directory = d, .found = { .asked = device, .device = device }, .cb = cb, .arg = arg };
	hms_buf_init(&ask->found.list, LIST_MAX);
	hms_pg_stmt_begin(batch, &stmt_device_auth, on_rows, ask);
	hms_pg_p_uuid(batch, device.b);
	hms_pg_batch_send(batch, on_done, ask);
}

void fs_directory_ask(struct fs_directory *d, struct hms_device_id device, bool anew, fs_directory_cb *cb, void *arg)
{
	const struct entry *e = entry_of(d, device);
	uint64_t life = anew ? ANEW_AFTER_MS : (uint64_t)d->fs->conf->credential_cache;

	if (e->used && hms_device_id_eq(e->asked, device) && hms_loop_now_ms(d->fs->loop) - e->at_ms < life) {
		FS_COUNT(&d->fs->m, lookups, "cached");
		tell(e, true, cb, arg);
		return;
	}
	look_up(d, device, cb, arg);
}

struct fs_directory *fs_directory_new(struct fs *fs)
{
	struct fs_directory *d = calloc(1, sizeof(*d));

	if (d)
		d->fs = fs;
	return d;
}

void fs_directory_free(struct fs_directory **directory)
{
	struct fs_directory *d = *directory;

	*directory = NULL;
	if (!d)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		hms_buf_fini(&d->entries[i].list);
	free(d);
}
