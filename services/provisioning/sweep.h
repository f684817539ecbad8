/** Looks now and then for what no event of Kafka brings: commands not noticed yet, due timers, deadlines; reads sites and profile; forgets held
 *  devices (contracts 7: a sweep of at most a second; no timer per device). */
#ifndef PROV_SWEEP_H
#define PROV_SWEEP_H

struct prov;
struct prov_sweep;

/** Starts at once. NULL when out of memory. */
struct prov_sweep *prov_sweep_new(struct prov *prov);
void prov_sweep_free(struct prov_sweep **sweep);
/** Has sites and the profile read at the next turn. */
void prov_sweep_reload(struct prov_sweep *sweep);

#endif
