/* Options of the command line: one table (options.def), one parser, one help text. */
#include "options.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum option_type { OPTION_GROUP, OPTION_TEXT, OPTION_FLAG, OPTION_INT, OPTION_TIME, OPTION_NUM, OPTION_ENUM };

struct option_row {
	enum option_type type;
	const char *name; /* of a group: its title */
	size_t offset;
	unsigned commands;
	const char *def, *low, *high; /* bounds of OPTION_NUM */
	int64_t min, max;
	const char *value; /* name of the value in --help; choices of OPTION_ENUM */
	const char *help;
};

#define S COMMAND_STORY
#define L COMMAND_LOAD
#define C COMMAND_CELLS
#define AT(field) offsetof(struct options, field)
#define OPT_GROUP(title) { OPTION_GROUP, .name = title },
#define OPT_TEXT(field, d, commands, v, h) { OPTION_TEXT, #field, AT(field), commands, d, .value = v, .help = h },
#define OPT_FLAG(field, commands, h) { OPTION_FLAG, #field, AT(field), commands, NULL, .help = h },
#define OPT_INT(field, d, lo, hi, commands, v, h) { OPTION_INT, #field, AT(field), commands, #d, NULL, NULL, lo, hi, v, h },
#define OPT_TIME(field, d, hi, commands, v, h) { OPTION_TIME, #field, AT(field##_ms), commands, d, NULL, NULL, 0, hi, v, h },
#define OPT_NUM(field, d, lo, hi, commands, v, h) { OPTION_NUM, #field, AT(field), commands, d, lo, hi, 0, 0, v, h },
#define OPT_ENUM(field, d, choices, commands, h) { OPTION_ENUM, #field, AT(field), commands, d, .value = choices, .help = h },
static const struct option_row rows[] = {
#include "options.def"
};
#undef S
#undef L
#undef C
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

int options_time(const char *text, int64_t *out_ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };
	char *end;
	double number = strtod(text, &end);

	if (end == text || !isfinite(number) || number < 0 || number > 1e9)
		return HMS_ESYNTAX;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0) {
			*out_ms = llround(number * units[i].ms);
			return 0;
		}
	}
	return HMS_ESYNTAX;
}

static int set_int(const struct option_row *row, const char *text, int64_t *out, struct hms_err *err)
{
	char *end;
	long long number = strtoll(text, &end, 10);

	if (end == text || *end != '\0' || number < row->min || number > row->max)
		return hms_err_set(err, HMS_ESYNTAX, "'%s' is not a whole number from %lld to %lld", text, (long long)row->min,
				   (long long)row->max);
	*out = number;
	return 0;
}

static int set_time(const struct option_row *row, const char *text, int64_t *out_ms, struct hms_err *err)
{
	if (options_time(text, out_ms) != 0)
		return hms_err_set(err, HMS_ESYNTAX, "'%s' is not a time such as 2, 2s, 250ms, 5m or 1h", text);
	if (*out_ms > row->max)
		return hms_err_set(err, HMS_ESYNTAX, "'%s' is more than %lld ms", text, (long long)row->max);
	return 0;
}

static int set_num(const struct option_row *row, const char *text, double *out, struct hms_err *err)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(number) || number < strtod(row->low, NULL) || number > strtod(row->high, NULL))
		return hms_err_set(err, HMS_ESYNTAX, "'%s' is not a number from %s to %s", text, row->low, row->high);
	*out = number;
	return 0;
}

static int set_enum(const struct option_row *row, const char *text, int *out, struct hms_err *err)
{
	struct hms_str rest = hms_str(row->value);

	for (int i = 0; rest.p; i++) {
		if (hms_str_eqz(hms_str_split(&rest, '|'), text)) {
			*out = i;
			return 0;
		}
	}
	return hms_err_set(err, HMS_ESYNTAX, "'%s' is none of %s", text, row->value);
}

static int set_row(const struct option_row *row, struct options *opt, const char *text, struct hms_err *err)
{
	void *field = (char *)opt + row->offset;

	switch (row->type) {
	case OPTION_TEXT:
		*(const char **)field = text;
		return 0;
	case OPTION_FLAG:
		*(bool *)field = text != NULL;
		return 0;
	case OPTION_INT:
		return set_int(row, text, field, err);
	case OPTION_TIME:
		return set_time(row, text, field, err);
	case OPTION_NUM:
		return set_num(row, text, field, err);
	case OPTION_ENUM:
		return set_enum(row, text, field, err);
	case OPTION_GROUP:
		break;
	}
	return 0;
}

