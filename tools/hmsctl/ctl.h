/** hmsctl: the REST API for people. Verbs and options are tables; each verb is one function. */
#ifndef CTL_H
#define CTL_H

#include <jansson.h>
#include <stdio.h>

#include "hms/base/buf.h"
#include "hms/base/err.h"

/** Exit statuses. */
enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2, CTL_AWAY = 3, CTL_INTERRUPTED = 130 };

enum ctl_option_id {
#define CTL_OPTION(id, name, value, query, help) CTL_##id,
#include "options.def"
#undef CTL_OPTION
	CTL_OPTION_COUNT
};
struct ctl_option {
	const char *name, *value;
	bool query;
	const char *help;
};
extern const struct ctl_option ctl_options[];

struct ctl;
struct ctl_verb {
	const char *name, *arguments;
	int least, most;
	const char *options; /* names, blank between */
	int (*run)(struct ctl *ctl);
	const char *help;
};
extern const struct ctl_verb ctl_verbs[];
extern const size_t ctl_verb_count;

/** One call of hmsctl. */
struct ctl {
	const struct ctl_verb *verb;
	const char *option[CTL_OPTION_COUNT]; /* "" for one without a value; NULL: not given */
	char **args;
	int arg_count;
	struct ctl_client *client;
	const char *file;	  /* that was sent; NULL: none */
	struct hms_buf *document; /* what is in it */
	bool json, quiet;
};

/** Whether a verb has an option; those of all verbs included. */
bool ctl_verb_has(const struct ctl_verb *verb, const char *option);
/** Prints "hmsctl: ..." and returns status. */
int ctl_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- verbs ---- */
#define CTL_VERB(name, arguments, least, most, options, run, help) int run(struct ctl *ctl);
#include "verbs.def"
#undef CTL_VERB

#endif
