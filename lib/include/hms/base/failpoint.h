/** Named failpoints, compiled into test builds only (HMS_FAILPOINTS).
 *
 *  HMS_FAILPOINT("post.before") does what the environment asked for that name:
 *      HMS_FAILPOINT="post.before=kill@3,dispatch.after=stop@1"
 *  kill: SIGKILL itself; stop: SIGSTOP itself; error: the macro is true. "@n": at the n-th passage only (default 1); "@*": at each.
 *  A file named by HMS_FAILPOINT_FILE is read again at each passage instead, so that a harness can arm a running process; a failpoint
 *  that fired is appended to <file>.fired. */
#ifndef HMS_BASE_FAILPOINT_H
#define HMS_BASE_FAILPOINT_H

#include <stdbool.h>

#ifdef HMS_FAILPOINTS
bool hms_failpoint(const char *name);
#define HMS_FAILPOINT(name) hms_failpoint(name)
#else
#define HMS_FAILPOINT(name) (false)
#endif

#endif
