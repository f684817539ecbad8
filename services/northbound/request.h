/** One request: from its headers to its answer. It outlives the connection while PostgreSQL still works for it. */
#ifndef NBI_REQUEST_H
#define NBI_REQUEST_H

#include "nbi.h"
#include "param.h"
#include "problem.h"
#include "route.h"
#include "token.h"

struct nbi_sent {
	struct nbi_req *r;
	const struct hms_pg *pg;
};

struct nbi_req {
	struct nbi *nbi;
	struct hms_list node;
	struct hms_http_req *http; /* NULL once it has ended */
	unsigned refs;
	struct hms_arena *arena;
	const struct nbi_route *route;
	json_t *args; /* of path, query and body, checked */
	struct nbi_token token;
	char peer[64];
	struct hms_buf body;
	bool authenticated, complete, started, answered;

	/* of the statement under way */
	void (*then)(struct nbi_req *r, const struct hms_pg_error *err);
	uint64_t asked_us;
	struct nbi_sent *sent; /* where the statement went */
	size_t rows;
	int status;	       /* actions: as the function said */
	struct hms_str result; /* the first row's JSON or bytes, in the arena */
	struct hms_str second; /* its second column */

	struct hms_timer timer; /* of a request that waits */
	uint64_t wait_until_ms;
	void (*ended)(struct nbi_req *r); /* the peer is gone; NULL: nothing to do */
	void *extra;			  /* of the route's own code */
};

/** The handler of the listener. */
void nbi_handle(struct hms_http_req *http, void *arg);
void nbi_req_ref(struct nbi_req *r);
void nbi_req_unref(struct nbi_req *r);
/** Ends all that still run; for the end of the process. */
void nbi_req_end_all(struct nbi *nbi);

/** Whether somebody still waits for the answer. */
static inline bool nbi_req_live(const struct nbi_req *r) { return r->http && !r->answered; }

/* ---- answers; no effect when the peer is gone ---- */
void nbi_reply(struct nbi_req *r, unsigned status, struct hms_str json, const char *location);
void nbi_reply_bytes(struct nbi_req *r, const char *type, struct hms_str bytes);
void nbi_refuse(struct nbi_req *r, enum nbi_problem problem, const char *field, const char *detail);
/** A document is not as it should be: detail says "line 12: parameters.lte.tac: ...". */
void nbi_refuse_document(struct nbi_req *r, const char *detail);
/** The problem that a failed batch is. */
void nbi_refuse_sql(struct nbi_req *r, const struct hms_pg_error *err);

/** What every batch of a request does: keeps its rows and calls then. The request is held until it has. */
void nbi_rows(const struct hms_pg_result *res, void *arg);
void nbi_send(struct nbi_req *r, struct hms_pg_batch *batch, void (*then)(struct nbi_req *r, const struct hms_pg_error *err));
/** A batch on one of the connections; answers and returns NULL when there is none. */
struct hms_pg_batch *nbi_batch(struct nbi_req *r);
/** Asks a statement whose parameters are the tenant and the arguments, and whose columns are JSON or bytes. */
void nbi_ask(struct nbi_req *r, const struct hms_pg_stmt *stmt, void (*then)(struct nbi_req *r, const struct hms_pg_error *err));

/** Adds the arguments as the next parameter. */
void nbi_p_args(struct nbi_req *r, struct hms_pg_batch *batch);

/** Who asks, as the functions of the schema want it. */
struct hms_str nbi_caller_json(struct nbi_req *r);

#endif
