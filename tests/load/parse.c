/* What reading a document costs: the scanner for ordinary ones next to libxml2's parser, each into the same message. For tests/load/frontend.py. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "both.h"

enum { ROUNDS = 9, DOCUMENT_MAX_BYTES = 256 * 1024 };

/* False: it does not read this document. */
typedef bool read_fn(struct both *both, struct hms_str doc);

static bool by_scanner(struct both *both, struct hms_str doc)
{
	struct hms_cwmp_msg *msg;

	hms_arena_reset(both->arena);
	hms_cwmp_build_reset(&both->scanned);
	return hms_cwmp_scan(&both->scanned, doc) && hms_cwmp_build_finish(&both->scanned, &msg) >= 0;
}

static bool by_libxml2(struct both *both, struct hms_str doc)
{
	struct hms_cwmp_guard guard = { .state = HMS_CWMP_AT_TEXT };
	struct hms_cwmp_msg *msg;

	hms_arena_reset(both->arena);
	hms_cwmp_build_reset(&both->parsed);
	return hms_cwmp_guard_pass(&guard, doc.p, doc.len) && hms_cwmp_xml_parse(both->xml, doc) == 0 &&
	       hms_cwmp_build_finish(&both->parsed, &msg) >= 0;
}

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double round_us(struct both *both, struct hms_str doc, read_fn *read, long times)
{
	double begin = cpu_us();

	for (long i = 0; i < times; i++)
		if (!read(both, doc))
			abort(); /* it did so before */
	return (cpu_us() - begin) / (double)times;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), by_size);
	return values[ROUNDS / 2];
}

/* By turns, so that what the machine does otherwise meets both. */
static void measure(struct both *both, struct hms_str doc, long times)
{
	double scanner[ROUNDS], libxml2[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		scanner[i] = round_us(both, doc, by_scanner, times);
		libxml2[i] = round_us(both, doc, by_libxml2, times);
	}
	printf("{\"bytes\": %zu, \"scanner\": %.3f, \"libxml2\": %.3f}\n", doc.len, median(scanner), median(libxml2));
}

int main(int argc, char **argv)
{
	static char text[DOCUMENT_MAX_BYTES];
	struct both both = { 0 };
	FILE *file = argc == 3 ? fopen(argv[1], "r") : NULL;
	long times = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	struct hms_str doc;

	if (!file || times < 1) {
		fprintf(stderr, "usage: bench_parse DOCUMENT TIMES\n");
		return 2;
	}
	doc = hms_str_trim(hms_strn(text, fread(text, 1, sizeof(text), file)));
	fclose(file);
	if (!both_init(&both, &hms_cwmp_default_limits))
		return 1;
	if (both_read(&both, doc) != BOTH_SAME) {
		fprintf(stderr, "bench_parse: %s: the scanner leaves it to libxml2, or they differ\n", argv[1]);
		return 1;
	}
	measure(&both, doc, times);
	both_fini(&both);
	return 0;
}
