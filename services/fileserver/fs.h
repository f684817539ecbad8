/** What the parts of the file server share. One loop thread. */
#ifndef FS_FS_H
#define FS_FS_H

#include "caps.h"
#include "conf.h"
#include "hms/app/app.h"
#include "hms/base/clock.h"
#include "hms/bus/bus.h"
#include "hms/device/auth.h"
#include "hms/device/file_event.h"
#include "hms/device/file_url.h"
#include "hms/net/rate.h"
#include "hms/pg/pg.h"
#include "hms/storage/storage.h"
#include "metrics.h"

struct fs_account;
struct fs_directory;
struct fs_listener;

struct fs {
	struct hms_app *app;
	struct hms_loop *loop;
	const struct fs_conf *conf; /* of the present configuration */
	const char *instance;
	unsigned partitions;
	bool closing; /* nothing is answered any more */

	struct hms_secret *secret;
	struct hms_file_signer *signer;
	struct hms_sealer *credential_sealer;
	struct hms_nonce_key nonce_key;

	struct hms_producer *producer;
	struct hms_pg *pg;
	struct hms_storage *storage;

	struct fs_listener **listeners;
	size_t listener_count, listeners_draining;
	struct fs_account *accounts;
	size_t account_count;
	struct hms_timer usage; /* looks into the folders of accounts */
	struct fs_directory *directory;
	struct fs_caps *devices, *sources; /* that upload */
	struct fs_caps *downloaders;	   /* devices */
	struct hms_rate *auth_rate;
	size_t uploads, downloads;
	uint64_t download_bytes;		      /* of rows that are being sent */
	struct hms_list open_uploads, open_downloads; /* struct fs_upload, struct fs_download */
	struct hms_buf packed;			      /* of one call: records */
	struct hms_log_limit peers_log, stores_log;
	struct fs_metrics m;
};

struct fs_listener {
	struct fs *fs;
	const char *name;
	const struct fs_listener_conf *conf; /* of the configuration at the start */
	struct hms_http_server *server;
	struct hms_tls_server *tls; /* NULL: plain */
};

#endif
