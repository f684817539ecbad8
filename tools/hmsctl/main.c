/* hmsctl: the command line and its tables. */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include "client.h"
#include "ctl.h"
#include "settings.h"

#define HMSCTL_VERSION HMS_VERSION

const struct ctl_option ctl_options[CTL_OPTION_COUNT] = {
#define CTL_OPTION(id, name, value, query, help) [CTL_##id] = { name, value, query, help },
#include "options.def"
#undef CTL_OPTION
};

const struct ctl_verb ctl_verbs[] = {
#define CTL_VERB(name, arguments, least, most, options, run, help) { name, arguments, least, most, options, run, help },
#include "verbs.def"
#undef CTL_VERB
};
const size_t ctl_verb_count = sizeof(ctl_verbs) / sizeof(ctl_verbs[0]);

int ctl_fail(int status, const char *fmt, ...)
{
	va_list args;

	fputs("hmsctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

/* ---------------------------------------------------------------- help */

bool ctl_verb_has(const struct ctl_verb *verb, const char *option)
{
	static const char *const common[] = { "url", "token", "output", "quiet" };
	struct hms_str rest = hms_str(verb->options);

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (strcmp(common[i], option) == 0)
			return true;
	while (rest.p)
		if (hms_str_eqz(hms_str_split(&rest, ' '), option))
			return true;
	return false;
}

static void help_options(const struct ctl_verb *verb)
{
	printf("\nOptions:\n");
	for (int i = 0; i < CTL_OPTION_COUNT; i++) {
		char text[64];

		if (verb ? !ctl_verb_has(verb, ctl_options[i].name) : i > CTL_QUIET)
			continue;
		snprintf(text, sizeof(text), "--%s %s", ctl_options[i].name, ctl_options[i].value ? ctl_options[i].value : "");
		printf("  %-26s %s\n", text, ctl_options[i].help);
	}
}

/* Keys are set by HMS; what else it takes for a file of its own is said once. */
static void help_methods(void)
{
	static const struct {
		const char *name, *arguments;
	} methods[] = {
#define CWMP_METHOD(id, name, safety, since, arguments, evidence) { name, arguments },
#include "hms/cwmp/methods.def"
#undef CWMP_METHOD
	};

	printf("\nMethods and their arguments (TR-069 A.3, A.4); hmsctl methods says more:\n");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct hms_str rest = hms_str(methods[i].arguments);

		printf("  %s", methods[i].name);
		for (struct hms_str a = hms_str_split(&rest, ' '); a.len; a = hms_str_split(&rest, ' '))
			if (!hms_str_eqz(a, "ParameterKey") && !hms_str_eqz(a, "CommandKey"))
				printf(" %.*s", HMS_STR_FMT(a));
		printf("\n");
	}
	printf("\nDownload has FileId (of hmsctl files) and, if you like, FileName instead of URL, and so has ScheduleDownload. An Upload without URL comes to HMS.\n"
	       "CancelTransfer has Command, the number of the transfer's command. A method of a vendor has XML: the elements in it.\n"
	       "Diagnostics, which is HMS's own, has Test (ping, traceroute) or Object, and Values.\n"
	       "e.g. hmsctl rpc DEVICE SetParameterAttributes '{\"ParameterList\": [{\"Name\": \"Device.X\", \"Notification\": 2}]}'\n"
	       "     hmsctl rpc DEVICE Download '{\"FileType\": \"1 Firmware Upgrade Image\", \"FileId\": \"...\"}'\n");
}

static void help_verb(const struct ctl_verb *verb)
{
	printf("usage: hmsctl %s%s%s [OPTION...]\n\n%s\n", verb->name, *verb->arguments ? " " : "", verb->arguments, verb->help);
	help_options(verb);
	if (verb->run == ctl_rpc)
		help_methods();
}

static void help(void)
{
	printf("usage: hmsctl VERB [ARGUMENT...] [OPTION...]\n\nVerbs (hmsctl VERB --help says more):\n");
	for (size_t i = 0; i < ctl_verb_count; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s %s", ctl_verbs[i].name, ctl_verbs[i].arguments);
		printf("  %-40s  %s\n", text, ctl_verbs[i].help);
	}
	help_options(NULL);
	printf("\nA DEVICE is an id, OUI-SerialNumber or OUI-ProductClass-SerialNumber.\n"
	       "Exit status: 0 done, 1 failed, 2 wrong usage, 3 the API is away or the token is not accepted.\n");
}

int ctl_completion(struct ctl *ctl)
{
	(void)ctl;
	printf("_hmsctl() {\n\tlocal words verb=${COMP_WORDS[1]}\n\tcase $verb in\n");
	for (size_t i = 0; i < ctl_verb_count; i++) {
		printf("\t%s) words='--help", ctl_verbs[i].name);
		for (int o = 0; o < CTL_OPTION_COUNT; o++)
			if (ctl_verb_has(&ctl_verbs[i], ctl_options[o].name))
				printf(" --%s", ctl_options[o].name);
		printf("' ;;\n");
	}
	printf("\tesac\n\tif [ \"$COMP_CWORD\" = 1 ]; then words='");
	for (size_t i = 0; i < ctl_verb_count; i++)
		printf("%s%s", i ? " " : "", ctl_verbs[i].name);
	printf("'; fi\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n}\ncomplete -F _hmsctl hmsctl\n");
	return CTL_DONE;
}

/* ---------------------------------------------------------------- the command line */

static const struct ctl_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ctl_verb_count; i++)
		if (strcmp(ctl_verbs[i].name, name) == 0)
			return &ctl_verbs[i];
	return NULL;
}

