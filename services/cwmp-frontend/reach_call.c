/* One connection request by HTTP (TR-069 3.2.2): GET, Digest or Basic if it is asked for, and nothing else: no redirect, no proxy, no cookie, nothing of the answer but its status. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/base/clock.h"
#include "reach.h"

enum { UNAUTHORIZED = 401, OK = 200, OK_LAST = 299, FORBIDDEN = 403, NOT_FOUND = 404, UNAVAILABLE = 503 };

static long status_of(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* ---- outcome ---- */
static const struct {
	long first, last;
	enum hms_reach_outcome outcome;
} by_status[] = {
	{ OK, OK_LAST, HMS_REACH_ACCEPTED },	      { UNAUTHORIZED, UNAUTHORIZED, HMS_REACH_DENIED },
	{ FORBIDDEN, FORBIDDEN, HMS_REACH_DENIED },   { NOT_FOUND, NOT_FOUND, HMS_REACH_NOT_FOUND },
	{ UNAVAILABLE, UNAVAILABLE, HMS_REACH_BUSY },
};

static enum hms_reach_outcome of_status(long status)
{
	for (size_t i = 0; i < sizeof(by_status) / sizeof(by_status[0]); i++)
		if (status >= by_status[i].first && status <= by_status[i].last)
			return by_status[i].outcome;
	return HMS_REACH_BAD_ANSWER;
}

static enum hms_reach_outcome not_connected(const struct fe_call *call, CURL *easy)
{
	long error = call->os_error;

	if (call->blocked)
		return HMS_REACH_NOT_ALLOWED;
	if (!error)
		curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	switch (error) {
	case ECONNREFUSED:
		return HMS_REACH_REFUSED;
	case ETIMEDOUT:
		return HMS_REACH_TIMEOUT;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EADDRNOTAVAIL: /* no local port is left */
		return HMS_REACH_OVERLOADED;
	default:
		return HMS_REACH_UNREACHABLE;
	}
}

static enum hms_reach_outcome of_code(const struct fe_call *call, CURL *easy, CURLcode code)
{
	switch (code) {
	case CURLE_OK:
	case CURLE_WRITE_ERROR: /* more of an answer than we read, or its rest is missing: its status is what counts */
	case CURLE_PARTIAL_FILE:
		return of_status(status_of(easy));
	case CURLE_COULDNT_CONNECT:
		return not_connected(call, easy);
	case CURLE_OPERATION_TIMEDOUT:
		return HMS_REACH_TIMEOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
		return HMS_REACH_UNREACHABLE;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_ABORTED_BY_CALLBACK: /* a socket that cannot be watched */
		return HMS_REACH_OVERLOADED;
	default:
		return HMS_REACH_BAD_ANSWER;
	}
}

/* ---- callbacks of libcurl ---- */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct fe_call *call = arg;
	struct hms_addr addr = { .len = to->addrlen };
	int fd;

	(void)purpose;
	if (to->addrlen > sizeof(addr.ss))
		return CURL_SOCKET_BAD;
	memcpy(&addr.ss, &to->addr, to->addrlen);
	call->blocked = !fe_target_allows(&call->reach->rules, &addr);
	if (call->blocked)
		return CURL_SOCKET_BAD;
	fd = socket(to->family, to->socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->protocol);
	if (fd < 0) {
		call->os_error = errno;
		return CURL_SOCKET_BAD;
	}
	hms_gauge_add(&call->reach->m.sockets, 1);
	return fd;
}

/* The first answer that asks for credentials is followed by another request on the same connection; behind any other one the connection is of no use any more. */
static bool is_last(struct fe_call *call, struct hms_str line)
{
	bool challenge = status_of(call->easy) == UNAUTHORIZED && call->credential_count > 0;

	if (challenge && hms_str_starts(line, HMS_STR("HTTP/")))
		call->challenges++;
	return !challenge || call->challenges > 1;
}

/* 0 makes libcurl give up. */
static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct fe_call *call = arg;
	size_t bytes = size * count;

	call->answer_bytes += bytes;
	if (is_last(call, hms_strn(data, bytes)))
		curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, 1L);
	return call->answer_bytes > (size_t)call->reach->conf->answer_max_bytes ? 0 : bytes;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct fe_call *call = arg;

	(void)data;
	call->answer_bytes += size * count;
	return call->answer_bytes > (size_t)call->reach->conf->answer_max_bytes ? 0 : size * count;
}

/* ---- a try ---- */
static long time_left_ms(const struct fe_call *call)
{
	int64_t left_ms = (call->deadline_us - hms_wall_us()) / 1000;

	if (left_ms > call->reach->conf->timeout)
		left_ms = call->reach->conf->timeout;
	return left_ms > 1 ? (long)left_ms : 1;
}

static void show_credentials(struct fe_call *call)
{
	const struct hms_credential *c = &call->credentials[call->credential];

	if (call->credential >= call->credential_count)
		return;
	curl_easy_setopt(call->easy, CURLOPT_HTTPAUTH, (long)(CURLAUTH_DIGEST | (call->reach->conf->basic ? CURLAUTH_BASIC : 0)));
	curl_easy_setopt(call->easy, CURLOPT_USERNAME, c->username);
	curl_easy_setopt(call->easy, CURLOPT_PASSWORD, c->password);
}

static void set_up(struct fe_call *call)
{
	CURL *easy = call->easy;

	call->answer_bytes = call->challenges = 0;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_CURLU, call->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "HMS");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->reach->conf->connect_timeout);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, time_left_ms(call));
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	show_credentials(call);
}

/* Returns 0 or HMS_ENOMEM. */
static int try(struct fe_call *call)
{
	if (call->easy)
		curl_easy_cleanup(call->easy); /* what it knows of the last challenge goes with it */
	call->easy = fe_curl_easy(call->reach->curl);
	if (!call->easy)
		return HMS_ENOMEM;
	set_up(call);
	return fe_curl_begin(call->reach->curl, call->easy);
}

void fe_call_begin(struct fe_call *call)
{
	call->began_us = hms_mono_us();
	if (try(call))
		fe_reach_ended(call, HMS_REACH_OVERLOADED, 0, "out of memory");
}

void fe_call_on_done(CURL *easy, CURLcode code, void *arg)
{
	struct fe_call *call = arg;
	enum hms_reach_outcome outcome = of_code(call, easy, code);
	long status = status_of(easy);

	if (outcome == HMS_REACH_DENIED && call->credential + 1 < call->credential_count) {
		call->credential++;
		hms_counter_inc(&call->reach->m.second_credentials);
		if (try(call) == 0)
			return;
	}
	fe_reach_ended(call, outcome, status > 0 ? (unsigned)status : 0, code ? curl_easy_strerror(code) : "");
}

void fe_call_free(struct fe_call *call)
{
	if (call->easy) {
		fe_curl_stop(call->reach->curl, call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_url_cleanup(call->url);
	hms_list_remove(&call->node);
	hms_list_remove(&call->in_part);
	explicit_bzero(call->credentials, sizeof(call->credentials));
	free(call);
}
