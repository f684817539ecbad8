/* hnbsim: simulated H(e)NBs for demonstration, tests and load. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hms/app/app.h"
#include "run.h"

static const struct {
	const char *name;
	enum command command;
	int (*run)(const struct options *opt, struct hms_err *err);
	const char *summary, *help;
} commands[] = {
	{ "story", COMMAND_STORY, story_run, "the life of cells from their first power-up on, told step by step and checked",
	  "Factory-new cells power up, are discovered and registered, get their configuration, go on air and\n"
	  "come back with quiet periodic Informs; --steps all adds alarms, PM, files and the end. Exit status 0\n"
	  "only if every cell made every step and, with --pg, PostgreSQL shows it." },
	{ "load", COMMAND_LOAD, load_run, "periodic Informs at a given rate, over new connections",
	  "Sessions begin by the clock; latency counts from when each should have begun. Exit status 0 only if\n"
	  "every session of the measured time ended well." },
	{ "cells", COMMAND_CELLS, cells_run, "cells that live, and do what the HMS asks, until stopped",
	  "Factory-new cells power up and then do whatever the HMS asks of them: for long runs and fault tests,\n"
	  "with --record. SIGINT or SIGTERM ends it with a summary." },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	fprintf(out, "hnbsim %s: simulated Home NodeBs and Home eNodeBs (TR-069, TR-196)\n\nusage: hnbsim COMMAND [--option VALUE]...\n\n",
		hms_version);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nhnbsim COMMAND --help lists the options of a command.\n");
}

static int run_command(size_t i, int argc, char **argv)
{
	struct hms_err err = { 0 };
	struct options opt;
	bool help;
	int rc = options_parse(&opt, commands[i].command, argc, argv, &help, &err);

	if (rc == 0 && help) {
		printf("usage: hnbsim %s [--option VALUE]...\n\n%s\n", commands[i].name, commands[i].help);
		options_help(commands[i].command, stdout);
		return EXIT_OK;
	}
	if (rc == 0)
		rc = commands[i].run(&opt, &err);
	if (rc >= 0)
		return rc;
	fprintf(stderr, "hnbsim %s: %s\n", commands[i].name, err.text[0] != '\0' ? err.text : hms_strerror(rc));
	return rc == HMS_EUNAVAIL || rc == HMS_ESQL ? EXIT_FAILED : EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(name, commands[i].name) == 0)
			return run_command(i, argc - 2, argv + 2);
	if (strcmp(name, "--version") == 0) {
		printf("hnbsim %s\n", hms_version);
		return EXIT_OK;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		print_usage(stdout);
		return EXIT_OK;
	}
	if (*name)
		fprintf(stderr, "hnbsim: there is no command %s (see hnbsim --help)\n", name);
	else
		print_usage(stderr);
	return EXIT_USAGE;
}
