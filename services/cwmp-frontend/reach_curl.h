/** libcurl's multi interface on the loop: transfers by the thousands in one thread. */
#ifndef FE_REACH_CURL_H
#define FE_REACH_CURL_H

#include <curl/curl.h>

#include "hms/loop/loop.h"
#include "hms/metrics/metrics.h"

struct fe_curl;

/** A transfer has ended; it has been taken out and may be added again. arg: its CURLOPT_PRIVATE. */
typedef void fe_curl_done(CURL *easy, CURLcode code, void *arg);

/** sockets: counts those that are open. NULL when out of memory. */
struct fe_curl *fe_curl_new(struct hms_loop *loop, fe_curl_done *done, struct hms_gauge *sockets);
/** Sockets that are still open are closed by the loop. */
void fe_curl_free(struct fe_curl **c);

/** A handle whose sockets belong to the loop. NULL when out of memory. */
CURL *fe_curl_easy(struct fe_curl *c);
/** Begins it; done follows, never inside the call. Returns 0 or HMS_ENOMEM. */
int fe_curl_begin(struct fe_curl *c, CURL *easy);
/** Takes out one that is under way: done does not follow. */
void fe_curl_stop(struct fe_curl *c, CURL *easy);

#endif
