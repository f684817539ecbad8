/** The routes of the API: method, path, role, parameters, and what is done. */
#ifndef NBI_ROUTE_H
#define NBI_ROUTE_H

#include "hms/pg/pg.h"
#include "param.h"

struct nbi_req;

enum nbi_role { NBI_VIEWER, NBI_OPERATOR, NBI_ADMIN };

#define NBI_PREFIX "/api/v1"

struct nbi_route {
	const char *method;
	const char *path; /* below /api/v1; "{device}" captures a segment */
	enum nbi_role role;
	void (*run)(struct nbi_req *r);
	const struct nbi_param *query;	/* NULL: none allowed */
	const struct nbi_param *body;	/* JSON members; NULL: no JSON body */
	bool raw;			/* the body is a file */
	unsigned status;		/* of success */
	const struct hms_pg_stmt *stmt; /* nbi_run_read */
	const char *action;		/* nbi_run_act: api_v1.do_<action> */
	/** What single members cannot say; 0 or HMS_EINVAL with err and field. NULL: nothing. */
	int (*check)(json_t *args, char field[64], struct hms_err *err);
};

extern const struct nbi_route nbi_routes[];
extern const size_t nbi_route_count;

/** The route of a request. Returns 0; HMS_ENOENT: no such path; HMS_EDENIED: not with this method (*out is a route of that path). */
int nbi_route_find(struct hms_str method, struct hms_str path, const struct nbi_route **out);
/** Methods that a path has, ", " between. */
void nbi_route_methods(struct hms_str path, struct hms_buf *out);
/** Reads what the route captures from the path into args. Returns 0 or HMS_EINVAL with err and field. */
int nbi_route_captures(const struct nbi_route *route, struct hms_str path, json_t *args, char field[64], struct hms_err *err);

/* ---- what routes do ---- */
void nbi_run_read(struct nbi_req *r);					  /* read.c */
void nbi_run_act(struct nbi_req *r);					  /* act.c */
void nbi_run_command(struct nbi_req *r);				  /* wait.c */
void nbi_run_parameters(struct nbi_req *r);				  /* parameters.c */
void nbi_run_content(struct nbi_req *r);				  /* read.c */
void nbi_run_events(struct nbi_req *r);					  /* events.c */
void nbi_run_status(struct nbi_req *r);					  /* status.c */
void nbi_run_dead(struct nbi_req *r);					  /* dead.c */
void nbi_run_profile_put(struct nbi_req *r);				  /* profile.c */
void nbi_run_devices(struct nbi_req *r);				  /* search.c */
void nbi_run_plan(struct nbi_req *r);					  /* plan.c */
int nbi_check_command(json_t *args, char field[64], struct hms_err *err); /* arguments.c */
int nbi_check_group(json_t *args, char field[64], struct hms_err *err);	  /* several.c */
int nbi_check_job(json_t *args, char field[64], struct hms_err *err);	  /* several.c */
int nbi_check_pool(json_t *args, char field[64], struct hms_err *err);	  /* ids.c */

#endif
