/* One transfer of a file with a server: GET or PUT over HTTP. */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth.h"
#include "session.h"

#define BODY_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define REFUSALS_MAX 1 /* consecutive */
#define AUTHORIZATION_MAX 2048

struct exchange {
	struct cell *cell;
	struct hms_http_client *client;
	struct target target;
	char *user, *password, *path;
	const char *content_type;
	bool put, gzip;
	struct hms_buf body;
	struct auth auth;
	struct hms_defer next; /* sends, or reports what could not be sent */
	int failed;
	exchange_done *done;
	void *arg;
};

static void exchange_free(struct exchange *x)
{
	hms_defer_cancel(&x->next);
	hms_http_client_free(&x->client);
	hms_buf_fini(&x->body);
	target_fini(&x->target);
	free(x->user);
	free(x->password);
	free(x->path);
	free(x);
}

void exchange_stop(struct exchange **exchange)
{
	if (*exchange)
		exchange_free(*exchange);
	*exchange = NULL;
}

static void finish(struct exchange *x, const struct exchange_result *result)
{
	x->done(result, x->arg);
	exchange_free(x);
}

static void on_response(struct hms_http_client *client, const struct hms_http_response *res, int code, void *arg)
{
	struct exchange *x = arg;
	struct sim *sim = x->cell->sim;
	bool answerable = false;
	struct hms_str value;

	(void)client;
	if (!res) {
		finish(x, &(struct exchange_result){ .code = code });
		return;
	}
	sim->counts.file_statuses[res->status < 600 ? res->status : 0]++;
	if (res->status == 401 && x->auth.refused++ < REFUSALS_MAX) {
		hms_arena_reset(sim->arena);
		for (size_t i = 0; (value = hms_http_response_header(res, "WWW-Authenticate", i)).p; i++)
			answerable |= auth_challenge(&x->auth, sim->arena, value);
	}
	if (answerable)
		hms_defer_schedule(sim->loop, &x->next);
	else
		finish(x, &(struct exchange_result){ .status = res->status, .body = res->body });
}

static int send_request(struct exchange *x)
{
	struct hms_http_header headers[4] = { { HMS_STR("User-Agent"), HMS_STR("hnbsim") } };
	struct hms_buf authorization = HMS_BUF_INIT(AUTHORIZATION_MAX);
	struct hms_str method = x->put ? HMS_STR("PUT") : HMS_STR("GET");
	struct sim *sim = x->cell->sim;
	size_t n = 1;
	int rc;

	auth_header(&x->auth, hms_str(x->user), hms_str(x->password), method, hms_str(x->path), rng_next(&sim->rng), &authorization);
	if (authorization.len > 0)
		headers[n++] = (struct hms_http_header){ HMS_STR("Authorization"), hms_buf_view(&authorization) };
	if (x->put && x->content_type)
		headers[n++] = (struct hms_http_header){ HMS_STR("Content-Type"), hms_str(x->content_type) };
	if (x->gzip)
		headers[n++] = (struct hms_http_header){ HMS_STR("Content-Encoding"), HMS_STR("gzip") };
	if (!x->client)
		x->client = session_client_new(x->cell, &x->target, BODY_MAX_BYTES, NULL);
	rc = x->client ? hms_http_client_request(x->client, method, hms_str(x->target.host), hms_str(x->path), headers, n,
						 hms_buf_view(&x->body), on_response, x)
		       : HMS_ENOMEM;
	hms_buf_fini(&authorization);
	return rc;
}

/* Before a request, or instead of one that could not be made. */
static void on_next(struct hms_defer *defer, void *arg)
{
	struct exchange *x = arg;
	int rc = x->failed ? x->failed : send_request(x);

	(void)defer;
	if (rc != 0)
		finish(x, &(struct exchange_result){ .code = rc });
}

/* Where it goes: the URL as it is, or with the file name behind it. */
static int aim(struct exchange *x, const struct exchange_request *request)
{
	size_t size;

	if (target_open(hms_str(request->url), &x->target, NULL) != 0)
		return HMS_ESYNTAX;
	size = strlen(x->target.path) + (request->append ? strlen(request->append) : 0) + 1;
	x->path = malloc(size);
	if (!x->path)
		return HMS_ENOMEM;
	snprintf(x->path, size, "%s%s", x->target.path,
		 request->append && hms_str_ends(hms_str(x->target.path), HMS_STR("/")) ? request->append : "");
	return 0;
}

struct exchange *exchange_start(struct cell *cell, const struct exchange_request *request, exchange_done *done, void *arg)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	*x = (struct exchange){
		.cell = cell, .put = request->put, .gzip = request->gzip, .content_type = request->content_type, .done = done, .arg = arg
	};
	hms_defer_init(&x->next, on_next, x);
	hms_buf_init(&x->body, BODY_MAX_BYTES);
	hms_buf_str(&x->body, request->body);
	x->user = hms_str_dup(hms_str(request->user));
	x->password = hms_str_dup(hms_str(request->password));
	if (!x->user || !x->password || x->body.failed) {
		exchange_free(x);
		return NULL;
	}
	x->failed = aim(x, request);
	hms_defer_schedule(cell->sim->loop, &x->next);
	return x;
}
