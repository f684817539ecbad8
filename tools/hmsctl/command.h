/** Commands for devices. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "ctl.h"

/** Has the device ctl->args[0] do an RPC, waits for its end and prints it. arguments (may be NULL) is taken. */
int ctl_command_run(struct ctl *ctl, const char *method, json_t *arguments);
/** The same for a group; body is taken. */
int ctl_group_run(struct ctl *ctl, json_t *body);
int ctl_group_ended(const struct ctl *ctl, json_t *group);
/** Prints what became of a command, as its waiter wants to know it; returns the exit status. */
int ctl_command_ended(const struct ctl *ctl, json_t *command);
/** Prints all about a command that has ended. */
void ctl_command_print(const struct ctl *ctl, json_t *command);
/** A row of a ParameterList from PATH=VALUE[:TYPE]; NULL when it is none. */
json_t *ctl_assignment(const char *text);

#endif
