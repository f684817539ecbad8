/* FaultMgmt rows: from a list of parameters to rows, and what is missing in them. */
#include "hms/device/fault_row.h"

#include "hms/base/err.h"

#define OBJECT "FaultMgmt."
#define CURRENT_ENTRIES "CurrentAlarmNumberOfEntries"
#define NAME_MAX_BYTES 1024 /* 256 characters (TR-069, ParameterValueStruct) */

enum need { NONE, MAY, MUST };

static const struct {
	const char *name;
	size_t cap_bytes;
	enum need events, current;
} fields[] = {
#define FAULT_FIELD(id, name_, cap, events_, current_) [HMS_FAULT_##id] = { name_, cap, events_, current_ },
#include "hms/device/fault_fields.def"
#undef FAULT_FIELD
};

static const char *const tables[] = {
	[HMS_FAULT_EXPEDITED] = "ExpeditedEvent",
	[HMS_FAULT_QUEUED] = "QueuedEvent",
	[HMS_FAULT_HISTORY] = "HistoryEvent",
	[HMS_FAULT_CURRENT] = "CurrentAlarm",
};

/* What a clear may not be without: the rest is known of the alarm that it ends. */
#define CLEAR_NEEDS \
	(HMS_FAULT_BIT(HMS_FAULT_EVENT_TIME) | HMS_FAULT_BIT(HMS_FAULT_ALARM_IDENTIFIER) | HMS_FAULT_BIT(HMS_FAULT_NOTIFICATION_TYPE))

const char *hms_fault_table_name(enum hms_fault_table table) { return tables[table]; }

const char *hms_fault_field_name(enum hms_fault_field field) { return fields[field].name; }

bool hms_fault_mentioned(struct hms_str record)
{
	return record.len && memmem(record.p, record.len, "." OBJECT, sizeof("." OBJECT) - 1) != NULL;
}

/* ---------------------------------------------------------------- names */

/* The length of the prefix that ends with FaultMgmt. as a part of the path; 0: it is no parameter of FaultMgmt. */
static size_t prefix_len(struct hms_str name)
{
	const char *at = name.p;
	size_t left = name.len;

	while (left && (at = memmem(at, left, OBJECT, sizeof(OBJECT) - 1))) {
		if (at > name.p && at[-1] == '.')
			return (size_t)(at - name.p) + sizeof(OBJECT) - 1;
		at++;
		left = name.len - (size_t)(at - name.p);
	}
	return 0;
}

static enum hms_fault_table find_table(struct hms_str name)
{
	for (enum hms_fault_table t = HMS_FAULT_EXPEDITED; t <= HMS_FAULT_CURRENT; t++)
		if (hms_str_eqz(name, tables[t]))
			return t;
	return 0;
}

static enum hms_fault_field find_field(struct hms_str name, enum hms_fault_table table)
{
	for (unsigned f = 0; f < HMS_FAULT_FIELD_COUNT; f++)
		if (hms_str_eqz(name, fields[f].name))
			return (table == HMS_FAULT_CURRENT ? fields[f].current : fields[f].events) ? f : HMS_FAULT_FIELD_COUNT;
	return HMS_FAULT_FIELD_COUNT;
}

/* Takes "ExpeditedEvent.3.EventTime" apart. Returns false if it is nothing of the kind. */
static bool take_name(struct hms_str rest, struct hms_fault_row *place, enum hms_fault_field *field)
{
	struct hms_str table = hms_str_split(&rest, '.'), number = hms_str_split(&rest, '.');
	uint64_t instance;

	place->table = find_table(table);
	if (!place->table || hms_str_u64(number, &instance) || !instance || instance > INT32_MAX)
		return false;
	place->instance = (uint32_t)instance;
	*field = find_field(rest, place->table);
	return *field != HMS_FAULT_FIELD_COUNT;
}

/* ---------------------------------------------------------------- rows */

bool hms_fault_row_same(const struct hms_fault_row *a, const struct hms_fault_row *b)
{
	return a->instance == b->instance && a->table == b->table && hms_str_eq(a->prefix, b->prefix);
}

