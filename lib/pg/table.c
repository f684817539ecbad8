/* Tables as data: SQL, reading and writing from a list of columns. */
#include "hms/pg/table.h"

#include <stdlib.h>

static const struct {
	const char *array;
	unsigned oid;
} kinds[] = {
	[HMS_PG_COL_UUID] = { "uuid[]", HMS_PG_UUID },
	[HMS_PG_COL_TEXT] = { "text[]", HMS_PG_TEXT },
	[HMS_PG_COL_INT2] = { "int2[]", HMS_PG_INT2 },
	[HMS_PG_COL_INT4] = { "int4[]", HMS_PG_INT4 },
	[HMS_PG_COL_INT8] = { "int8[]", HMS_PG_INT8 },
	[HMS_PG_COL_BOOL] = { "bool[]", HMS_PG_BOOL },
	[HMS_PG_COL_TIME] = { "timestamptz[]", HMS_PG_TIMESTAMPTZ },
	[HMS_PG_COL_JSON] = { "jsonb[]", HMS_PG_JSONB },
	[HMS_PG_COL_ENUM] = { "text[]", HMS_PG_TEXT },
};

static bool in_key(const struct hms_pg_table *table, const char *column)
{
	struct hms_str rest = hms_str(table->key);

	while (rest.p) {
		if (hms_str_eqz(hms_str_trim(hms_str_split(&rest, ',')), column))
			return true;
	}
	return false;
}

static void add_list(const struct hms_pg_table *table, bool foreign, struct hms_buf *sql)
{
	const char *comma = "";

	for (size_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].foreign && !foreign)
			continue;
		hms_buf_printf(sql, "%s%s", comma, table->columns[i].name);
		comma = ", ";
	}
}

static void add_upsert(const struct hms_pg_table *table, struct hms_buf *sql)
{
	const char *comma = "";
	size_t n = 0;

	hms_buf_printf(sql, "insert into %s (", table->name);
	add_list(table, false, sql);
	hms_buf_strz(sql, ") select * from unnest(");
	for (size_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].foreign)
			continue;
		n++;
		hms_buf_printf(sql, "%s$%zu::%s", n > 1 ? ", " : "", n, kinds[table->columns[i].kind].array);
	}
	hms_buf_strz(sql, ")");
	if (!*table->key)
		return;
	hms_buf_printf(sql, " on conflict (%s) do update set ", table->key);
	for (size_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].foreign || in_key(table, table->columns[i].name))
			continue;
		hms_buf_printf(sql, "%s%s = excluded.%s", comma, table->columns[i].name, table->columns[i].name);
		comma = ", ";
	}
}

int hms_pg_table_init(struct hms_pg_table *table)
{
	struct hms_buf sql = HMS_BUF_INIT(16384), list = HMS_BUF_INIT(8192), name = HMS_BUF_INIT(128);

	add_upsert(table, &sql);
	add_list(table, true, &list);
	hms_buf_printf(&name, "upsert_%s", table->name);
	table->upsert.sql = hms_str_dup(hms_str(hms_buf_z(&sql)));
	table->upsert.name = hms_str_dup(hms_str(hms_buf_z(&name)));
	table->select_list = hms_str_dup(hms_str(hms_buf_z(&list)));
	hms_buf_fini(&sql);
	hms_buf_fini(&list);
	hms_buf_fini(&name);
	return table->upsert.sql && table->upsert.name && table->select_list ? 0 : HMS_ENOMEM;
}

void hms_pg_table_fini(struct hms_pg_table *table)
{
	free((char *)table->upsert.sql);
	free((char *)table->upsert.name);
	free(table->select_list);
	table->upsert = (struct hms_pg_stmt){ 0 };
	table->select_list = NULL;
}

static int find_name(const char *const *names, struct hms_str text)
{
	for (int i = 0; names[i]; i++)
		if (hms_str_eqz(text, names[i]))
			return i;
	return 0;
}

