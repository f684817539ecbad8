/** One transfer of a file with a server: GET or PUT over HTTP, with Basic or Digest when challenged (TR-069 A.3.2.8, A.4.1.5). */
#ifndef HNBSIM_EXCHANGE_H
#define HNBSIM_EXCHANGE_H

#include "cell.h"

struct exchange_result {
	unsigned status; /* of HTTP; 0: there was none, and code says why */
	int code;	 /* HMS_E...; HMS_ESYNTAX: the URL is not usable */
	struct hms_str body;
};
/** Exactly once, on the loop, never inside exchange_start(). The exchange is gone then; the result is valid during the call. */
typedef void exchange_done(const struct exchange_result *result, void *arg);

struct exchange_request {
	bool put;
	const char *url, *user, *password; /* copied */
	const char *append;		   /* PUT: a file name for an URL that ends in '/' */
	struct hms_str body;		   /* PUT: copied */
	const char *content_type;	   /* static; NULL: none */
	bool gzip;			   /* PUT: the body is */
};

/** NULL when out of memory. */
struct exchange *exchange_start(struct cell *cell, const struct exchange_request *request, exchange_done *done, void *arg);
/** Cuts it; done is not called. */
void exchange_stop(struct exchange **exchange);

#endif
