/* Reads one-dimensional arrays of PostgreSQL in binary form: dimensions, has-null, element OID, then per dimension
 * size and lower bound, then the elements, each behind its length (-1: null). */
#include "pgarray.h"

#include "hms/base/err.h"

static int take_i32(struct hms_str *rest, int32_t *value)
{
	const uint8_t *b = (const uint8_t *)rest->p;

	if (rest->len < 4)
		return HMS_ESYNTAX;
	*value = (int32_t)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
	*rest = hms_strn(rest->p + 4, rest->len - 4);
	return 0;
}

/* Returns the number of elements, or HMS_ESYNTAX. */
static int take_header(struct hms_str *rest)
{
	int32_t dimensions, has_null, oid, size, lower;

	if (take_i32(rest, &dimensions) || take_i32(rest, &has_null) || take_i32(rest, &oid))
		return HMS_ESYNTAX;
	if (dimensions == 0)
		return 0;
	if (dimensions != 1 || take_i32(rest, &size) || take_i32(rest, &lower) || size < 0)
		return HMS_ESYNTAX;
	return size;
}

int fe_pgarray_read(struct hms_str data, struct hms_str *out, size_t max)
{
	int size = take_header(&data);
	size_t count = 0;

	for (int i = 0; i < size; i++) {
		int32_t len;

		if (take_i32(&data, &len))
			return HMS_ESYNTAX;
		if (len == -1)
			continue;
		if (len < 0 || (size_t)len > data.len)
			return HMS_ESYNTAX;
		if (count == max)
			return HMS_EFULL;
		out[count++] = hms_strn(data.p, (size_t)len);
		data = hms_strn(data.p + len, data.len - (size_t)len);
	}
	return size < 0 ? size : (int)count;
}
