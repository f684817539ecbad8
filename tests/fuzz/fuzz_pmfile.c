/* Fuzzes the reader of PM files. The first byte says in which pieces the rest is fed and whether it is the name of a file, a time or a duration. What was read must be
 * consistent, clean text, and the same whatever the pieces. */
#include <stdlib.h>

#include "hms/pmfile/pmfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct hms_pm_limits limits = {
	.inflated_bytes = 4 * 1024 * 1024,
	.ratio = 300,
	.names_bytes = 4 * 1024 * 1024,
	.facts = 20000,
	.infos = 500,
	.types = 1000,
	.text_bytes = 256 * 1024,
	.findings = 50,
	.depth = 20,
	.slack_us = 60000000,
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_info(const struct hms_pm_file *file, const struct hms_pm_info *info)
{
	require(info->first + info->count <= file->fact_count && info->group < file->name_count && info->element < file->name_count);
	require(!info->rejected || info->count == 0);
	require(info->rejected || (info->end_us > 0 && info->duration_us > 0));
	for (size_t i = info->first; i < info->first + info->count; i++) {
		const struct hms_pm_fact *fact = &file->facts[i];

		require(fact->object && fact->object < file->name_count && fact->counter && fact->counter < file->name_count);
		require(fact->text < file->name_count && fact->kind <= HMS_PM_DROPPED);
		require(fact->number == fact->number); /* no NaN */
	}
}

static void check(const struct hms_pm_file *file)
{
	require((file->code == 0) == (file->reason == NULL));
	for (size_t i = 0; i < file->name_count; i++)
		require(hms_utf8_valid(file->names[i]));
	for (size_t i = 0; i < file->info_count; i++)
		check_info(file, &file->infos[i]);
	for (size_t i = 0; i < file->finding_count; i++)
		require(file->findings[i].info == HMS_PM_NO_INFO || file->findings[i].info < file->info_count);
}

static const struct hms_pm_file *read_in(struct hms_pm_reader *reader, const uint8_t *data, size_t size, size_t piece)
{
	const struct hms_pm_file *file;

	hms_pm_reader_begin(reader, 3600);
	for (size_t at = 0; at < size; at += piece)
		if (hms_pm_reader_feed(reader, data + at, size - at < piece ? size - at : piece))
			break;
	file = hms_pm_reader_end(reader);
	check(file);
	return file;
}

static void read_file(uint8_t how, const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 7, 100, 5000 };
	static struct hms_pm_reader *reader; /* as in a service: it goes on after each file */
	const struct hms_pm_file *file;
	size_t facts, infos, names;
	int code;

	if (!reader)
		reader = hms_pm_reader_new(&limits);
	file = read_in(reader, data, size, SIZE_MAX / 2);
	code = file->code;
	facts = file->fact_count;
	infos = file->info_count;
	names = file->name_count;
	file = read_in(reader, data, size, pieces[how & 3]);
	/* How far libxml2 comes before it sees that something is wrong depends on the pieces. */
	if (!code || !file->code)
		require(code == file->code && facts == file->fact_count && infos == file->info_count && names == file->name_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hms_str text = { (const char *)data + 1, size ? size - 1 : 0 };
	struct hms_pm_name name;
	int64_t us;
	bool zoned;

	if (size == 0)
		return 0;
	if (data[0] & 0x80) {
		hms_pm_name_parse(text, &name);
		hms_pm_time(text, &us, &zoned);
		hms_pm_duration(text, &us);
	} else {
		read_file(data[0], data + 1, size - 1);
	}
	return 0;
}
