/** An ACS in the test's own process, which follows a script: what it answers to the 1st, 2nd, ... POST of a test. */
#ifndef ACS_H
#define ACS_H

#include "hms/http/server.h"
#include "session.h"

struct acs_step {
	unsigned status;
	const char *body;	    /* NULL: none. "INFORM": the InformResponse to what came. Others: the method element of an
			   * RPC, whose cwmp:ID is rpc-<number of the POST> */
	const char *header, *value; /* one more header, or NULL */
	bool raw;		    /* the body is sent as it is: a file */
	bool hang;		    /* never answer: the connection is cut after the script's end */
};

struct acs {
	struct hms_loop *loop;
	struct hms_http_server *server;
	char url[64];
	const struct acs_step *script;
	size_t steps, at;	 /* how many POSTs came */
	struct {		 /* of each POST */
		char method[64]; /* "Inform", "SetParameterValuesResponse", "Fault", "" for an empty POST */
		char verb[16], path[512], encoding[32];
		char cookie[256], authorization[512], id[128], body[8192];
		size_t body_len;
	} got[32];
};

int acs_open(struct acs *acs, struct hms_loop *loop);
void acs_close(struct acs *acs);
void acs_play(struct acs *acs, const struct acs_step *script, size_t steps);

#endif
