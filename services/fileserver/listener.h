/** Ports for devices: [listener <name>]. */
#ifndef FS_LISTENER_H
#define FS_LISTENER_H

#include "fs.h"

/** Opens all. Returns 0 or an error with text; fs_listeners_close() frees what there is. */
int fs_listeners_open(struct fs *fs, hms_http_handler *handler, struct hms_err *err);
/** Stops accepting; hms_app_drained() when the last request has ended. */
void fs_listeners_drain(struct fs *fs);
/** New limits of HTTP, new certificates. */
void fs_listeners_reload(struct fs *fs);
void fs_listeners_close(struct fs *fs);

#endif
