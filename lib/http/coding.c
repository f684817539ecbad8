/* Content codings of request bodies: gzip and deflate, unpacked as their bytes come. */
#include "hms/http/coding.h"

#include <stdlib.h>
#include <zlib.h>

#include "hms/base/err.h"

enum {
	OUT_BYTES = 16 * 1024,
	KEPT_BYTES = 1024 * 1024, /* packed bytes of one call, at most */
	HEAD_BYTES = 2,		  /* of a zlib stream: what tells it from a raw one */
	WINDOW = 15,
	WINDOW_GZIP = 16, /* added: zlib's way to ask for gzip */
};

struct hms_unpack {
	z_stream z;
	enum hms_coding coding;
	struct hms_unpack_limits limits;
	hms_unpack_sink *sink;
	void *arg;
	struct hms_buf left; /* packed bytes that the sink has had no time for, or too few to tell the format */
	uint64_t in_bytes, out_bytes;
	bool begun; /* the format is known, z is ready */
	bool ended; /* of a gzip member another may follow (RFC 1952 2.2) */
	int rc;
};

static enum hms_coding coding_of(struct hms_str name)
{
	if (name.len == 0 || hms_str_caseeq(name, HMS_STR("identity")))
		return HMS_CODING_IDENTITY;
	if (hms_str_caseeq(name, HMS_STR("gzip")) || hms_str_caseeq(name, HMS_STR("x-gzip")))
		return HMS_CODING_GZIP;
	return hms_str_caseeq(name, HMS_STR("deflate")) ? HMS_CODING_DEFLATE : HMS_CODING_OTHER;
}

enum hms_coding hms_coding_find(struct hms_str header)
{
	enum hms_coding found = HMS_CODING_IDENTITY;

	while (header.p) {
		enum hms_coding next = coding_of(hms_str_trim(hms_str_split(&header, ',')));

		if (next != HMS_CODING_IDENTITY)
			found = found == HMS_CODING_IDENTITY ? next : HMS_CODING_OTHER;
	}
	return found;
}

struct hms_unpack *hms_unpack_new(enum hms_coding coding, const struct hms_unpack_limits *limits, hms_unpack_sink *sink, void *arg)
{
	struct hms_unpack *unpack = calloc(1, sizeof(*unpack));

	if (!unpack)
		return NULL;
	unpack->coding = coding;
	unpack->limits = *limits;
	unpack->sink = sink;
	unpack->arg = arg;
	hms_buf_init(&unpack->left, KEPT_BYTES);
	return unpack;
}

void hms_unpack_free(struct hms_unpack **unpack)
{
	if (!*unpack)
		return;
	if ((*unpack)->begun)
		inflateEnd(&(*unpack)->z);
	hms_buf_fini(&(*unpack)->left);
	free(*unpack);
	*unpack = NULL;
}

/* RFC 1950 2.2: method 8, and both bytes together a multiple of 31. */
static bool has_zlib_head(struct hms_str head)
{
	unsigned first = (unsigned char)head.p[0], second = (unsigned char)head.p[1];

	return (first & 15) == 8 && (first << 8 | second) % 31 == 0;
}

static int begin(struct hms_unpack *unpack, struct hms_str head)
{
	int window = WINDOW + WINDOW_GZIP;

	if (unpack->coding == HMS_CODING_DEFLATE)
		window = has_zlib_head(head) ? WINDOW : -WINDOW;
	if (inflateInit2(&unpack->z, window) != Z_OK)
		return HMS_ENOMEM;
	unpack->begun = true;
	return 0;
}

static int pass_on(struct hms_unpack *unpack, const char *out, size_t n)
{
	unpack->out_bytes += n;
	if (unpack->out_bytes > unpack->limits.free_bytes && unpack->out_bytes / unpack->limits.ratio > unpack->in_bytes)
		return HMS_ETOOBIG;
	return n > 0 ? unpack->sink(out, n, unpack->arg) : 0;
}

/* What zlib has for one buffer. *more: there may be more for another one. */
static int inflate_some(struct hms_unpack *unpack, bool *more)
{
	z_stream *z = &unpack->z;
	char out[OUT_BYTES];
	int rc;

	*more = false;
	if (unpack->ended && z->avail_in == 0)
		return 0;
	if (unpack->ended) {
		if (unpack->coding != HMS_CODING_GZIP)
			return HMS_ESYNTAX; /* bytes behind the end */
		inflateReset(z);
		unpack->ended = false;
	}
	z->next_out = (unsigned char *)out;
	z->avail_out = OUT_BYTES;
	rc = inflate(z, Z_NO_FLUSH);
	if (rc == Z_MEM_ERROR)
		return HMS_ENOMEM;
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return HMS_ESYNTAX;
	unpack->ended = rc == Z_STREAM_END;
	*more = z->avail_in > 0 || (rc == Z_OK && z->avail_out == 0);
	return pass_on(unpack, out, OUT_BYTES - z->avail_out);
}

static int run(struct hms_unpack *unpack, struct hms_str in)
{
	bool more = true;
	int rc = 0;

	unpack->z.next_in = (unsigned char *)in.p;
	unpack->z.avail_in = (unsigned)in.len;
	while (rc == 0 && more)
		rc = inflate_some(unpack, &more);
	return rc;
}

int hms_unpack_feed(struct hms_unpack *unpack, const char *data, size_t len)
{
	bool kept = unpack->left.len > 0;
	struct hms_str in = hms_strn(data, len);
	size_t used;

	if (unpack->rc && unpack->rc != HMS_EAGAIN)
		return unpack->rc;
	unpack->in_bytes += len;
	if (kept || unpack->in_bytes < HEAD_BYTES) {
		hms_buf_add(&unpack->left, data, len);
		in = hms_buf_view(&unpack->left);
		kept = true;
	}
	if (unpack->left.failed)
		return unpack->rc = HMS_ENOMEM;
	if (unpack->in_bytes < HEAD_BYTES)
		return 0;
	unpack->rc = unpack->begun ? 0 : begin(unpack, in);
	/* zlib may hold output back without input: an empty call goes on with it. */
	if (unpack->rc == 0)
		unpack->rc = run(unpack, in);
	used = unpack->begun ? in.len - unpack->z.avail_in : 0;
	if (kept)
		hms_buf_consume(&unpack->left, used);
	else if (unpack->rc == HMS_EAGAIN && used < in.len)
		hms_buf_add(&unpack->left, in.p + used, in.len - used);
	if (unpack->left.failed)
		unpack->rc = HMS_ENOMEM;
	return unpack->rc;
}

int hms_unpack_end(struct hms_unpack *unpack)
{
	if (unpack->rc)
		return unpack->rc;
	return unpack->in_bytes == 0 || unpack->ended ? 0 : HMS_ESYNTAX;
}
