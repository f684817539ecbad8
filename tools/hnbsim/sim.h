/** What all cells of one run share: loop, options, models, sites, URLs, record, counters, and the command that
 *  watches them. */
#ifndef HNBSIM_SIM_H
#define HNBSIM_SIM_H

#include "hms/base/map.h"
#include "hms/cwmp/reader.h"
#include "hms/http/client.h"
#include "hms/net/tls.h"
#include "options.h"
#include "record.h"
#include "rng.h"
#include "rpc.h"
#include "site.h"
#include "stats.h"
#include "target.h"

struct callee;
struct cell;
struct session;

struct cell_kind {
	const char *name, *label, *model_name;
	enum cell_home home;
};

/** Why a session ended; session_ends.def. */
enum session_end {
#define SESSION_END(id, text) SESSION_##id,
#include "session_ends.def"
#undef SESSION_END
	SESSION_END_COUNT
};
const char *session_end_text(enum session_end end);

/** How a command follows what the cells do; all may be NULL. */
struct sim_watch {
	/** The InformResponse is here. */
	void (*informed)(struct cell *cell, const struct session *session);
	/** An RPC was executed, or refused; the answer goes out after this. */
	void (*rpc)(struct cell *cell, const struct session *session, const struct rpc_call *call);
	/** Before the session's struct goes, after the cell knows. */
	void (*ended)(struct cell *cell, const struct session *session, enum session_end end);
};

struct sim_counts {
	uint64_t sessions, informs, informs_answered, rpcs, rpc_faults, reboots, factory_resets, retries, connections;
	uint64_t ends[SESSION_END_COUNT];
	uint64_t statuses[600]; /* of all HTTP responses to POSTs */
	uint64_t calls;		/* connection requests accepted */
	uint64_t alarms, pm_uploads, pm_failures, transfers, transfer_faults;
	uint64_t file_statuses[600]; /* of responses of file servers */
};

struct sim {
	struct hms_loop *loop;
	const struct options *opt;
	struct hms_map *models; /* by name */
	struct sites sites;
	struct targets *targets;
	struct hms_tls_client *tls;	     /* for https URLs */
	struct target_group *initial, *both; /* NULL when not given */
	struct hms_addr *sources;
	size_t source_count;
	struct record *record; /* NULL: none is kept */
	struct rng rng;
	uint64_t seed;

	struct hms_arena *arena; /* for the message being handled */
	struct hms_cwmp_reader *reader;
	struct hms_list free_sessions, live_sessions;
	size_t live;

	struct callee *callee; /* NULL without --callee */
	struct cell *cells;
	size_t cell_count;
	const struct sim_watch *watch;
	uint32_t steps; /* of the story: bits of enum story_step */
	struct sim_counts counts;
	bool stopping;	    /* no session begins any more */
	int64_t started_us; /* wall clock */
};

/** Makes everything that the options ask for, cells included, all switched off. On failure err says why, and naming
 *  the option at fault. */
int sim_init(struct sim *sim, const struct options *opt, struct hms_loop *loop, const struct sim_watch *watch, struct hms_err *err);
/** Stops everything; runs the loop until it has closed. Returns HMS_EIO if the record is incomplete. */
int sim_fini(struct sim *sim);

/** Counts from here on. */
void sim_reset_counts(struct sim *sim);

/** No new sessions; those that run go on. */
void sim_stop(struct sim *sim);

/** The kinds of --mix; several names, separated by commas. Returns how many, or HMS_ESYNTAX. */
#define KINDS_MAX 64
int sim_parse_mix(const char *mix, const struct cell_kind *out[KINDS_MAX], struct hms_err *err);

#endif
