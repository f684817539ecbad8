/* What the table of routes points to, for tests of the table alone. */
#include <stdlib.h>

#include "route.h"

#define RUN(name)                    \
	void name(struct nbi_req *r) \
	{                            \
		(void)r;             \
		abort();             \
	}

RUN(nbi_run_read)
RUN(nbi_run_act)
RUN(nbi_run_command)
RUN(nbi_run_parameters)
RUN(nbi_run_content)
RUN(nbi_run_events)
RUN(nbi_run_status)
RUN(nbi_run_dead)
RUN(nbi_run_profile_put)
RUN(nbi_run_plan)
RUN(nbi_run_devices)
