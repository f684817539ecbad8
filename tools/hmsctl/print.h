/** What verbs print: whole JSON, one object, or a table of a page. */
#ifndef CTL_PRINT_H
#define CTL_PRINT_H

#include "client.h"
#include "ctl.h"
#include "table.h"

void ctl_print_json(json_t *value);
/** An object: as JSON, its member alone (quiet), or its members line by line. Returns CTL_DONE. */
int ctl_print_one(const struct ctl *ctl, json_t *object, const char *quiet_member);
/** Asks for a page with the options' query and prints it; quiet: the member of each row alone. */
int ctl_list(struct ctl *ctl, struct ctl_path *path, const struct ctl_column *columns, const char *quiet_member);
/** Sends a request and prints the object that answers it. body is taken. */
int ctl_object(struct ctl *ctl, const char *method, struct ctl_path *path, json_t *body);

#endif
