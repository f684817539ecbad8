/* Event codes as bits, in whatever spelling (device-quirks 7). */
#include "tables.h"

#include <ctype.h>

enum {
	MAX_CODE_BYTES = 64 /* TR-069 table 8; longer ones are unknown */
};

static const struct event_row {
	uint32_t bit;
	struct hms_str code;
} events[] = {
#define CWMP_EVENT(id, bit, code) { HMS_EVENT_##id, { code, sizeof(code) - 1 } },
#include "hms/cwmp/events.def"
#undef CWMP_EVENT
};
#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

const char *hms_cwmp_event_code(uint32_t bit)
{
	for (size_t i = 0; i < EVENT_COUNT; i++)
		if (events[i].bit == bit)
			return events[i].code.p;
	return "OTHER";
}

/* The rows VENDOR and OTHER are no codes. */
static const struct event_row *find_exact(struct hms_str code)
{
	for (size_t i = 0; i < EVENT_COUNT; i++)
		if (hms_str_eq(events[i].code, code) && events[i].bit != HMS_EVENT_OTHER && events[i].bit != HMS_EVENT_VENDOR)
			return &events[i];
	return NULL;
}

/* "X <OUI> <event>" and "M X_<OUI>_<method>". */
static bool is_vendor(struct hms_str code) { return hms_str_starts(code, HMS_STR("X ")) || hms_str_starts(code, HMS_STR("M X_")); }

/* Letters and digits only, in upper case; empty when it does not fit. */
static struct hms_str squeeze(struct hms_str code, char out[MAX_CODE_BYTES])
{
	size_t len = 0;

	if (code.len > MAX_CODE_BYTES)
		return HMS_STR("");
	for (size_t i = 0; i < code.len; i++)
		if (isalnum((unsigned char)code.p[i]))
			out[len++] = (char)toupper((unsigned char)code.p[i]);
	return hms_strn(out, len);
}

/* "7TRANSFERCOMPLETE" and "MTRANSFERCOMPLETE" -> "TRANSFERCOMPLETE". */
static struct hms_str without_class(struct hms_str squeezed)
{
	size_t skip = squeezed.len > 0 && squeezed.p[0] == 'M' ? 1 : 0;

	while (skip < squeezed.len && squeezed.p[skip] >= '0' && squeezed.p[skip] <= '9')
		skip++;
	return hms_strn(squeezed.p + skip, squeezed.len - skip);
}

/* The whole code first; then, for the numbered ones, its words alone, since the words tell them apart. */
static uint32_t find_similar(struct hms_str code)
{
	char given_text[MAX_CODE_BYTES], row_text[MAX_CODE_BYTES];
	struct hms_str given = squeeze(code, given_text), words = without_class(given);
	uint32_t by_words = HMS_EVENT_OTHER;

	if (given.len == 0)
		return HMS_EVENT_OTHER;
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		struct hms_str row = squeeze(events[i].code, row_text);

		if (events[i].bit == HMS_EVENT_VENDOR || events[i].bit == HMS_EVENT_OTHER)
			continue;
		if (hms_str_eq(row, given))
			return events[i].bit;
		if (row.len > 0 && isdigit((unsigned char)row.p[0]) && hms_str_eq(without_class(row), words))
			by_words = events[i].bit;
	}
	return by_words;
}

bool hms_cwmp_event_exact(struct hms_str code) { return find_exact(code) || is_vendor(code); }

uint32_t hms_cwmp_event_bit(struct hms_str code)
{
	const struct event_row *row = find_exact(code);
	uint32_t bit;

	if (row)
		return row->bit;
	bit = find_similar(code);
	return bit == HMS_EVENT_OTHER && is_vendor(code) ? HMS_EVENT_VENDOR : bit;
}

uint32_t hms_cwmp_event_bits(const struct hms_cwmp_event *list, size_t count)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < count; i++)
		bits |= hms_cwmp_event_bit(list[i].code);
	return bits;
}
