/** Which path is what: /u/<token>/[name], /pm/[name], /d/<token>/<name>. */
#ifndef FS_ROUTE_H
#define FS_ROUTE_H

#include "fs.h"

/** hms_http_handler; arg: struct fs_listener. */
void fs_route(struct hms_http_req *req, void *arg);

#endif
