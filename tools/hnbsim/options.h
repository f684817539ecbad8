/** Options of the command line, from the table options.def. */
#ifndef HNBSIM_OPTIONS_H
#define HNBSIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hms/base/err.h"
#include "hms/base/str.h"

enum command { COMMAND_STORY = 1, COMMAND_LOAD = 2, COMMAND_CELLS = 4 };
enum option_tls { OPTION_TLS_1_2, OPTION_TLS_1_3 };
enum option_connection { CONNECTION_PER_SESSION, CONNECTION_PER_POST, CONNECTION_KEEP };
enum option_auth { AUTH_AUTO, AUTH_BASIC, AUTH_NONE };
enum option_work { WORK_BOOT, WORK_VALUE_CHANGE };
enum option_steps { STEPS_CORE, STEPS_ALL };

struct options {
	enum command command;
#define OPT_GROUP(title)
#define OPT_TEXT(field, ...) const char *field;
#define OPT_FLAG(field, ...) bool field;
#define OPT_INT(field, ...) int64_t field;
#define OPT_TIME(field, ...) int64_t field##_ms;
#define OPT_NUM(field, ...) double field;
#define OPT_ENUM(field, ...) int field;
#include "options.def"
#undef OPT_GROUP
#undef OPT_TEXT
#undef OPT_FLAG
#undef OPT_INT
#undef OPT_TIME
#undef OPT_NUM
#undef OPT_ENUM
};

/** Reads the options of one command (argv begins with the first option). Texts borrow from argv. *help is set, and
 *  nothing else is to be done, when --help was among them. Errors: HMS_ESYNTAX with a text that names the option. */
int options_parse(struct options *opt, enum command command, int argc, char *const *argv, bool *help, struct hms_err *err);

/** The options of a command, by group, for --help. */
void options_help(enum command command, FILE *out);

/** "2", "2s", "250ms", "5m", "1h" in milliseconds. Errors: HMS_ESYNTAX. */
int options_time(const char *text, int64_t *out_ms);

#endif
