/* Fuzzes the parser of profiles. What it takes can be asked and merged for a device; what it refuses names a line of the text. */
#include <stdio.h>
#include <stdlib.h>

#include "hms/desired/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static int count(struct hms_str name, void *arg)
{
	require(name.len > 0);
	(*(size_t *)arg)++;
	return 0;
}

static void check(const struct hms_profile *p)
{
	const struct hms_device_facts facts = { .oui = HMS_STR("0200F0"), .serial = HMS_STR("000150"), .kind = HMS_STR("henb") };
	const struct hms_desired_input input = { .profiles = &p, .count = 1, .facts = &facts, .fap = 1 };
	struct hms_arena *arena = hms_arena_new(64 * 1024 * 1024);
	struct hms_desired *desired;
	struct hms_err err = { 0 };
	size_t placeholders = 0;

	require(hms_profile_uses(p, count, &placeholders) == 0);
	require(hms_profile_selects(p, &facts) || !hms_profile_selects(p, &facts));
	if (hms_desired_merge(arena, &input, &desired, &err) == 0)
		for (size_t i = 1; i < desired->count; i++)
			require(hms_str_cmp(desired->values[i - 1].path, desired->values[i].path) < 0);
	else
		require(err.text[0] != '\0');
	hms_arena_free(&arena);
}

static int lines(const uint8_t *data, size_t size)
{
	int n = 1;

	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hms_profile *p;
	struct hms_err err = { 0 };
	int line = 0;

	if (hms_profile_parse(hms_strn((const char *)data, size), &hms_profile_limits, &p, &err) == 0)
		check(p);
	else
		require(sscanf(err.text, "line %d: ", &line) == 1 && line >= 1 && line <= lines(data, size));
	hms_profile_free(&p);
	return 0;
}
