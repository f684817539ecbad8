/* The files that a cell sends on Upload, and what a firmware image says. */
#include "transfer_files.h"

#include <stdio.h>

#include "hms/base/clock.h"
#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"

#define HEAD_BYTES 4096
#define LOG_LINES 20

static void write_log(const struct cell *cell, struct hms_buf *out)
{
	char at[32];

	for (int i = 0; i < LOG_LINES; i++) {
		hms_time_iso(cell->booted_us + (int64_t)i * 1000000, at, sizeof(at));
		hms_buf_printf(out, "%s %s: line %d of the log since boot %08x\n", at, cell_product_class(cell), i + 1, cell->nonce);
	}
}

static int write_param(struct hms_str name, struct tree_ref ref, void *arg)
{
	const struct cell *cell = ((void **)arg)[0];
	struct hms_buf *out = ((void **)arg)[1];
	const struct model_param *param = tree_param(&cell->tree, ref);
	struct tree_env env = cell_env(cell);
	char scratch[TREE_SCRATCH];
	struct hms_str value = tree_value(&cell->tree, ref, &env, scratch);

	if (param->writable)
		hms_buf_printf(out, "%.*s=%.*s\n", HMS_STR_FMT(name), HMS_STR_FMT(param->hidden ? HMS_STR("") : value));
	return 0;
}

const char *transfer_file(const struct cell *cell, const char *type, struct hms_buf *out, char name[TRANSFER_NAME_SIZE])
{
	void *both[] = { (void *)(uintptr_t)cell, out };
	char serial[CELL_SERIAL_SIZE];
	int64_t interval_s, end_s;

	cell_serial(cell, serial);
	if (strstr(type, "Performance")) {
		end_s = pm_last_end_s(cell, &interval_s);
		pm_make_file(cell, end_s, interval_s, out, name);
		return cell->sim->opt->pm_gzip ? "application/gzip" : "application/xml";
	}
	if (strstr(type, "Log")) {
		snprintf(name, TRANSFER_NAME_SIZE, "%s.log", serial);
		write_log(cell, out);
	} else {
		snprintf(name, TRANSFER_NAME_SIZE, "%s.conf", serial);
		tree_each(&cell->tree, HMS_STR(""), write_param, both);
	}
	return "text/plain";
}

const char *transfer_version(struct hms_str image, char out[TRANSFER_VERSION_SIZE])
{
	static const char mark[] = "SoftwareVersion: ";
	struct hms_str head = hms_strn(image.p, image.len < HEAD_BYTES ? image.len : HEAD_BYTES), line;
	const char *found = head.len > 0 ? memmem(head.p, head.len, mark, sizeof(mark) - 1) : NULL;
	uint8_t sha256[32];
	char digest[65];

	if (found) {
		line = hms_strn(found + sizeof(mark) - 1, (size_t)(head.p + head.len - found) - (sizeof(mark) - 1));
		line = hms_str_trim(hms_str_split(&line, '\n'));
		snprintf(out, TRANSFER_VERSION_SIZE, "%.*s", (int)(line.len < 64 ? line.len : 64), line.p);
		return out;
	}
	hms_sha256(image.p ? image.p : "", image.len, sha256);
	hms_hex(sha256, sizeof(sha256), digest);
	snprintf(out, TRANSFER_VERSION_SIZE, "2.0.0-%.8s", digest);
	return out;
}
