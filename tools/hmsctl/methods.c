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
static const struct {
	const char *id, *name, *what;
} own_kinds[] = {
#define OWN_KIND(id, name, what) { #id, name, what },
#include "hms/cwmp/own_kinds.def"
#undef OWN_KIND
};

static const struct argument own_arguments[] = {
#define OWN_ARGUMENT(kind, name, needed, with, check, limits) { #kind, name, with, limits, needed },
#include "hms/cwmp/own_kinds.def"
#undef OWN_ARGUMENT
};

static const struct {
	int fault;
	const char *kinds, *action, *why;
} retries[] = {
#define CWMP_RETRY(fault, kinds, action, why) { fault, #kinds, #action, why },
#include "hms/cwmp/retries.def"
#undef CWMP_RETRY
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

static void print_arguments(const struct argument *rows, size_t count, const char *id)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const struct argument *a = &rows[i];

		if (strcmp(a->method, id) != 0)
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
	print_arguments(arguments, COUNT(arguments), m->id);
	print_set_by_hms(m);
}

static void print_own(void)
{
	printf("## Kinds of HMS's own\n\nAs a `kind` of a command like the methods above; they are no methods of CWMP.\n\n");
	for (size_t i = 0; i < COUNT(own_kinds); i++) {
		printf("### `%s`\n\n%s\n\n", own_kinds[i].name, own_kinds[i].what);
		print_arguments(own_arguments, COUNT(own_arguments), own_kinds[i].id);
	}
}

static void print_retries(void)
{
	static const struct {
		const char *word, *text;
	} words[] = {
		{ "SAFE", "safe" },
		{ "UNSAFE", "unsafe, no transfer" },
		{ "TRANSFER", "Download, Upload, ScheduleDownload" },
		{ "PROCEDURE", "of procedures" },
		{ "BACKOFF", "tried again" },
		{ "REDISCOVER", "instances are read anew by GetParameterNames, then one more try" },
	};
	const char *kinds, *action;

	printf("## Faults\n\nA fault, or a TransferComplete with one, ends a command `faulted`, but for these. A try again waits from `fault_retry_min` on, twice as long each\n"
	       "time up to `fault_retry_max`, at most `fault_tries_max` times ([provisioning]), and never beyond the deadline; the command is `queued` meanwhile, and its `note`\n"
	       "says why. It has keys of its own. Procedures decide anew by themselves.\n\n| fault | commands | then | since |\n|---|---|---|---|\n");
	for (size_t i = 0; i < COUNT(retries); i++) {
		kinds = action = "";
		for (size_t k = 0; k < COUNT(words); k++) {
			kinds = strcmp(words[k].word, retries[i].kinds) == 0 ? words[k].text : kinds;
			action = strcmp(words[k].word, retries[i].action) == 0 ? words[k].text : action;
		}
		printf("| %d | %s | %s | %s |\n", retries[i].fault, kinds, action, retries[i].why);
	}
	printf("\n");
}

int ctl_methods(struct ctl *ctl)
{
	(void)ctl;
	printf("# Methods of CWMP\n\nWritten by \"make docs\" from the tables in the code (`hmsctl methods`); changes belong there.\n\n"
	       "## What devices can be asked\n\nThe `kind` of a command and its `arguments`. A method above the CWMP version of the device, or one that is not among "
	       "the\n`rpc_methods` of the device (named in GetRPCMethods, merged with the registry of quirks, where they are known), is refused with that reason. What the device said is the `answer` of the result.\n\n");
	for (size_t i = 0; i < COUNT(methods); i++)
		print_method(&methods[i]);
	print_own();
	print_retries();
	printf("## What devices can ask\n\nAnswered when Kafka has acknowledged it; a repeat has no second effect.\n\n| method | arguments | what becomes of it |\n|---|---|---|\n");
	for (size_t i = 0; i < COUNT(acs_methods); i++)
		printf("| %s | %s | %s |\n", acs_methods[i].name, acs_methods[i].arguments, acs_methods[i].outcome);
	return CTL_DONE;
}
