/* The record of an upload on hms.files, and the answer when it has been acknowledged. */
#include "hms/base/failpoint.h"
#include "hms/device/event.h"
#include "name.h"
#include "upload.h"

/* Small records gain from travelling together; for large ones it only costs time. */
#define QUIET_MAX_BYTES 65536
#define RECORD_ROOM 65536
#define TYPE_MAX 200

static const char *const kinds[] = {
	[HMS__FILE_EVENT__KIND__PM] = "pm",
	[HMS__FILE_EVENT__KIND__LOG] = "log",
	[HMS__FILE_EVENT__KIND__CONFIGURATION] = "configuration",
	[HMS__FILE_EVENT__KIND__OTHER] = "other",
};

static const char *kind_label(unsigned kind) { return kind > 0 && kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : "other"; }

static struct hms_device_id key_of(const struct fs_upload *u) { return u->access.device; }

/* What a device says of its file, as protobuf wants it; what is no text is left out. NULL when out of memory. */
static char *text_of(struct hms_arena *arena, struct hms_str s)
{
	return hms_arena_strz(arena, s.len <= TYPE_MAX && hms_utf8_valid(s) ? s : HMS_STR(""));
}

static int fill(struct fs_upload *u, Hms__FileEvent *e, char *peer, size_t peer_size)
{
	struct hms_arena *arena = hms_http_req_arena(u->req);
	struct hms_str name = u->name;

	e->recv_us = hms_wall_us();
	if (name.len == 0)
		name = fs_name_invented(arena, key_of(u), e->recv_us);
	e->name = hms_arena_strz(arena, name);
	e->content_type = text_of(arena, u->content_type);
	e->content_encoding = text_of(arena, u->content_encoding);
	e->account = (char *)(u->access.user ? u->access.user : "");
	if (!hms_utf8_valid(hms_str(e->account)))
		e->account = (char *)"";
	e->peer_addr = hms_addr_text(hms_http_req_peer(u->req), false, peer, peer_size);
	e->tenant = (char *)u->listener->conf->tenant;
	e->fs = (char *)u->fs->instance;
	e->kind = (Hms__FileEvent__Kind)u->kind;
	e->command_id = u->command_id;
	e->size = u->size;
	return e->name && e->content_type && e->content_encoding ? 0 : HMS_ENOMEM;
}

int fs_upload_pack(struct fs_upload *u)
{
	Hms__FileEvent e = HMS__FILE_EVENT__INIT;
	struct hms_buf packed = HMS_BUF_INIT((size_t)u->fs->conf->record_max_bytes + RECORD_ROOM);
	struct hms_device_id key = key_of(u);
	uint8_t file_id[16];
	char peer[64];
	int rc = fill(u, &e, peer, sizeof(peer));

	hms_file_id(key, u->kind, u->sha256, file_id);
	e.file_id = (ProtobufCBinaryData){ sizeof(file_id), file_id };
	e.sha256 = (ProtobufCBinaryData){ sizeof(u->sha256), u->sha256 };
	if (!u->access.account)
		e.device_id = (ProtobufCBinaryData){ sizeof(key.b), key.b };
	if (u->ref[0]) {
		e.content_case = HMS__FILE_EVENT__CONTENT_REF;
		e.ref = u->ref;
	} else {
		e.content_case = HMS__FILE_EVENT__CONTENT_BODY;
		e.body = (ProtobufCBinaryData){ u->body.len, (uint8_t *)u->body.p };
	}
	if (rc == 0)
		rc = hms_file_event_pack(&e, &packed);
	hms_buf_fini(&u->body);
	u->body = packed;
	return rc;
}

static void answer(struct fs_upload *u)
{
	struct fs *fs = u->fs;

	u->state = FS_UP_OVER;
	FS_COUNT(&fs->m, uploads, "kept");
	FS_COUNT(&fs->m, kinds, kind_label(u->kind));
	hms_counter_add(&fs->m.bytes_kept, u->size);
	hms_histogram_observe_us(&fs->m.upload_seconds, hms_mono_us() - u->began_us);
	if (u->req && hms_http_reply(u->req, u->is_put ? 201 : 200, NULL, 0, HMS_STR("")) == HMS_ENOMEM)
		hms_http_req_abort(u->req);
	fs_upload_release(u);
}

static void on_acknowledged(int code, int64_t offset, void *arg)
{
	struct fs_upload *u = arg;

	(void)offset;
	u->pending--;
	if (code == 0) {
		(void)HMS_FAILPOINT("fs.record.acked");
		answer(u);
		return;
	}
	hms_counter_inc(&u->fs->m.record_failures);
	fs_upload_refuse(u, FS_NO_KAFKA);
}

void fs_upload_record(struct fs_upload *u)
{
	struct fs *fs = u->fs;
	struct hms_device_id key = key_of(u);
	struct hms_record record = {
		.topic = HMS_TOPIC_FILES,
		.partition = (int32_t)hms_device_partition(key, fs->partitions),
		.key = hms_strn((const char *)key.b, sizeof(key.b)),
		.value = hms_buf_view(&u->body),
		.header_purpose = hms_str(kind_label(u->kind)),
	};
	enum hms_lane lane = u->body.len <= QUIET_MAX_BYTES ? HMS_LANE_QUIET : HMS_LANE_URGENT;

	u->state = FS_UP_RECORD;
	u->pending++;
	hms_counter_inc(&fs->m.records);
	if (fs->closing || hms_producer_send(fs->producer, lane, &record, on_acknowledged, u))
		on_acknowledged(HMS_EUNAVAIL, -1, u);
	else
		hms_buf_fini(&u->body);
}
