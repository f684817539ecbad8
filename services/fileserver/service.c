/* The file server as a service: what it is made of, how it starts, drains and ends. */
#include <string.h>

#include "account.h"
#include "directory.h"
#include "download.h"
#include "hms/device/event.h"
#include "listener.h"
#include "route.h"
#include "upload.h"

#define SCHEMA_LOW 2
#define KAFKA_WAIT_MS 10000
#define FLUSH_MS 5000
#define CAPS_MOST 100000

static struct fs the_fs; /* connections and requests outlive fini for a moment and give their memory back to it */

static const struct hms_conf_section *const sections[] = {
	&fs_conf_section,	&fs_listener_section,	 &fs_account_section,  &hms_storage_conf_section,
	&hms_http_conf_section, &hms_kafka_conf_section, &hms_pg_conf_section, NULL,
};

/* ---- the schema of PostgreSQL ---- */
static void on_schema(const struct hms_err *err, void *arg)
{
	struct fs *fs = arg;

	if (err->code == HMS_EVERSION)
		hms_app_fail(fs->app, err->text);
}

static void on_pg_up(struct hms_pg *pg, void *arg) { hms_pg_schema_ask(pg, SCHEMA_LOW, HMS_SCHEMA_HIGH, on_schema, arg); }

/* ---- start ---- */
static int no_memory(struct hms_err *err) { return hms_err_set(err, HMS_ENOMEM, "out of memory"); }

static int open_secret(struct fs *fs, struct hms_err *err)
{
	const struct hms_service_conf *conf = hms_conf_get(hms_app_conf(fs->app), &hms_service_conf_section);
	int rc = hms_secret_load(conf->secret_file, &fs->secret, err);

	if (rc)
		return hms_err_prefix(err, "[service] secret_file");
	fs->signer = hms_file_signer_new(fs->secret);
	fs->credential_sealer = hms_sealer_new(fs->secret, HMS_CREDENTIAL_PURPOSE, 0);
	hms_secret_key(fs->secret, "nonce", fs->nonce_key.key);
	return fs->signer && fs->credential_sealer ? 0 : no_memory(err);
}

static int open_storage(struct fs *fs, struct hms_err *err)
{
	fs->storage = hms_storage_open(fs->loop, hms_conf_get(hms_app_conf(fs->app), &hms_storage_conf_section), fs->instance, err);
	return fs->storage ? 0 : HMS_EIO;
}

static int open_kafka(struct fs *fs, struct hms_err *err)
{
	const struct hms_kafka_conf *conf = hms_conf_get(hms_app_conf(fs->app), &hms_kafka_conf_section);
	int partitions = (int)conf->partitions;

	if (partitions == 0)
		partitions = hms_topic_partitions(conf, HMS_TOPIC_FILES, KAFKA_WAIT_MS, err);
	if (partitions < 0)
		return partitions;
	fs->partitions = (unsigned)partitions;
	fs->producer = hms_producer_new(fs->loop, conf, fs->instance, err);
	return fs->producer ? 0 : HMS_EINVAL;
}

static int open_postgres(struct fs *fs, struct hms_err *err)
{
	static const struct hms_pg_cb callbacks = { .up = on_pg_up };

	fs->pg = hms_pg_new(fs->loop, hms_conf_get(hms_app_conf(fs->app), &hms_pg_conf_section), fs->instance, &callbacks, fs);
	return fs->pg ? 0 : no_memory(err);
}

static int open_parts(struct fs *fs, struct hms_err *err)
{
	fs->directory = fs_directory_new(fs);
	fs->devices = fs_caps_new(CAPS_MOST);
	fs->sources = fs_caps_new(CAPS_MOST);
	fs->downloaders = fs_caps_new(CAPS_MOST);
	fs->auth_rate = hms_rate_new();
	return fs->directory && fs->devices && fs->sources && fs->downloaders && fs->auth_rate ? 0 : no_memory(err);
}

static void on_render(void *arg)
{
	struct fs *fs = arg;

	if (fs->storage)
		hms_gauge_set(&fs->m.free_bytes, (int64_t)hms_storage_free_bytes(fs->storage));
}

static int open_metrics(struct fs *fs, struct hms_err *err)
{
	struct hms_metrics *metrics = hms_app_metrics(fs->app);
	int rc = hms_metrics_add(metrics, fs_metric_defs, fs_metric_count, &fs->m);

	if (rc == 0)
		rc = hms_bus_metrics_register(metrics);
	if (rc == 0)
		rc = hms_pg_metrics_register(metrics);
	if (rc == 0)
		rc = hms_metrics_on_render(metrics, on_render, fs);
	return rc ? hms_err_set(err, rc, "metrics: %s", hms_strerror(rc)) : 0;
}