/* Whether "answer-delay" names the field "answer_delay". */
static bool name_matches(const char *field, struct hms_str name)
{
	if (strlen(field) != name.len)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] != (field[i] == '_' ? '-' : field[i]))
			return false;
	return true;
}

static const struct option_row *find_row(struct hms_str name)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].type != OPTION_GROUP && name_matches(rows[i].name, name))
			return &rows[i];
	return NULL;
}

/* One option at argv[*i]; its value may be behind '=' or the next argument. */
static int parse_one(struct options *opt, int argc, char *const *argv, int *i, struct hms_err *err)
{
	struct hms_str rest = hms_str(argv[*i] + 2), name = hms_str_split(&rest, '=');
	const struct option_row *row = find_row(name);
	const char *text = rest.p;
	int rc;

	if (!row)
		return hms_err_set(err, HMS_ESYNTAX, "unknown option --%.*s", HMS_STR_FMT(name));
	if (!(row->commands & opt->command))
		return hms_err_set(err, HMS_ESYNTAX, "option --%.*s does not belong to this command", HMS_STR_FMT(name));
	if (row->type == OPTION_FLAG && text)
		return hms_err_set(err, HMS_ESYNTAX, "option --%.*s takes no value", HMS_STR_FMT(name));
	if (row->type == OPTION_FLAG)
		text = "";
	else if (!text && *i + 1 < argc)
		text = argv[++*i];
	if (!text)
		return hms_err_set(err, HMS_ESYNTAX, "option --%.*s needs a value", HMS_STR_FMT(name));
	rc = set_row(row, opt, text, err);
	return rc == 0 ? 0 : hms_err_prefix(err, "option --%.*s", HMS_STR_FMT(name));
}

int options_parse(struct options *opt, enum command command, int argc, char *const *argv, bool *help, struct hms_err *err)
{
	*opt = (struct options){ .command = command };
	*help = false;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		int rc = set_row(&rows[i], opt, rows[i].def, err);

		if (rc != 0)
			return hms_err_prefix(err, "default of %s", rows[i].name);
	}
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			*help = true;
			return 0;
		}
		if (strncmp(argv[i], "--", 2) != 0)
			return hms_err_set(err, HMS_ESYNTAX, "'%s' is not an option", argv[i]);
		int rc = parse_one(opt, argc, argv, &i, err);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Prints text from column `left` to 100, broken at blanks. */
static void print_wrapped(FILE *out, const char *text, int left)
{
	const int width = 100 - left;

	while (*text) {
		int n = (int)strlen(text);

		if (n > width) {
			for (n = width; n > 0 && text[n] != ' ';)
				n--;
			n = n > 0 ? n : width;
		}
		fprintf(out, "%.*s\n", n, text);
		text += n + (text[n] == ' ');
		if (*text)
			fprintf(out, "%*s", left, "");
	}
}

static void print_row(const struct option_row *row, FILE *out)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "  --");

	for (const char *c = row->name; *c && n < (int)sizeof(line) - 1; c++)
		line[n++] = *c == '_' ? '-' : *c;
	n += snprintf(line + n, sizeof(line) - (size_t)n, "%s%s", row->type == OPTION_FLAG ? "" : " ", row->value ? row->value : "");
	fprintf(out, "%-28s%s", line, n >= 28 ? "\n                            " : "");
	if (row->def && row->def[0] != '\0') {
		char help[512];

		snprintf(help, sizeof(help), "%s [%s]", row->help, row->def);
		print_wrapped(out, help, 28);
	} else {
		print_wrapped(out, row->help, 28);
	}
}

void options_help(enum command command, FILE *out)
{
	const char *title = NULL;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].type == OPTION_GROUP) {
			title = rows[i].name;
		} else if (rows[i].commands & command) {
			if (title)
				fprintf(out, "\n%s\n", title);
			title = NULL;
			print_row(&rows[i], out);
		}
	}
}
