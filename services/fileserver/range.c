/* Reading Range and If-None-Match. */
#include "range.h"

static enum fs_range_kind suffix(struct hms_str text, uint64_t size, struct fs_range *out)
{
	uint64_t n;

	if (hms_str_u64(text, &n) != 0)
		return FS_RANGE_WHOLE;
	if (n == 0 || size == 0)
		return FS_RANGE_OUTSIDE;
	n = n < size ? n : size;
	*out = (struct fs_range){ .first = size - n, .len = n };
	return FS_RANGE_PART;
}

enum fs_range_kind fs_range_read(struct hms_str header, uint64_t size, struct fs_range *out)
{
	struct hms_str rest = hms_str_trim(header), unit = hms_str_split(&rest, '='), text;
	uint64_t first, last = size ? size - 1 : 0;

	*out = (struct fs_range){ .first = 0, .len = size };
	if (!rest.p || !hms_str_caseeq(hms_str_trim(unit), HMS_STR("bytes")) || memchr(rest.p, ',', rest.len))
		return FS_RANGE_WHOLE;
	rest = hms_str_trim(rest);
	text = hms_str_split(&rest, '-');
	if (!rest.p)
		return FS_RANGE_WHOLE;
	if (text.len == 0)
		return suffix(rest, size, out);
	if (hms_str_u64(text, &first) != 0 || (rest.len > 0 && (hms_str_u64(rest, &last) != 0 || last < first)))
		return FS_RANGE_WHOLE;
	if (first >= size)
		return FS_RANGE_OUTSIDE;
	last = last < size ? last : size - 1;
	*out = (struct fs_range){ .first = first, .len = last - first + 1 };
	return FS_RANGE_PART;
}

bool fs_etag_in(struct hms_str list, struct hms_str etag)
{
	while (list.p) {
		struct hms_str one = hms_str_trim(hms_str_split(&list, ','));

		if (hms_str_starts(one, HMS_STR("W/")))
			one = hms_strn(one.p + 2, one.len - 2);
		if (hms_str_eqz(one, "*") || hms_str_eq(one, etag))
			return true;
	}
	return false;
}
