/* PM files: content by TS 32.435, names by TS 32.432, values from the seed. */
#include "pm_file.h"

#include <stdio.h>
#include <time.h>
#include <zlib.h>

#include "hms/base/err.h"
#include "hms/cwmp/writer.h"
#include "rng.h"
#include "value.h"

#define GZIP_WINDOW (15 + 16)

enum rule { PLAIN, PART, REST };

static const struct counter {
	enum pm_radio radio;
	const char *group, *name;
	enum rule rule;
	uint64_t top;
} counters[] = {
#define PM_COUNTER(radio, group, name, rule, top) { PM_##radio, group, name, rule, top },
#include "pm_counters.def"
#undef PM_COUNTER
};
#define COUNTER_COUNT (sizeof(counters) / sizeof(counters[0]))
_Static_assert(COUNTER_COUNT <= PM_VALUES_MAX, "PM_VALUES_MAX");

/* ---- values ---- */
static uint64_t draw(const struct pm_file *file, size_t counter, uint64_t top)
{
	struct rng rng = { file->seed ^ (uint64_t)file->number << 40 ^ (uint64_t)counter << 32 ^ (uint64_t)file->end_s };

	rng_next(&rng);
	return rng_next(&rng) % (top + 1);
}

size_t pm_values(const struct pm_file *file, uint64_t out[PM_VALUES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < COUNTER_COUNT; i++) {
		uint64_t drawn = draw(file, i, counters[i].top);

		if (counters[i].radio != file->radio)
			continue;
		if (counters[i].rule == PART)
			drawn = out[n - 1] - (drawn < out[n - 1] ? drawn : out[n - 1]);
		else if (counters[i].rule == REST)
			drawn = out[n - 2] - out[n - 1];
		out[n++] = drawn;
	}
	return n;
}

const char *pm_counter_name(enum pm_radio radio, size_t i)
{
	for (size_t c = 0; c < COUNTER_COUNT; c++)
		if (counters[c].radio == radio && i-- == 0)
			return counters[c].name;
	return NULL;
}

/* ---- content ---- */
struct writing {
	const struct pm_file *file;
	struct hms_buf *out;
	const char *p; /* prefix of elements: "md:" or "" */
	uint64_t values[PM_VALUES_MAX];
	unsigned position; /* of a measType: unique in the file */
	char begin[VALUE_TIME_SIZE], end[VALUE_TIME_SIZE];
};

static void attribute(struct writing *w, const char *name, const char *value)
{
	hms_buf_printf(w->out, " %s=\"", name);
	hms_cwmp_write_text(w->out, hms_str(value)); /* quotes need no escape in our names */
	hms_buf_char(w->out, '"');
}

static void write_header(struct writing *w)
{
	const struct pm_file *f = w->file;

	hms_buf_printf(w->out,
		       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%smeasCollecFile xmlns%s%.2s="
		       "\"http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec\">\n",
		       w->p, *w->p ? ":" : "", w->p);
	hms_buf_printf(w->out, "<%sfileHeader fileFormatVersion=\"32.435 V7.0\"", w->p);
	attribute(w, "vendorName", f->vendor);
	if (*f->dn_prefix)
		attribute(w, "dnPrefix", f->dn_prefix);
	hms_buf_printf(w->out, ">\n<%sfileSender", w->p);
	attribute(w, "localDn", f->local_dn);
	attribute(w, "elementType", f->radio == PM_LTE ? "HeNB" : "HNB");
	hms_buf_printf(w->out, "/>\n<%smeasCollec beginTime=\"%s\"/>\n</%sfileHeader>\n<%smeasData>\n<%smanagedElement", w->p, w->begin,
		       w->p, w->p, w->p);
	attribute(w, "localDn", f->local_dn);
	hms_buf_strz(w->out, "/>\n");
}

static void begin_group(struct writing *w, const char *group)
{
	long long interval = (long long)w->file->interval_s;

	hms_buf_printf(w->out, "<%smeasInfo measInfoId=\"%s\">\n<%sgranPeriod duration=\"PT%lldS\" endTime=\"%s\"/>\n", w->p, group, w->p,
		       interval, w->end);
	hms_buf_printf(w->out, "<%srepPeriod duration=\"PT%lldS\"/>\n", w->p, interval);
}

