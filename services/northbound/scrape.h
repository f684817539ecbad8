/** What a page of metrics says about a process. No I/O. */
#ifndef NBI_SCRAPE_H
#define NBI_SCRAPE_H

#include "hms/base/str.h"

struct nbi_scrape {
	char version[32];
	int64_t start_s; /* since 1970; 0: unknown */
	int64_t lag_ms;	 /* greatest of its consumers; -1: it consumes nothing */
};
#define NBI_SCRAPE_NOTHING ((struct nbi_scrape){ .lag_ms = -1 })

void nbi_scrape_read(struct hms_str page, struct nbi_scrape *out);

#endif
