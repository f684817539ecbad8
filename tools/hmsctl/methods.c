/* The methods of CWMP as HMS has them, from the tables that the services are made of: docs/methods.md. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "hms/base/str.h"

enum { SAFE, UNSAFE, ONCE };
#define VERSION_1_0 "1.0"
#define VERSION_1_1 "1.1"
#define VERSION_1_2 "1.2"

static const struct method {
	const char *id, *name, *since, *arguments, *evidence;
	int safety;
} methods[] = {
#define CWMP_METHOD(id, name, safety, since, arguments, evidence) { #id, name, VERSION_##since, arguments, evidence, safety },
#include "hms/cwmp/methods.def"
#undef CWMP_METHOD
};

static const struct argument {
	const char *method, *name, *with, *limits;
	bool needed;
} arguments[] = {
#define CWMP_ARGUMENT(method, name, needed, with, check, limits) { #method, name, with, limits, needed },
#include "hms/cwmp/arguments.def"
#undef CWMP_ARGUMENT
};

static const struct {
	const char *name, *arguments, *outcome;
} acs_methods[] = {
#define CWMP_ACS_METHOD(id, name, arguments, outcome) { name, arguments, outcome },
#include "hms/cwmp/acs_methods.def"
#undef CWMP_ACS_METHOD
};
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static bool is_given(const struct method *m, struct hms_str name)
{
	for (size_t i = 0; i < COUNT(arguments); i++)
		if (strcmp(arguments[i].method, m->id) == 0 && hms_str_eqz(name, arguments[i].name))
			return true;
	return false;
}

static void print_set_by_hms(const struct method *m)
{
	struct hms_str rest = hms_str(m->arguments);
	const char *before = "Set by HMS: ";

	for (struct hms_str name = hms_str_split(&rest, ' '); name.len; name = hms_str_split(&rest, ' ')) {
		if (is_given(m, name))
			continue;
		printf("%s%.*s", before, HMS_STR_FMT(name));
		before = ", ";
	}
	if (*before == ',')
		printf(".\n\n");
}

static void print_arguments(const struct method *m)
{
	bool any = false;

	for (size_t i = 0; i < COUNT(arguments); i++) {
		const struct argument *a = &arguments[i];

		if (strcmp(a->method, m->id) != 0)
			continue;
		if (!any)
			printf("| argument | | limits |\n|---|---|---|\n");
		printf("| %s | %s%s%s | %s |\n", a->name, a->needed ? "needed" : "", a->with ? "with " : "", a->with ? a->with : "",
		       a->limits);
		any = true;
	}
	if (any)
		printf("\n");
}

static void print_method(const struct method *m)
{
	/* Markdown would take <VENDOR> for an element. */
	printf("### `%s`\n\nCWMP %s. ", m->name, m->since);
	if (m->safety == SAFE)
		printf("Safe: repeated when its answer was lost%s%s.\n\n", *m->evidence ? ", unless that shows that it was done: " : "",
		       m->evidence);
	else if (m->safety == UNSAFE)
		printf("Unsafe: not repeated once it may have reached the device; a lost answer is settled by: %s.\n\n", m->evidence);
	else
		printf("Never repeated once it may have reached the device; when its answer was lost it ends `unknown`.\n\n");
	print_arguments(m);
	print_set_by_hms(m);
}

int ctl_methods(struct ctl *ctl)
{
	(void)ctl;
	printf("# Methods of CWMP\n\nWritten by \"make docs\" from the tables in the code (`hmsctl methods`); changes belong there.\n\n"
	       "## What devices can be asked\n\nThe `kind` of a command and its `arguments`. A method above the CWMP version of the device, or one that is not among "
	       "the\n`rpc_methods` of the device (named in GetRPCMethods, merged with the registry of quirks, where they are known), is refused with that reason. What the device said is the `answer` of the result.\n\n");
	for (size_t i = 0; i < COUNT(methods); i++)
		print_method(&methods[i]);
	printf("## What devices can ask\n\nAnswered when Kafka has acknowledged it; a repeat has no second effect.\n\n| method | arguments | what becomes of it |\n|---|---|---|\n");
	for (size_t i = 0; i < COUNT(acs_methods); i++)
		printf("| %s | %s | %s |\n", acs_methods[i].name, acs_methods[i].arguments, acs_methods[i].outcome);
	return CTL_DONE;
}
