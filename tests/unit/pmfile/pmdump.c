/* Prints what lib/pmfile reads of a file, a line a value, for comparison with independent.py. */
#include <stdio.h>

#include "hms/pmfile/pmfile.h"

enum { PIECE_BYTES = 4096 };

static void put(struct hms_str s)
{
	for (size_t i = 0; i < s.len; i++)
		putchar(s.p[i] == '\t' || s.p[i] == '\n' ? ' ' : s.p[i]);
}

static void put_value(const struct hms_pm_file *file, const struct hms_pm_fact *fact)
{
	if (fact->kind == HMS_PM_NUMBER)
		printf("%.17g", fact->number);
	else if (fact->kind == HMS_PM_NIL)
		printf("NIL");
	else
		put(file->names[fact->text]);
}

static void put_info(const struct hms_pm_file *file, const struct hms_pm_info *info)
{
	for (size_t i = info->first; i < info->first + info->count; i++) {
		const struct hms_pm_fact *fact = &file->facts[i];

		if (fact->kind == HMS_PM_DROPPED)
			continue;
		printf("row\t");
		put(file->names[info->group]);
		printf("\t%lld\t%lld\t", (long long)info->end_us, (long long)info->duration_us);
		put(file->names[fact->object]);
		putchar('\t');
		put(file->names[fact->counter]);
		putchar('\t');
		put_value(file, fact);
		printf("\t%d\n", fact->suspect);
	}
}

int main(int argc, char **argv)
{
	FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
	struct hms_pm_reader *reader = hms_pm_reader_new(&hms_pm_default_limits);
	const struct hms_pm_file *file;
	char piece[PIECE_BYTES];
	size_t n;

	if (!in || !reader)
		return 2;
	hms_pm_reader_begin(reader, 0);
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		hms_pm_reader_feed(reader, piece, n);
	fclose(in);
	file = hms_pm_reader_end(reader);
	printf("file\t%s\n", file->code ? file->reason : "ok");
	for (size_t i = 0; i < file->info_count; i++)
		put_info(file, &file->infos[i]);
	for (size_t i = 0; i < file->finding_count; i++) {
		const struct hms_pm_finding *f = &file->findings[i];

		if (hms_pm_finding_rejects(f->kind) && f->info != HMS_PM_NO_INFO)
			printf("rejected\t%u\t%s\n", f->info, hms_pm_finding_label(f->kind));
	}
	hms_pm_reader_free(&reader);
	return 0;
}
