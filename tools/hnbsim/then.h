/** A command of the user's that runs while the cells live on. */
#ifndef HNBSIM_THEN_H
#define HNBSIM_THEN_H

#include "run.h"

/** Runs `command` with /bin/sh and lets the loop go on until it has ended; a signal to us is handed on to it. Its output is ours. It finds
 *  HNBSIM_DEVICE in its environment: the last cell as the API names devices, OUI-ProductClass-SerialNumber with %2D for a dash in a part.
 *  Returns 0, or 1 with a message on standard error if it could not be started or failed. */
int then_run(struct run *run, const char *command);

#endif
