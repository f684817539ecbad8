/* Download, Upload, ScheduleDownload, ChangeDUState, CancelTransfer and the lists of what is queued (TR-069 A.3.2.8, A.4.1.1, A.4.1.5, A.4.1.7 to A.4.1.10). */
#include <stdio.h>

#include "hms/base/clock.h"
#include "rpc.h"
#include "value.h"

static bool copy_field(const struct rpc_call *call, const char *field, char *out, size_t size)
{
	struct hms_str value = hms_cwmp_field(call->msg, field);

	if (value.len >= size)
		return false;
	snprintf(out, size, "%.*s", HMS_STR_FMT(value));
	return true;
}

static uint64_t number_field(const struct rpc_call *call, const char *field)
{
	uint64_t number;

	return hms_str_u64(hms_str_trim(hms_cwmp_field(call->msg, field)), &number) == 0 ? number : 0;
}

/* 9013: another protocol; 9003: user and password within the URL. */
static uint32_t check_url(struct hms_str url)
{
	struct hms_str rest = url, host;

	if (!hms_str_starts(url, HMS_STR("http://")) && !hms_str_starts(url, HMS_STR("https://")))
		return memmem(url.p ? url.p : "", url.len, "://", 3) ? 9013 : 9003;
	hms_str_split(&rest, '/');
	hms_str_split(&rest, '/');
	host = hms_str_split(&rest, '/');
	return memchr(host.p, '@', host.len) ? 9003 : 0;
}

static bool starts_with_any(const char *type, const char *const *known)
{
	for (; *known; known++)
		if (hms_str_starts(hms_str(type), hms_str(*known)))
			return true;
	return false;
}

static uint32_t check(const struct rpc_call *call, const struct transfer *t)
{
	static const char *const downloads[] = { "1 Firmware Upgrade Image", "3 Vendor Configuration File", NULL };
	static const char *const uploads[] = { "1 Vendor Configuration File",	 "2 Vendor Log File",
					       "3 Vendor Configuration File ",	 "4 Vendor Log File ",
					       "X 00256D 3GPP Performance File", NULL };

	if (!starts_with_any(t->type, t->upload ? uploads : downloads))
		return 9003;
	if (t->file_size > TRANSFER_FILE_MAX_BYTES)
		return 9010;
	return check_url(hms_cwmp_field(call->msg, "URL"));
}

static uint32_t read_transfer(const struct rpc_call *call, struct transfer *t)
{
	if (!copy_field(call, "CommandKey", t->key, sizeof(t->key)) || !copy_field(call, "FileType", t->type, sizeof(t->type)) ||
	    !copy_field(call, "URL", t->url, sizeof(t->url)) || !copy_field(call, "Username", t->user, sizeof(t->user)) ||
	    !copy_field(call, "Password", t->password, sizeof(t->password)) ||
	    !copy_field(call, "TargetFileName", t->target, sizeof(t->target)))
		return 9003;
	t->file_size = t->upload ? 0 : number_field(call, "FileSize");
	t->due_ms = hms_mono_ms() + number_field(call, "DelaySeconds") * 1000;
	return check(call, t);
}

static void respond_later(struct rpc_call *call, const char *response)
{
	rpc_respond(call, response,
		    (struct hms_cwmp_arg[]){ rpc_text("Status", HMS_STR("1")), rpc_text("StartTime", HMS_STR(VALUE_TIME_UNKNOWN)),
					     rpc_text("CompleteTime", HMS_STR(VALUE_TIME_UNKNOWN)) },
		    3);
}

typedef uint32_t reader(const struct rpc_call *call, struct transfer *t);

static uint32_t add(struct rpc_call *call, const struct transfer *like, reader *read)
{
	bool full = false;
	struct transfer *t = call->transfers ? transfers_add(call->transfers, &full) : NULL;
	uint32_t fault;

	if (!t)
		return full ? 9004 : 9001;
	t->upload = like->upload;
	t->event = like->event;
	t->m_event = like->m_event;
	fault = read(call, t);
	if (fault != 0)
		transfers_remove(call->transfers, t);
	return fault;
}

uint32_t rpc_download(struct rpc_call *call)
{
	static const struct transfer like = { .event = HMS_EVENT_TRANSFER_COMPLETE, .m_event = HMS_EVENT_M_DOWNLOAD };
	uint32_t fault = add(call, &like, read_transfer);

	if (fault == 0)
		respond_later(call, "DownloadResponse");
	return fault;
}

uint32_t rpc_upload(struct rpc_call *call)
{
	static const struct transfer like = { .upload = true, .event = HMS_EVENT_TRANSFER_COMPLETE, .m_event = HMS_EVENT_M_UPLOAD };
	uint32_t fault = add(call, &like, read_transfer);

	if (fault == 0)
		respond_later(call, "UploadResponse");
	return fault;
}

