/* The reader: from bytes to a file. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

const struct hms_pm_limits hms_pm_default_limits = {
	.inflated_bytes = 256 * 1024 * 1024,
	.ratio = 300,
	.names_bytes = 32 * 1024 * 1024,
	.facts = 2000000,
	.infos = 20000,
	.types = 10000,
	.text_bytes = 1024 * 1024,
	.findings = 1000,
	.depth = 32,
	.slack_us = 60 * 1000000LL,
};

static const struct {
	const char *label, *text;
	bool rejects;
} findings[] = {
#define PM_FINDING(name, label_, rejects_, text_) [HMS_PM_##name] = { .label = (label_), .text = (text_), .rejects = (rejects_) },
#include "hms/pmfile/findings.def"
#undef PM_FINDING
};

const char *hms_pm_finding_label(enum hms_pm_finding_kind kind) { return findings[kind].label; }
const char *hms_pm_finding_text(enum hms_pm_finding_kind kind) { return findings[kind].text; }
bool hms_pm_finding_rejects(enum hms_pm_finding_kind kind) { return findings[kind].rejects; }

void pm_fail(struct hms_pm_reader *r, int code, const char *reason, const char *text)
{
	if (r->file.code)
		return;
	r->file.code = code;
	r->file.reason = reason;
	snprintf(r->file.error, sizeof(r->file.error), "%s", text);
}

bool pm_failed(struct hms_pm_reader *r, int code, const char *text)
{
	if (code == HMS_ENOMEM)
		pm_fail(r, code, "no_memory", hms_strerror(code));
	else if (code)
		pm_fail(r, HMS_ETOOBIG, "too_big", text);
	return r->file.code != 0;
}

void pm_find(struct hms_pm_reader *r, enum hms_pm_finding_kind kind, uint32_t info, const char *fmt, ...)
{
	struct hms_pm_finding *finding;
	va_list args;

	r->file.found[kind]++;
	if (r->findings.count >= r->limits.findings ||
	    pm_failed(r, pm_array_grow(&r->findings, sizeof(*finding), r->limits.findings), "too many findings"))
		return;
	finding = (struct hms_pm_finding *)r->findings.items + r->findings.count++;
	*finding = (struct hms_pm_finding){ .kind = kind, .info = info };
	va_start(args, fmt);
	vsnprintf(finding->detail, sizeof(finding->detail), fmt, args);
	va_end(args);
}

bool pm_read_time(struct hms_pm_reader *r, struct hms_str text, int64_t *wall_us)
{
	bool zoned;

	if (!text.p || hms_pm_time(text, wall_us, &zoned))
		return false;
	if (zoned)
		return true;
	*wall_us -= r->offset_s * 1000000LL;
	if (!r->file.found[HMS_PM_LOCAL_TIME])
		pm_find(r, HMS_PM_LOCAL_TIME, HMS_PM_NO_INFO, "%.*s", (int)(text.len < 40 ? text.len : 40), text.p);
	return true;
}

struct hms_pm_reader *hms_pm_reader_new(const struct hms_pm_limits *limits)
{
	struct hms_pm_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->limits = *limits;
	if (r->limits.depth > PM_DEPTH_MAX)
		r->limits.depth = PM_DEPTH_MAX;
	hms_buf_init(&r->text, limits->text_bytes);
	r->places = calloc(PM_POSITION_MAX + 1, sizeof(*r->places));
	if (!r->places || pm_names_init(&r->names, limits->names_bytes) || !(r->xml = pm_xml_new(r)) || !(r->gunzip = pm_gunzip_new(r)))
		hms_pm_reader_free(&r);
	return r;
}

void hms_pm_reader_free(struct hms_pm_reader **reader)
{
	struct hms_pm_reader *r = *reader;

	*reader = NULL;
	if (!r)
		return;
	pm_xml_free(&r->xml);
	pm_gunzip_free(&r->gunzip);
	pm_names_fini(&r->names);
	hms_buf_fini(&r->text);
	free(r->places);
	free(r->facts.items);
	free(r->infos.items);
	free(r->findings.items);
	free(r->types.items);
	free(r);
}

void hms_pm_reader_begin(struct hms_pm_reader *r, int32_t offset_s)
{
	r->file = (struct hms_pm_file){ 0 };
	r->offset_s = offset_s;
	r->facts.count = r->infos.count = r->findings.count = r->types.count = 0;
	r->depth = r->skipped = r->state = 0;
	r->head_len = r->in_bytes = r->out_bytes = 0;
	r->in_info = r->in_value = r->elements_told = false;
	r->element = r->object = 0;
	hms_buf_reset(&r->text);
	if (!pm_failed(r, pm_names_reset(&r->names), "no room for names"))
		pm_xml_begin(r->xml);
	pm_gunzip_begin(r->gunzip);
}

static void feed_known(struct hms_pm_reader *r, const void *data, size_t len)
{
	r->in_bytes += len;
	if (r->file.gzip) {
		pm_gunzip_feed(r->gunzip, data, len);
		return;
	}
	r->out_bytes += len;
	if (r->out_bytes > r->limits.inflated_bytes)
		pm_fail(r, HMS_ETOOBIG, "too_big", "the file is too large");
	else
		pm_xml_feed(r->xml, data, len);
}

/* gzip is known by its magic number, whatever was declared. */
static void decide(struct hms_pm_reader *r)
{
	r->file.gzip = r->head_len == 2 && r->head[0] == 0x1f && r->head[1] == 0x8b;
	feed_known(r, r->head, r->head_len);
}

int hms_pm_reader_feed(struct hms_pm_reader *r, const void *data, size_t len)
{
	const unsigned char *p = data;

	if (r->head_len < sizeof(r->head)) {
		while (len && r->head_len < sizeof(r->head)) {
			r->head[r->head_len++] = *p++;
			len--;
		}
		if (r->head_len < sizeof(r->head))
			return r->file.code;
		decide(r);
	}
	if (len && !r->file.code)
		feed_known(r, p, len);
	return r->file.code;
}

const struct hms_pm_file *hms_pm_reader_end(struct hms_pm_reader *r)
{
	struct hms_pm_finding *found;

	if (r->head_len < sizeof(r->head) && !r->file.code)
		decide(r);
	if (r->file.gzip && !r->file.code)
		pm_gunzip_end(r->gunzip);
	pm_xml_end(r->xml);
	if (r->in_info) { /* it broke off within a measInfo */
		r->facts.count = r->info.first;
		r->in_info = false;
	}
	found = r->findings.items;
	for (size_t i = 0; i < r->findings.count; i++)
		if (found[i].info >= r->infos.count)
			found[i].info = HMS_PM_NO_INFO;
	pm_finish(r);
	r->file.names = r->names.list.items;
	r->file.name_count = r->names.list.count;
	r->file.infos = r->infos.items;
	r->file.info_count = r->infos.count;
	r->file.facts = r->facts.items;
	r->file.fact_count = r->facts.count;
	r->file.findings = r->findings.items;
	r->file.finding_count = r->findings.count;
	return &r->file;
}
