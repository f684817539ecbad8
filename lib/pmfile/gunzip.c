/* gzip, with a limit to what it may become: a bomb ends early. */
#include <stdlib.h>
#include <zlib.h>

#include "internal.h"

enum { WINDOW_GZIP = 15 + 16, OUT_BYTES = 64 * 1024, FREE_BYTES = 1024 * 1024 };

struct pm_gunzip {
	struct hms_pm_reader *r;
	z_stream z;
	bool ended; /* of a member: another may follow */
	unsigned char out[OUT_BYTES];
};

struct pm_gunzip *pm_gunzip_new(struct hms_pm_reader *r)
{
	struct pm_gunzip *gunzip = calloc(1, sizeof(*gunzip));

	if (!gunzip)
		return NULL;
	gunzip->r = r;
	if (inflateInit2(&gunzip->z, WINDOW_GZIP) != Z_OK) {
		free(gunzip);
		return NULL;
	}
	return gunzip;
}

void pm_gunzip_free(struct pm_gunzip **gunzip)
{
	if (!*gunzip)
		return;
	inflateEnd(&(*gunzip)->z);
	free(*gunzip);
	*gunzip = NULL;
}

void pm_gunzip_begin(struct pm_gunzip *gunzip)
{
	inflateReset(&gunzip->z);
	gunzip->ended = false;
}

static bool within_limits(struct hms_pm_reader *r)
{
	if (r->out_bytes > r->limits.inflated_bytes || (r->out_bytes > FREE_BYTES && r->out_bytes / r->limits.ratio > r->in_bytes)) {
		pm_fail(r, HMS_ETOOBIG, "too_big", "it inflates to more than a file may have");
		return false;
	}
	return true;
}

static void pass_on(struct pm_gunzip *gunzip)
{
	struct hms_pm_reader *r = gunzip->r;
	size_t n = OUT_BYTES - gunzip->z.avail_out;

	r->out_bytes += n;
	if (within_limits(r))
		pm_xml_feed(r->xml, (const char *)gunzip->out, n);
}

void pm_gunzip_feed(struct pm_gunzip *gunzip, const void *data, size_t len)
{
	z_stream *z = &gunzip->z;
	int rc = Z_OK;

	z->next_in = (unsigned char *)data;
	z->avail_in = (unsigned)len;
	while (!gunzip->r->file.code && (z->avail_in || (rc == Z_OK && !z->avail_out))) {
		if (gunzip->ended) {
			inflateReset(z);
			gunzip->ended = false;
		}
		z->next_out = gunzip->out;
		z->avail_out = OUT_BYTES;
		rc = inflate(z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
			pm_fail(gunzip->r, rc == Z_MEM_ERROR ? HMS_ENOMEM : HMS_ESYNTAX, "malformed", z->msg ? z->msg : "damaged gzip");
			return;
		}
		gunzip->ended = rc == Z_STREAM_END;
		pass_on(gunzip);
	}
}

void pm_gunzip_end(struct pm_gunzip *gunzip)
{
	if (!gunzip->ended)
		pm_fail(gunzip->r, HMS_ESYNTAX, "cut", "the gzip breaks off");
}