/* From the begin of the first window to the end of the last one. */
static uint32_t read_scheduled(const struct rpc_call *call, struct transfer *t)
{
	uint32_t fault = read_transfer(call, t);
	uint64_t now_ms = hms_mono_ms(), end_s = 0;

	for (size_t i = 0; i < call->msg->field_count; i++)
		if (hms_str_eqz(call->msg->fields[i].code, "TimeWindowList.TimeWindowStruct.WindowEnd") &&
		    hms_str_u64(call->msg->fields[i].command_key, &end_s) != 0)
			return 9003;
	if (fault == 0 && end_s == 0)
		return 9003;
	t->due_ms = now_ms + number_field(call, "TimeWindowList.TimeWindowStruct.WindowStart") * 1000;
	t->until_ms = now_ms + end_s * 1000;
	return fault;
}

uint32_t rpc_schedule_download(struct rpc_call *call)
{
	static const struct transfer like = { .event = HMS_EVENT_TRANSFER_COMPLETE, .m_event = HMS_EVENT_M_SCHEDULE_DOWNLOAD };
	uint32_t fault = add(call, &like, read_scheduled);

	if (fault == 0)
		rpc_respond(call, "ScheduleDownloadResponse", NULL, 0);
	return fault;
}

static uint32_t read_du(const struct rpc_call *call, struct transfer *t)
{
	if (!copy_field(call, "CommandKey", t->key, sizeof(t->key)))
		return 9003;
	return du_read(call->msg, &t->ops, &t->op_count);
}

uint32_t rpc_change_du_state(struct rpc_call *call)
{
	static const struct transfer like = { .event = HMS_EVENT_DU_STATE_CHANGE_COMPLETE, .m_event = HMS_EVENT_M_CHANGE_DU_STATE };
	uint32_t fault = add(call, &like, read_du);

	if (fault == 0)
		rpc_respond(call, "ChangeDUStateResponse", NULL, 0);
	return fault;
}

/* What has begun is not cut: 9021; what is not there is no error. */
uint32_t rpc_cancel_transfer(struct rpc_call *call)
{
	struct hms_str key = hms_cwmp_field(call->msg, "CommandKey");

	for (uint16_t i = call->transfers ? call->transfers->count : 0; i-- > 0;) {
		struct transfer *t = call->transfers->list[i];

		if (t->ops || !hms_str_eqz(key, t->key))
			continue;
		if (t->state != TRANSFER_WAITING)
			return 9021;
		transfers_remove(call->transfers, t);
	}
	rpc_respond(call, "CancelTransferResponse", NULL, 0);
	return 0;
}

/* ---- what is queued ---- */
static uint32_t list_transfers(struct rpc_call *call, bool all, const char *response)
{
	enum { FIELDS = 6, FIELDS_SHORT = 2 };
	static const char *const states[] = {
		[TRANSFER_WAITING] = "1", [TRANSFER_RUNNING] = "2", [TRANSFER_FETCHED] = "2", [TRANSFER_DONE] = "3"
	};
	struct hms_cwmp_arg structs[TRANSFERS_MAX], fields[TRANSFERS_MAX * FIELDS];
	size_t count = 0;

	for (size_t i = 0; call->transfers && i < call->transfers->count; i++) {
		const struct transfer *t = call->transfers->list[i];
		struct hms_cwmp_arg *f = &fields[i * FIELDS];

		if (t->ops)
			continue;

		f[0] = rpc_text("CommandKey", hms_str(t->key));
		f[1] = rpc_text("State", hms_str(states[t->state]));
		f[2] = rpc_text("IsDownload", t->upload ? HMS_STR("0") : HMS_STR("1"));
		f[3] = rpc_text("FileType", hms_str(t->type));
		f[4] = rpc_text("FileSize", hms_str(hms_arena_printf(call->arena, "%llu", (unsigned long long)t->file_size)));
		f[5] = rpc_text("TargetFileName", hms_str(t->target));
		structs[count++] =
			(struct hms_cwmp_arg){ .kind = HMS_ARG_STRUCT, .children = f, .child_count = all ? FIELDS : FIELDS_SHORT };
	}
	rpc_respond(call, response,
		    &(struct hms_cwmp_arg){ .name = HMS_STR("TransferList"),
					    .kind = HMS_ARG_ARRAY,
					    .item = all ? "cwmp:AllQueuedTransferStruct" : "cwmp:QueuedTransferStruct",
					    .children = structs,
					    .child_count = count },
		    1);
	return 0;
}

uint32_t rpc_get_queued_transfers(struct rpc_call *call) { return list_transfers(call, false, "GetQueuedTransfersResponse"); }

uint32_t rpc_get_all_queued_transfers(struct rpc_call *call) { return list_transfers(call, true, "GetAllQueuedTransfersResponse"); }