static int open_listeners(struct fs *fs, struct hms_err *err) { return fs_listeners_open(fs, fs_route, err); }

static void fini(struct hms_app *app, void *state);

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	static int (*const steps[])(struct fs * fs, struct hms_err * err) = {
		open_secret, open_storage, open_kafka, open_postgres, open_parts, fs_accounts_open, open_metrics, open_listeners,
	};
	const struct hms_kafka_conf *kafka = hms_conf_get(hms_app_conf(app), &hms_kafka_conf_section);
	struct fs *fs = &the_fs;
	int rc;

	*fs = (struct fs){ .app = app, .loop = hms_app_loop(app), .instance = hms_app_instance(app) };
	fs->conf = hms_conf_get(hms_app_conf(app), &fs_conf_section);
	hms_list_init(&fs->open_uploads);
	hms_list_init(&fs->open_downloads);
	*state = fs;
	rc = fs_conf_check(fs->conf, kafka->record_max_bytes, err);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == 0; i++)
		rc = steps[i](fs, err);
	if (rc)
		fini(app, fs);
	return rc;
}

/* ---- life ---- */
static void reload(struct hms_app *app, void *state)
{
	struct fs *fs = state;
	const struct hms_kafka_conf *kafka = hms_conf_get(hms_app_conf(app), &hms_kafka_conf_section);
	const struct fs_conf *conf = hms_conf_get(hms_app_conf(app), &fs_conf_section);
	struct hms_err err;

	hms_storage_set_conf(fs->storage, hms_conf_get(hms_app_conf(app), &hms_storage_conf_section));
	fs_listeners_reload(fs);
	if (fs_conf_check(conf, kafka->record_max_bytes, &err))
		log_error("the file server keeps its settings", KV_Z("error", err.text));
	else
		fs->conf = conf;
}

static void drain(struct hms_app *app, void *state)
{
	(void)app;
	fs_listeners_drain(state);
}

static void fini(struct hms_app *app, void *state)
{
	struct fs *fs = state;

	(void)app;
	fs->closing = true;
	fs_uploads_close(fs);
	fs_downloads_close(fs);
	fs_listeners_close(fs);
	hms_producer_free(&fs->producer, FLUSH_MS);
	hms_pg_free(&fs->pg);
	hms_storage_close(&fs->storage);
	fs_accounts_close(fs);
	fs_directory_free(&fs->directory);
	fs_caps_free(&fs->devices);
	fs_caps_free(&fs->sources);
	fs_caps_free(&fs->downloaders);
	hms_rate_free(&fs->auth_rate);
	hms_file_signer_free(&fs->signer);
	hms_sealer_free(&fs->credential_sealer);
	hms_secret_free(&fs->secret);
	explicit_bzero(&fs->nonce_key, sizeof(fs->nonce_key));
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	struct fs *fs = state;
	bool kafka = hms_producer_healthy(fs->producer), storage = hms_storage_writable(fs->storage);

	(void)app;
	if (!kafka)
		hms_buf_strz(why, "not ready: records are not acknowledged by Kafka\n");
	if (!storage)
		hms_buf_strz(why, "not ready: the storage cannot be written\n");
	if (!hms_storage_has_room(fs->storage, 0))
		hms_buf_strz(why, "degraded: the storage is full: large uploads are refused\n");
	if (!hms_pg_is_up(fs->pg))
		hms_buf_strz(why, "degraded: postgres is away: no downloads, and no credentials but those that are remembered\n");
	return kafka && storage;
}

int main(int argc, char **argv)
{
	static struct hms_metric_table tables[5]; /* the last one ends them */
	static const struct hms_service service = {
		.name = "fileserver",
		.summary = "Takes the files that devices upload and hands out those that they fetch, by signed URL.",
		.sections = sections,
		.metric_tables = tables,
		.init = init,
		.reload = reload,
		.drain = drain,
		.fini = fini,
		.ready = ready,
	};

	tables[0] = (struct hms_metric_table){ fs_metric_defs, fs_metric_count };
	tables[1] = (struct hms_metric_table){ hms_http_metric_defs, hms_http_metric_count };
	tables[2] = (struct hms_metric_table){ hms_bus_metric_defs, hms_bus_metric_count };
	tables[3] = (struct hms_metric_table){ hms_pg_metric_defs, hms_pg_metric_count };
	return hms_app_main(&service, argc, argv);
}
