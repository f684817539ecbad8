/* Reading the rows of one statement. Whatever the server sent: a column that is absent, null or of another width reads as zero
 * or empty. */
#include "internal.h"

#include <stdlib.h>

static const PGresult *result_pg(const struct hms_pg_result *res) { return (const PGresult *)res; }

/* The bytes of a value; NULL when it is null or absent. */
static const char *result_value(const struct hms_pg_result *res, size_t row, unsigned col, size_t *len)
{
	const PGresult *pg = result_pg(res);

	*len = 0;
	if (row >= hms_pg_rows(res) || (int)col >= PQnfields(pg) || PQgetisnull(pg, (int)row, (int)col)) {
		return NULL;
	}
	*len = (size_t)PQgetlength(pg, (int)row, (int)col);
	return PQgetvalue(pg, (int)row, (int)col);
}

size_t hms_pg_rows(const struct hms_pg_result *res) { return (size_t)PQntuples(result_pg(res)); }

int64_t hms_pg_affected(const struct hms_pg_result *res) { return strtoll(PQcmdTuples((PGresult *)result_pg(res)), NULL, 10); }

bool hms_pg_is_null(const struct hms_pg_result *res, size_t row, unsigned col)
{
	size_t len;

	return !result_value(res, row, col, &len);
}

bool hms_pg_get_bool(const struct hms_pg_result *res, size_t row, unsigned col)
{
	size_t len;
	const char *v = result_value(res, row, col, &len);

	return len == 1 && v[0];
}

int64_t hms_pg_get_int(const struct hms_pg_result *res, size_t row, unsigned col)
{
	size_t len;
	const char *v = result_value(res, row, col, &len);
	uint16_t v2;
	uint32_t v4;
	uint64_t v8;

	if (len == sizeof(v8)) {
		memcpy(&v8, v, len);
		return (int64_t)be64toh(v8);
	}
	if (len == sizeof(v4)) {
		memcpy(&v4, v, len);
		return (int32_t)be32toh(v4);
	}
	if (len == sizeof(v2)) {
		memcpy(&v2, v, len);
		return (int16_t)be16toh(v2);
	}
	return 0;
}

double hms_pg_get_double(const struct hms_pg_result *res, size_t row, unsigned col)
{
	size_t len;
	const char *v = result_value(res, row, col, &len);
	uint64_t bits;
	double d = 0;

	if (len == sizeof(bits)) {
		memcpy(&bits, v, len);
		bits = be64toh(bits);
		memcpy(&d, &bits, sizeof(d));
	}
	return d;
}

struct hms_str hms_pg_get_str(const struct hms_pg_result *res, size_t row, unsigned col)
{
	struct hms_str s;

	s.p = result_value(res, row, col, &s.len);
	if (s.len && PQftype(result_pg(res), (int)col) == HMS_PG_JSONB) {
		s.p++;
		s.len--;
	}
	return s;
}

void hms_pg_get_uuid(const struct hms_pg_result *res, size_t row, unsigned col, uint8_t id[16])
{
	size_t len;
	const char *v = result_value(res, row, col, &len);

	if (len == 16) {
		memcpy(id, v, len);
	} else {
		memset(id, 0, 16);
	}
}

int64_t hms_pg_get_time_us(const struct hms_pg_result *res, size_t row, unsigned col)
{
	size_t len;

	if (!result_value(res, row, col, &len) || len != sizeof(int64_t)) {
		return 0;
	}
	return hms_pg_get_int(res, row, col) + PG_EPOCH_US;
}
