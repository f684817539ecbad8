/** A FIFO through which tests and people tell cells what to do (--control). */
#ifndef HNBSIM_CONTROL_H
#define HNBSIM_CONTROL_H

#include "sim.h"

struct control;

/** Opens the FIFO, which must exist. Errors: HMS_EIO with text. */
int control_open(struct sim *sim, const char *path, struct control **out, struct hms_err *err);
void control_close(struct control **control);

/** Executes one line. Returns 0, or HMS_ESYNTAX (an unknown word, or no such cell). */
int control_line(struct sim *sim, struct hms_str line);

#endif
