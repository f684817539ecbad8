/** Where POSTs go: URLs, resolved once, and groups of front ends that stand behind one URL. */
#ifndef HNBSIM_TARGET_H
#define HNBSIM_TARGET_H

#include "hms/net/net.h"

struct target {
	char *url, *host, *path; /* host: value of the Host header; path: with query */
	char *name;		 /* host without port and brackets: what the certificate must be for */
	bool tls;
	struct hms_addr addr;
};

/** A ManagementServer.URL and the front ends that serve it: at least one. */
struct target_group {
	char *url;
	struct target *members;
	size_t count;
	unsigned turn; /* where the next session begins */
};

/** The target of one URL, kept by its user: for URLs that are used once. Errors: as targets_add(). */
int target_open(struct hms_str url, struct target *out, struct hms_err *err);
void target_fini(struct target *target);

struct targets;

struct targets *targets_new(void);
void targets_free(struct targets **targets);

/** Adds a group; members: comma-separated URLs, NULL: the URL itself. Errors: HMS_ESYNTAX, HMS_ENOENT (no such
 *  host), HMS_EEXISTS, HMS_ENOMEM. */
int targets_add(struct targets *targets, const char *url, const char *members, struct hms_err *err);
/** The group of a URL; made when there is none. NULL with err when it is not a usable URL. */
struct target_group *targets_get(struct targets *targets, struct hms_str url, struct hms_err *err);

#endif