enum { OPTION_HELP = 1000 };

/* Returns -1 to go on, or the exit status. The verb is the first argument that is no option. */
static int parse(int argc, char **argv, struct ctl *ctl)
{
	struct option longs[CTL_OPTION_COUNT + 2] = { 0 };
	bool wants_help = false;
	int c;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) /* behind a verb it is a profile's */
		return printf("hmsctl %s\n", HMSCTL_VERSION), CTL_DONE;
	argv[0] = (char *)"hmsctl"; /* getopt's messages begin as ours */
	for (int i = 0; i < CTL_OPTION_COUNT; i++)
		longs[i] = (struct option){ ctl_options[i].name, ctl_options[i].value ? required_argument : no_argument, NULL, i + 1 };
	longs[CTL_OPTION_COUNT] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	while ((c = getopt_long(argc, argv, "ho:q", longs, NULL)) != -1) {
		c = c == 'o' ? CTL_OUTPUT + 1 : c == 'q' ? CTL_QUIET + 1 : c;
		if (c == OPTION_HELP || c == 'h')
			wants_help = true;
		else if (c < 1 || c > CTL_OPTION_COUNT)
			return CTL_USAGE;
		else
			ctl->option[c - 1] = optarg ? optarg : "";
	}
	ctl->verb = optind < argc ? find_verb(argv[optind]) : NULL;
	ctl->args = argv + optind + 1;
	ctl->arg_count = argc - optind - 1;
	if (wants_help)
		return (ctl->verb ? help_verb(ctl->verb) : help()), CTL_DONE;
	return -1;
}

static int check(const struct ctl *ctl, const char *word)
{
	const char *format = ctl->option[CTL_OUTPUT];

	if (!ctl->verb)
		return ctl_fail(CTL_USAGE, word ? "there is no verb %s (see hmsctl --help)" : "a verb is missing (see hmsctl --help)",
				word);
	for (int i = 0; i < CTL_OPTION_COUNT; i++)
		if (ctl->option[i] && !ctl_verb_has(ctl->verb, ctl_options[i].name))
			return ctl_fail(CTL_USAGE, "%s has no option --%s", ctl->verb->name, ctl_options[i].name);
	if (ctl->arg_count < ctl->verb->least || ctl->arg_count > ctl->verb->most)
		return ctl_fail(CTL_USAGE, "usage: hmsctl %s%s%s", ctl->verb->name, *ctl->verb->arguments ? " " : "", ctl->verb->arguments);
	if (format && strcmp(format, "json") != 0 && strcmp(format, "table") != 0)
		return ctl_fail(CTL_USAGE, "--output is table or json");
	return -1;
}

static void on_interrupt(int signum)
{
	(void)signum;
	ctl_interrupted = 1;
}

static int run(struct ctl *ctl)
{
	struct ctl_settings settings;
	struct hms_err err = { 0 };
	int rc;

	if (ctl->verb->run == ctl_completion || ctl->verb->run == ctl_methods) /* they ask nobody */
		return ctl->verb->run(ctl);
	if (ctl_settings_read(ctl, &settings, &err))
		return ctl_fail(CTL_USAGE, "%s", err.text);
	ctl->client = ctl_client_new(settings.url, settings.token, &err);
	if (!ctl->client)
		return ctl_fail(CTL_FAILED, "%s", err.text);
	signal(SIGINT, on_interrupt);
	signal(SIGPIPE, SIG_IGN);
	rc = ctl->verb->run(ctl);
	ctl_client_free(&ctl->client);
	return fflush(stdout) == 0 || rc ? rc : CTL_FAILED;
}

int main(int argc, char **argv)
{
	struct ctl ctl = { 0 };
	int rc = parse(argc, argv, &ctl);

	if (rc < 0)
		rc = check(&ctl, optind < argc ? argv[optind] : NULL);
	if (rc >= 0)
		return rc;
	ctl.json = ctl.option[CTL_OUTPUT] && strcmp(ctl.option[CTL_OUTPUT], "json") == 0;
	ctl.quiet = ctl.option[CTL_QUIET];
	return run(&ctl);
}
