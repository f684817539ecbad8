/* The registry of quirks: is a folder right, and what may stand in it. */
#include <stdio.h>
#include <stdlib.h>

#include "hms/device/quirks.h"
#include "hmsadm.h"

#define QUIRKS_DIR "deploy/quirks"

int adm_quirks_check(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	const char *folder = options->dir ? options->dir : QUIRKS_DIR;
	struct hms_quirk_registry *registry;
	int rc = hms_quirks_load(folder, &registry, err);

	(void)conf;
	if (rc)
		return rc;
	printf("%s: %zu entries\n", folder, hms_quirks_count(registry));
	hms_quirks_free(&registry);
	return 0;
}

/* Words of a choice, for a cell of a table. */
static void print_choices(const char *choices)
{
	struct hms_str rest = hms_str(choices);

	for (const char *before = ""; rest.p; before = ", ") {
		struct hms_str word = hms_str_split(&rest, '|');

		printf("%s`%.*s`", before, HMS_STR_FMT(word));
	}
}

static void print_value(const struct hms_quirk_info *info)
{
	switch (info->type) {
	case HMS_QUIRK_NUMBER:
		printf("number %lld to %lld", (long long)info->min, (long long)info->max);
		break;
	case HMS_QUIRK_CHOICE:
		print_choices(info->choices);
		break;
	case HMS_QUIRK_METHODS:
		printf("list of methods");
		break;
	default:
		printf("true or false");
	}
}

int adm_quirks_doc(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	(void)options;
	(void)conf;
	(void)err;
	printf("| Quirk | Value | Who acts on it | Meaning |\n|---|---|---|---|\n");
	for (int q = 0; q < HMS_QUIRK_COUNT; q++) {
		const struct hms_quirk_info *info = hms_quirk_info((enum hms_quirk)q);

		printf("| `%s` | ", info->name);
		print_value(info);
		printf(" | %s | %s |\n", info->actor, info->help);
	}
	return 0;
}
