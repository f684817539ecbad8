/* The command line, the same in every program. */
#include "app_internal.h"

static const struct {
	struct hms_str name;
	const char *value; /* its name, if the option takes one */
	enum app_action action;
	const char *doc;
} options[] = {
	{ HMS_STR("--config"), "FILE", APP_RUN, "Read the configuration from FILE; the environment wins over it." },
	{ HMS_STR("--check"), NULL, APP_CHECK,
	  "Check all settings and exit: 0 if they are good, else 2. Files and stores that they name are not tried." },
	{ HMS_STR("--print-config"), NULL, APP_PRINT_CONFIG, "Print the effective configuration without secrets." },
	{ HMS_STR("--doc-config"), NULL, APP_DOC_CONFIG, "Print all settings as Markdown." },
	{ HMS_STR("--doc-metrics"), NULL, APP_DOC_METRICS, "Print all metrics as Markdown." },
	{ HMS_STR("--version"), NULL, APP_VERSION, "Print the version." },
	{ HMS_STR("--help"), NULL, APP_HELP, "Print this text." },
};
enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static size_t find_option(struct hms_str name)
{
	size_t i = 0;

	while (i < OPTION_COUNT && !hms_str_eq(options[i].name, name))
		i++;
	return i;
}

/* "--name", "--name=value" or "--name value". */
static int parse_one(char **argv, int *i, struct app_options *out, struct hms_err *err)
{
	struct hms_str value = hms_str(argv[*i]), name = hms_str_split(&value, '=');
	const char *text = value.p;
	size_t option = find_option(name);

	if (option == OPTION_COUNT)
		return hms_err_set(err, HMS_EINVAL, "unknown argument %s; see --help", argv[*i]);
	if (!options[option].value) {
		if (text)
			return hms_err_set(err, HMS_EINVAL, "%s takes no value", options[option].name.p);
		out->action = options[option].action;
		return 0;
	}
	if (!text && argv[*i + 1])
		text = argv[++*i];
	if (!text || text[0] == '\0')
		return hms_err_set(err, HMS_EINVAL, "%s needs a value: %s", options[option].name.p, options[option].value);
	out->config_file = text;
	return 0;
}

int app_options_parse(int argc, char **argv, struct app_options *out, struct hms_err *err)
{
	*out = (struct app_options){ .action = APP_RUN };
	for (int i = 1; i < argc; i++) {
		int rc = parse_one(argv, &i, out, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

void app_options_help(struct hms_buf *out)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		hms_buf_printf(out, "  %s%s%s\n      %s\n", options[i].name.p, options[i].value ? " " : "",
			       options[i].value ? options[i].value : "", options[i].doc);
	}
}
