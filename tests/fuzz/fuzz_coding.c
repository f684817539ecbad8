/* Fuzzes the unpacking of bodies: the first byte chooses coding and piece; in pieces and at once give the same, and no body becomes too long. */
#include <stdlib.h>

#include "hms/base/err.h"
#include "hms/http/coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct hms_unpack_limits limits = { .free_bytes = 64 * 1024, .ratio = 50 };

static int take(const char *data, size_t len, void *arg)
{
	hms_buf_add(arg, data, len);
	return 0;
}

/* A sink that always has enough. */
static int take_slowly(const char *data, size_t len, void *arg)
{
	hms_buf_add(arg, data, len);
	return HMS_EAGAIN;
}

static int unpack(enum hms_coding coding, struct hms_str body, size_t piece, hms_unpack_sink *sink, struct hms_buf *out)
{
	struct hms_unpack *u = hms_unpack_new(coding, &limits, sink, out);
	int rc = 0;

	for (size_t at = 0; u && at < body.len && rc == 0; at += piece) {
		rc = hms_unpack_feed(u, body.p + at, body.len - at < piece ? body.len - at : piece);
		while (rc == HMS_EAGAIN)
			rc = hms_unpack_feed(u, NULL, 0);
	}
	if (u && rc == 0)
		rc = hms_unpack_end(u);
	hms_unpack_free(&u);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hms_buf whole = HMS_BUF_INIT(64 << 20), parts = HMS_BUF_INIT(64 << 20);
	enum hms_coding coding;
	struct hms_str body;
	int one, other;

	if (size == 0)
		return 0;
	coding = data[0] & 1 ? HMS_CODING_GZIP : HMS_CODING_DEFLATE;
	body = hms_strn((const char *)data + 1, size - 1);
	one = unpack(coding, body, body.len + 1, take, &whole);
	other = unpack(coding, body, 1 + (data[0] >> 1), take_slowly, &parts);
	/* Where the ratio is passed, and in which order it is seen with damage, depends on the pieces. */
	if (one == 0 && other == 0 && !hms_str_eq(hms_buf_view(&whole), hms_buf_view(&parts)))
		abort();
	if (whole.len > limits.free_bytes + 32 * 1024 && whole.len / limits.ratio > body.len + 32 * 1024)
		abort();
	hms_buf_fini(&whole);
	hms_buf_fini(&parts);
	return 0;
}