/* The row of a place, made if need be; NULL: over the limit, or out of memory (*rc). */
static struct hms_fault_row *row_at(struct hms_arena *arena, struct hms_fault_rows *rows, size_t *room, size_t rows_max,
				    const struct hms_fault_row *place, int *rc)
{
	for (size_t i = rows->count; i-- > 0;) /* the last first: names of one row stand together */
		if (hms_fault_row_same(&rows->list[i], place))
			return &rows->list[i];
	if (rows->count == rows_max)
		return NULL;
	if (rows->count == *room) {
		size_t more = *room ? *room * 2 : 8;
		struct hms_fault_row *list = hms_arena_grow(arena, rows->list, *room * sizeof(*list), more * sizeof(*list));

		if (!list) {
			*rc = HMS_ENOMEM;
			return NULL;
		}
		rows->list = list;
		*room = more;
	}
	rows->list[rows->count] = *place;
	return &rows->list[rows->count++];
}

/* At most cap bytes, and no character in halves. */
static struct hms_str cut(struct hms_str s, size_t cap)
{
	if (s.len <= cap)
		return s;
	while (cap > 0 && ((unsigned char)s.p[cap] & 0xc0) == 0x80)
		cap--;
	return hms_strn(s.p, cap);
}

static void set_field(struct hms_fault_row *row, enum hms_fault_field field, const char *value)
{
	struct hms_str said = hms_str_trim(hms_str(value));

	row->text[field] = cut(said, fields[field].cap_bytes);
	row->present |= HMS_FAULT_BIT(field);
	row->cut &= ~HMS_FAULT_BIT(field);
	if (row->text[field].len < said.len)
		row->cut |= HMS_FAULT_BIT(field);
}

static void count_current(struct hms_fault_rows *rows, const char *value)
{
	uint64_t entries;

	if (hms_str_u64(hms_str_trim(hms_str(value)), &entries) || entries > INT32_MAX)
		return;
	rows->current_entries = (rows->current_entries < 0 ? 0 : rows->current_entries) + (int64_t)entries;
}

int hms_fault_rows(struct hms_arena *arena, Hms__Param *const *params, size_t count, size_t rows_max, struct hms_fault_rows *out)
{
	size_t room = 0;
	int rc = 0;

	*out = (struct hms_fault_rows){ .current_entries = -1 };
	for (size_t i = 0; i < count && !rc; i++) {
		struct hms_str name = hms_str_trim(hms_str(params[i]->name));
		size_t prefix = prefix_len(name);
		struct hms_str rest = hms_strn(name.p + prefix, name.len - prefix);
		struct hms_fault_row place = { .prefix = hms_strn(name.p, prefix) }, *row;
		enum hms_fault_field field;

		if (!prefix || name.len > NAME_MAX_BYTES)
			continue;
		if (hms_str_eqz(rest, CURRENT_ENTRIES))
			count_current(out, params[i]->value);
		if (!take_name(rest, &place, &field))
			continue;
		row = row_at(arena, out, &room, rows_max, &place, &rc);
		if (row)
			set_field(row, field, params[i]->value);
		else
			out->dropped++;
	}
	for (size_t i = 0; i < out->count; i++)
		hms_fault_row_read(&out->list[i]);
	return rc;
}

/* ---------------------------------------------------------------- meaning */

static bool said(const struct hms_fault_row *row, enum hms_fault_field field) { return row->present & HMS_FAULT_BIT(field); }

static int64_t read_time(struct hms_fault_row *row, enum hms_fault_field field)
{
	int64_t us;

	if (hms_fault_time(row->text[field], &us) == HMS_ESYNTAX)
		row->bad |= HMS_FAULT_BIT(field);
	return us;
}