static void write_positioned(struct writing *w, const struct counter *first, size_t count, const uint64_t *values)
{
	for (size_t i = 0; i < count; i++)
		hms_buf_printf(w->out, "<%smeasType p=\"%zu\">%s</%smeasType>\n", w->p, w->position + i + 1, first[i].name, w->p);
	hms_buf_printf(w->out, "<%smeasValue", w->p);
	attribute(w, "measObjLdn", w->file->local_dn);
	hms_buf_char(w->out, '>');
	for (size_t i = count; i-- > 0;) /* in any order: the position says whose value it is */
		hms_buf_printf(w->out, "<%sr p=\"%zu\">%llu</%sr>", w->p, w->position + i + 1, (unsigned long long)values[i], w->p);
	w->position += (unsigned)count;
}

static void write_compact(struct writing *w, const struct counter *first, size_t count, const uint64_t *values)
{
	hms_buf_printf(w->out, "<%smeasTypes>", w->p);
	for (size_t i = 0; i < count; i++)
		hms_buf_printf(w->out, "%s%s", i > 0 ? " " : "", first[i].name);
	hms_buf_printf(w->out, "</%smeasTypes>\n<%smeasValue", w->p, w->p);
	attribute(w, "measObjLdn", w->file->local_dn);
	hms_buf_printf(w->out, "><%smeasResults>", w->p);
	for (size_t i = 0; i < count; i++)
		hms_buf_printf(w->out, "%s%llu", i > 0 ? " " : "", (unsigned long long)values[i]);
	hms_buf_printf(w->out, "</%smeasResults>", w->p);
}

static void write_groups(struct writing *w)
{
	size_t at = 0;

	for (size_t i = 0, count; i < COUNTER_COUNT; i += count) {
		count = 1;
		while (i + count < COUNTER_COUNT && counters[i + count].radio == counters[i].radio &&
		       strcmp(counters[i + count].group, counters[i].group) == 0)
			count++;
		if (counters[i].radio != w->file->radio)
			continue;
		begin_group(w, counters[i].group);
		(w->file->positioned ? write_positioned : write_compact)(w, &counters[i], count, &w->values[at]);
		hms_buf_printf(w->out, "</%smeasValue>\n</%smeasInfo>\n", w->p, w->p);
		at += count;
	}
}

uint64_t pm_file_write(const struct pm_file *file, struct hms_buf *out)
{
	struct writing w = { .file = file, .out = out, .p = file->positioned ? "md:" : "" };
	size_t count = pm_values(file, w.values);
	uint64_t sum = 0;

	value_time_text(file->end_s - file->interval_s, w.begin);
	value_time_text(file->end_s, w.end);
	write_header(&w);
	write_groups(&w);
	hms_buf_printf(out, "</%smeasData>\n<%sfileFooter><%smeasCollec endTime=\"%s\"/></%sfileFooter>\n</%smeasCollecFile>\n", w.p, w.p,
		       w.p, w.end, w.p, w.p);
	for (size_t i = 0; i < count; i++)
		sum += w.values[i];
	return sum;
}

/* ---- name, gzip ---- */
const char *pm_file_name(const struct pm_file *file, char out[PM_NAME_SIZE])
{
	time_t begin = (time_t)(file->end_s - file->interval_s), end = (time_t)file->end_s;
	char from[32], to[32];
	struct tm tm;

	gmtime_r(&begin, &tm);
	strftime(from, sizeof(from), "%Y%m%d.%H%M+0000", &tm);
	gmtime_r(&end, &tm);
	strftime(to, sizeof(to), "%H%M+0000", &tm);
	snprintf(out, PM_NAME_SIZE, "A%s-%s_%s.xml", from, to, file->unique_id);
	return out;
}

int pm_gzip(struct hms_str text, struct hms_buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text.p, .avail_in = (uInt)text.len };
	uLong bound;
	int rc;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return HMS_ENOMEM;
	bound = deflateBound(&z, (uLong)text.len);
	rc = hms_buf_reserve(out, bound);
	if (rc == 0) {
		z.next_out = (Bytef *)(out->p + out->len);
		z.avail_out = (uInt)bound;
		rc = deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : HMS_ENOMEM;
		out->len += z.total_out;
	}
	deflateEnd(&z);
	return rc;
}
