/** Where the HMS calls the cells (TR-069 3.2.2): one HTTP server for all of them, each with a path of its own. */
#ifndef HNBSIM_CALLEE_H
#define HNBSIM_CALLEE_H

#include "cell.h"

struct callee;

/** address: "127.0.0.1:7547", port 0: any. NULL with err. */
struct callee *callee_open(struct sim *sim, const char *address, struct hms_err *err);
void callee_close(struct callee **callee);

/** "http://127.0.0.1:7547/cr/SIM00000001" */
struct hms_str callee_url(const struct callee *callee, const struct cell *cell, char out[TREE_SCRATCH]);

#endif