static void read_severity(struct hms_fault_row *row)
{
	row->severity = hms_fault_severity_find(row->text[HMS_FAULT_PERCEIVED_SEVERITY]);
	if (row->severity || !said(row, HMS_FAULT_PERCEIVED_SEVERITY))
		return;
	row->severity = HMS_FAULT_SEVERITY_INDETERMINATE;
	row->bad |= HMS_FAULT_BIT(HMS_FAULT_PERCEIVED_SEVERITY);
}

void hms_fault_row_read(struct hms_fault_row *row)
{
	row->bad = 0;
	row->event_us = read_time(row, HMS_FAULT_EVENT_TIME);
	row->raised_us = read_time(row, HMS_FAULT_ALARM_RAISED_TIME);
	if (row->table == HMS_FAULT_CURRENT) {
		row->event_us = read_time(row, HMS_FAULT_ALARM_CHANGED_TIME);
		if (!row->event_us)
			row->event_us = row->raised_us;
	}
	read_severity(row);
	row->notification = hms_fault_notification_find(row->text[HMS_FAULT_NOTIFICATION_TYPE]);
	if (!row->notification && said(row, HMS_FAULT_NOTIFICATION_TYPE))
		row->bad |= HMS_FAULT_BIT(HMS_FAULT_NOTIFICATION_TYPE);
	row->event_type = hms_fault_event_type_find(row->text[HMS_FAULT_EVENT_TYPE]);
}

void hms_fault_row_fill(struct hms_fault_row *row, const struct hms_fault_row *known)
{
	unsigned lacking = known->present & ~row->present;

	for (unsigned f = 0; f < HMS_FAULT_FIELD_COUNT; f++)
		if (lacking & HMS_FAULT_BIT(f))
			row->text[f] = known->text[f];
	row->cut |= known->cut & lacking;
	row->present |= lacking;
	hms_fault_row_read(row);
}

unsigned hms_fault_row_missing(const struct hms_fault_row *row)
{
	unsigned needed = 0;

	for (unsigned f = 0; f < HMS_FAULT_FIELD_COUNT; f++)
		if ((row->table == HMS_FAULT_CURRENT ? fields[f].current : fields[f].events) == MUST)
			needed |= HMS_FAULT_BIT(f);
	if (row->notification == HMS_FAULT_NOTIFICATION_CLEARED && row->text[HMS_FAULT_ALARM_IDENTIFIER].len)
		needed = CLEAR_NEEDS;
	if (hms_fault_row_unused(row))
		return 0;
	return needed & ~row->present;
}

static bool nothing_but_empty(const struct hms_fault_row *row)
{
	for (unsigned f = 0; f < HMS_FAULT_FIELD_COUNT; f++)
		if (row->text[f].len)
			return false;
	return true;
}

bool hms_fault_row_unused(const struct hms_fault_row *row)
{
	if (row->text[HMS_FAULT_ALARM_IDENTIFIER].len || row->event_us)
		return false;
	if (nothing_but_empty(row))
		return true;
	if (row->table == HMS_FAULT_CURRENT)
		return said(row, HMS_FAULT_ALARM_IDENTIFIER) && !row->text[HMS_FAULT_EVENT_TYPE].len &&
		       !row->text[HMS_FAULT_PROBABLE_CAUSE].len;
	return said(row, HMS_FAULT_EVENT_TIME) && !(row->bad & HMS_FAULT_BIT(HMS_FAULT_EVENT_TIME));
}

void hms_fault_row_path(const struct hms_fault_row *row, struct hms_buf *out)
{
	hms_buf_str(out, row->prefix);
	hms_buf_printf(out, "%s.%u.", tables[row->table], row->instance);
}

/* An unknown time is later than any: the event has just come. */
static uint64_t time_order(const struct hms_fault_row *row) { return (uint64_t)row->event_us - 1; }

int hms_fault_row_cmp(const void *a, const void *b)
{
	const struct hms_fault_row *x = a, *y = b;

	if (time_order(x) != time_order(y))
		return time_order(x) < time_order(y) ? -1 : 1;
	if (x->notification != y->notification)
		return x->notification < y->notification ? -1 : 1;
	return x->instance < y->instance ? -1 : x->instance > y->instance;
}
