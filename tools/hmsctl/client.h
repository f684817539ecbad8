/** The API by libcurl: one request at a time. Everything that goes wrong is printed as one line. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include "ctl.h"

struct ctl_client;
/** NULL with err. */
struct ctl_client *ctl_client_new(const char *url, const char *token, struct hms_err *err);
void ctl_client_free(struct ctl_client **client);

/** Where a request goes: "/devices/", an escaped part, ... and the query of the options. */
struct ctl_path {
	struct hms_buf text;
	bool query;
};
void ctl_path_init(struct ctl_path *path, const char *begin);
/** A segment, escaped; a percent sign is left as it stands, since names of devices may hold escapes. */
void ctl_path_part(struct ctl_path *path, const char *part);
/** "/devices/<the verb's device>" and what follows. */
void ctl_path_device(struct ctl_path *path, const struct ctl *ctl, const char *rest);
void ctl_path_add(struct ctl_path *path, const char *text);
void ctl_path_query(struct ctl_path *path, const char *name, const char *value);
/** All options that are parameters. */
void ctl_path_options(struct ctl_path *path, const struct ctl *ctl);

/** Sends and frees the path. body: NULL, or JSON whose reference is taken. Returns CTL_DONE with *out (the caller's), or the exit status
 *  after it has printed why. */
int ctl_call(struct ctl *ctl, const char *method, struct ctl_path *path, json_t *body, json_t **out);
/** The same for bytes; out may be NULL. */
int ctl_call_raw(struct ctl *ctl, const char *method, struct ctl_path *path, struct hms_str body, struct hms_buf *out);
/** Reads a stream of events until it ends or Ctrl-C; line is called for each line, without its end. */
int ctl_stream_lines(struct ctl *ctl, struct ctl_path *path, void (*line)(struct ctl *ctl, struct hms_str line));

/** Set by Ctrl-C; requests under way end with CTL_INTERRUPTED. */
extern volatile int ctl_interrupted;

#endif