static int read_text(const struct hms_pg_result *res, size_t row, unsigned col, struct hms_arena *arena, struct hms_str *out)
{
	*out = hms_arena_str(arena, hms_pg_get_str(res, row, col));
	return out->p ? 0 : HMS_ENOMEM;
}

static int read_column(const struct hms_pg_column *c, const struct hms_pg_result *res, size_t row, unsigned col, struct hms_arena *arena,
		       void *at)
{
	if (hms_pg_is_null(res, row, col))
		return 0;
	switch (c->kind) {
	case HMS_PG_COL_UUID:
		hms_pg_get_uuid(res, row, col, at);
		return 0;
	case HMS_PG_COL_TEXT:
	case HMS_PG_COL_JSON:
		return read_text(res, row, col, arena, at);
	case HMS_PG_COL_INT2:
		*(int16_t *)at = (int16_t)hms_pg_get_int(res, row, col);
		return 0;
	case HMS_PG_COL_INT4:
		*(int32_t *)at = (int32_t)hms_pg_get_int(res, row, col);
		return 0;
	case HMS_PG_COL_INT8:
		*(int64_t *)at = hms_pg_get_int(res, row, col);
		return 0;
	case HMS_PG_COL_BOOL:
		*(bool *)at = hms_pg_get_bool(res, row, col);
		return 0;
	case HMS_PG_COL_TIME:
		*(int64_t *)at = hms_pg_get_time_us(res, row, col);
		return 0;
	case HMS_PG_COL_ENUM:
		*(int *)at = find_name(c->names, hms_pg_get_str(res, row, col));
		return 0;
	}
	return HMS_EINVAL;
}

int hms_pg_table_read(const struct hms_pg_table *table, const struct hms_pg_result *res, size_t row, unsigned first,
		      struct hms_arena *arena, void *base)
{
	for (size_t i = 0; i < table->column_count; i++) {
		const struct hms_pg_column *c = &table->columns[i];
		int rc = read_column(c, res, row, first + (unsigned)i, arena, (char *)base + c->offset);

		if (rc)
			return rc;
	}
	return 0;
}

static void add_value(struct hms_pg_array *a, const struct hms_pg_column *c, const void *at)
{
	switch (c->kind) {
	case HMS_PG_COL_UUID:
		hms_pg_a_uuid(a, at);
		break;
	case HMS_PG_COL_TEXT:
		hms_pg_a_text(a, *(const struct hms_str *)at);
		break;
	case HMS_PG_COL_JSON:
		hms_pg_a_json(a, *(const struct hms_str *)at);
		break;
	case HMS_PG_COL_INT2:
		hms_pg_a_int2(a, *(const int16_t *)at);
		break;
	case HMS_PG_COL_INT4:
		hms_pg_a_int4(a, *(const int32_t *)at);
		break;
	case HMS_PG_COL_INT8:
		hms_pg_a_int8(a, *(const int64_t *)at);
		break;
	case HMS_PG_COL_BOOL:
		hms_pg_a_bool(a, *(const bool *)at);
		break;
	case HMS_PG_COL_TIME:
		if (*(const int64_t *)at)
			hms_pg_a_time_us(a, *(const int64_t *)at);
		else
			hms_pg_a_null(a);
		break;
	case HMS_PG_COL_ENUM:
		hms_pg_a_text(a, hms_str(c->names[*(const int *)at]));
		break;
	}
}

void hms_pg_table_upsert(struct hms_pg_table *table, struct hms_pg_batch *batch, void *const *rows, size_t count)
{
	if (!count)
		return;
	hms_pg_stmt_begin(batch, &table->upsert, NULL, NULL);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct hms_pg_column *c = &table->columns[i];
		struct hms_pg_array *a;

		if (c->foreign)
			continue;
		a = hms_pg_array_new(batch, kinds[c->kind].oid);
		for (size_t r = 0; r < count; r++)
			add_value(a, c, (const char *)rows[r] + c->offset);
		hms_pg_p_array(batch, a);
	}
}
