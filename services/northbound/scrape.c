/* What a page of metrics says about a process: version, start, and how far its consumers are behind. */
#include "scrape.h"

#include <stdio.h>
#include <stdlib.h>

/* Every consumer names its lag so. */
#define LAG_SUFFIX "_lag_milliseconds"

static double number(struct hms_str s)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", HMS_STR_FMT(s));
	return strtod(text, NULL);
}

static void read_version(struct hms_str labels, struct nbi_scrape *out)
{
	static const char key[] = "version=\"";
	const char *at = memmem(labels.p, labels.len, key, sizeof(key) - 1);
	struct hms_str rest, value;

	if (!at)
		return;
	rest = hms_strn(at + sizeof(key) - 1, labels.len - (size_t)(at - labels.p) - (sizeof(key) - 1));
	value = hms_str_split(&rest, '"');
	if (rest.p)
		snprintf(out->version, sizeof(out->version), "%.*s", HMS_STR_FMT(value));
}

static void read_line(struct hms_str line, struct nbi_scrape *out)
{
	const char *blank = memrchr(line.p, ' ', line.len);
	struct hms_str labels, name, value;

	if (!blank || line.p[0] == '#')
		return;
	value = hms_strn(blank + 1, line.len - (size_t)(blank + 1 - line.p));
	labels = hms_strn(line.p, (size_t)(blank - line.p));
	name = hms_str_split(&labels, '{');
	if (hms_str_eqz(name, "hms_build_info") && labels.p)
		read_version(labels, out);
	else if (hms_str_eqz(name, "process_start_time_seconds"))
		out->start_s = (int64_t)number(value);
	else if (hms_str_ends(name, HMS_STR(LAG_SUFFIX)) && (int64_t)number(value) > out->lag_ms)
		out->lag_ms = (int64_t)number(value);
}

void nbi_scrape_read(struct hms_str page, struct nbi_scrape *out)
{
	struct hms_str rest = page;

	*out = NBI_SCRAPE_NOTHING;
	while (rest.p) {
		struct hms_str line = hms_str_split(&rest, '\n');

		if (line.len)
			read_line(line, out);
	}
}
