/** Statements of the service, built once a process. */
#ifndef ALM_LOAD_H
#define ALM_LOAD_H

/** Returns 0 or HMS_ENOMEM. */
int alm_load_init(void);
void alm_load_fini(void);

#endif
