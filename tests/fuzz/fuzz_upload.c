/* Fuzzes what a device sends with an upload: a form must read the same in one piece and in small ones; names come out clean. */
#include <stdlib.h>

#include "hms/base/err.h"
#include "multipart.h"
#include "name.h"
#include "range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
	struct hms_buf content;
	unsigned parts;
};

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void on_begin(struct hms_str disposition, struct hms_str content_type, void *arg)
{
	struct taken *taken = arg;

	(void)disposition;
	(void)content_type;
	hms_buf_reset(&taken->content);
	taken->parts++;
}

static void on_data(const char *data, size_t len, void *arg) { hms_buf_add(&((struct taken *)arg)->content, data, len); }

static int read_form(struct hms_str type, struct hms_str text, size_t piece, struct taken *taken)
{
	static const struct fs_multipart_cb callbacks = { on_begin, on_data };
	struct hms_arena *arena = hms_arena_new(16 << 20);
	struct fs_multipart m;
	int rc;

	must(arena != NULL);
	*taken = (struct taken){ .content = HMS_BUF_INIT(16 << 20) };
	rc = fs_multipart_init(&m, arena, type, &callbacks, taken);
	for (size_t at = 0; at < text.len && rc == 0; at += piece)
		rc = fs_multipart_feed(&m, text.p + at, text.len - at < piece ? text.len - at : piece);
	if (rc == 0)
		rc = fs_multipart_finish(&m);
	fs_multipart_fini(&m);
	hms_arena_free(&arena);
	return rc;
}

static void compare(struct hms_str type, struct hms_str text, size_t piece)
{
	struct taken whole, pieces;
	int one = read_form(type, text, text.len + 1, &whole), other = read_form(type, text, piece, &pieces);

	must((one == 0) == (other == 0));
	if (one == 0)
		must(whole.parts == pieces.parts && hms_str_eq(hms_buf_view(&whole.content), hms_buf_view(&pieces.content)));
	hms_buf_fini(&whole.content);
	hms_buf_fini(&pieces.content);
}

static void check_name(struct hms_str name)
{
	must(name.len <= FS_NAME_MAX && (name.len == 0 || (hms_utf8_valid(name) && name.p[0] != '.')));
	for (size_t i = 0; i < name.len; i++)
		must((uint8_t)name.p[i] >= 0x20 && name.p[i] != '/' && name.p[i] != '\\' && name.p[i] != 0x7f);
}

static void read_names(struct hms_str text)
{
	struct hms_arena *arena = hms_arena_new(16 << 20);
	struct hms_str name;
	struct fs_range range;

	must(arena != NULL);
	if (fs_name_of_path(arena, text, &name) == 0)
		check_name(name);
	if (fs_name_of_query(arena, text, &name) == 0)
		check_name(name);
	if (fs_name_of_disposition(arena, text, &name) == 0)
		check_name(name);
	if (fs_range_read(text, 1000, &range) == FS_RANGE_PART)
		must(range.len > 0 && range.first < 1000 && range.len <= 1000 - range.first);
	fs_etag_in(text, HMS_STR("\"a\""));
	hms_arena_free(&arena);
}

/* The first byte: the size of pieces; the first line: the Content-Type. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hms_str rest, type;

	if (size == 0)
		return 0;
	rest = hms_strn((const char *)data + 1, size - 1);
	read_names(rest);
	type = hms_str_split(&rest, '\n');
	if (rest.p)
		compare(type, rest, (size_t)data[0] + 1);
	return 0;
}
