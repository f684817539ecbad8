/* Download, Upload, GetQueuedTransfers and GetAllQueuedTransfers (TR-069 A.3.2.8, A.4.1.5, A.4.1.1, A.4.1.7). */
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

static uint32_t add(struct rpc_call *call, bool upload, const char *response)
{
	bool full = false;
	struct transfer *t = call->transfers ? transfers_add(call->transfers, &full) : NULL;
	uint32_t fault;

	if (!t)
		return full ? 9004 : 9001;
	t->upload = upload;
	fault = read_transfer(call, t);
	if (fault != 0) {
		transfers_remove(call->transfers, t);
		return fault;
	}
	rpc_respond(call, response,
		    (struct hms_cwmp_arg[]){ rpc_text("Status", HMS_STR("1")), rpc_text("StartTime", HMS_STR(VALUE_TIME_UNKNOWN)),
					     rpc_text("CompleteTime", HMS_STR(VALUE_TIME_UNKNOWN)) },
		    3);
	return 0;
}

uint32_t rpc_download(struct rpc_call *call) { return add(call, false, "DownloadResponse"); }

uint32_t rpc_upload(struct rpc_call *call) { return add(call, true, "UploadResponse"); }

/* ---- what is queued ---- */
static uint32_t list_transfers(struct rpc_call *call, bool all, const char *response)
{
	enum { FIELDS = 6, FIELDS_SHORT = 2 };
	static const char *const states[] = {
		[TRANSFER_WAITING] = "1", [TRANSFER_RUNNING] = "2", [TRANSFER_FETCHED] = "2", [TRANSFER_DONE] = "3"
	};
	struct hms_cwmp_arg structs[TRANSFERS_MAX], fields[TRANSFERS_MAX * FIELDS];
	size_t count = call->transfers ? call->transfers->count : 0;

	for (size_t i = 0; i < count; i++) {
		const struct transfer *t = call->transfers->list[i];
		struct hms_cwmp_arg *f = &fields[i * FIELDS];

		f[0] = rpc_text("CommandKey", hms_str(t->key));
		f[1] = rpc_text("State", hms_str(states[t->state]));
		f[2] = rpc_text("IsDownload", t->upload ? HMS_STR("0") : HMS_STR("1"));
		f[3] = rpc_text("FileType", hms_str(t->type));
		f[4] = rpc_text("FileSize", hms_str(hms_arena_printf(call->arena, "%llu", (unsigned long long)t->file_size)));
		f[5] = rpc_text("TargetFileName", hms_str(t->target));
		structs[i] = (struct hms_cwmp_arg){ .kind = HMS_ARG_STRUCT, .children = f, .child_count = all ? FIELDS : FIELDS_SHORT };
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
