/* The API by libcurl. */
#include "client.h"

#include "document.h"

#include <curl/curl.h>
#include <stdlib.h>

#define BODY_MAX_BYTES (512u * 1024 * 1024)
#define CONNECT_TIMEOUT_S 10L
#define REQUEST_TIMEOUT_S 120L

volatile int ctl_interrupted;

struct ctl_client {
	CURL *curl;
	struct curl_slist *headers;
	char *base;
};

struct transfer {
	struct ctl *ctl;
	struct hms_buf body;
	void (*line)(struct ctl *ctl, struct hms_str line);
	CURL *curl;
};

/* ---------------------------------------------------------------- paths */

void ctl_path_init(struct ctl_path *path, const char *begin)
{
	hms_buf_init(&path->text, 1024 * 1024);
	path->query = false;
	hms_buf_strz(&path->text, begin);
}

static void escape(struct hms_buf *out, const char *text, const char *also)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

	for (const char *c = text; *c; c++) {
		if (strchr(plain, *c) || strchr(also, *c))
			hms_buf_char(out, *c);
		else
			hms_buf_printf(out, "%%%02X", (unsigned char)*c);
	}
}

void ctl_path_part(struct ctl_path *path, const char *part) { escape(&path->text, part, "%"); }

void ctl_path_add(struct ctl_path *path, const char *text) { hms_buf_strz(&path->text, text); }

void ctl_path_device(struct ctl_path *path, const struct ctl *ctl, const char *rest)
{
	ctl_path_init(path, "/devices/");
	ctl_path_part(path, ctl->args[0]);
	ctl_path_add(path, rest);
}

void ctl_path_query(struct ctl_path *path, const char *name, const char *value)
{
	hms_buf_char(&path->text, path->query ? '&' : '?');
	path->query = true;
	for (const char *c = name; *c; c++)
		hms_buf_char(&path->text, *c == '-' ? '_' : *c);
	hms_buf_char(&path->text, '=');
	escape(&path->text, value, strcmp(name, "device") == 0 ? "%" : "");
}

void ctl_path_options(struct ctl_path *path, const struct ctl *ctl)
{
	for (int i = 0; i < CTL_OPTION_COUNT; i++)
		if (ctl_options[i].query && ctl->option[i])
			ctl_path_query(path, ctl_options[i].name, ctl->option[i]);
}

/* ---------------------------------------------------------------- one request */

static int on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	(void)arg;
	(void)dltotal;
	(void)dlnow;
	(void)ultotal;
	(void)ulnow;
	return ctl_interrupted;
}

/* Lines of a stream are handed on as they come; everything else is kept. */
static size_t on_data(char *data, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;
	long status = 0;
	char *end;

	hms_buf_add(&t->body, data, one * len);
	if (t->body.failed)
		return 0;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	while (t->line && status == 200 && t->body.len && (end = memchr(t->body.p, '\n', t->body.len))) {
		size_t n = (size_t)(end - t->body.p);

		t->line(t->ctl, hms_strn(t->body.p, n));
		hms_buf_consume(&t->body, n + 1);
	}
	return one * len;
}

static int curl_failed(struct ctl *ctl, CURLcode code)
{
	if (ctl_interrupted)
		return CTL_INTERRUPTED;
	return ctl_fail(CTL_AWAY, "%s: %s", ctl->client->base, curl_easy_strerror(code));
}

static const char *member(json_t *problem, const char *name)
{
	const char *text = json_string_value(json_object_get(problem, name));

	return text ? text : "";
}

/* RFC 9457, or whatever else answers there. */
static int refused(struct ctl *ctl, long status, struct hms_str body)
{
	json_t *problem = json_loadb(body.p ? body.p : "", body.len, 0, NULL);
	const char *title = member(problem, "title"), *detail = member(problem, "detail"), *field = member(problem, "field");
	int rc = status == 401 || status >= 502 ? CTL_AWAY : CTL_FAILED;

	if (*title && ctl->document && json_object_get(problem, "line"))
		rc = ctl_document_refused(ctl, problem, rc);
	else if (*title && (status == 400 || status == 422) && *field)
		rc = ctl_fail(rc, "%s: %s", field, detail);
	else if (*title)
		rc = ctl_fail(rc, "%s%s%s", status == 401 || !*detail ? title : "", status == 401 && *detail ? ": " : "", detail);
	else
		rc = ctl_fail(CTL_AWAY, "%s: answers with status %ld and is not this API", ctl->client->base, status);
	json_decref(problem);
	return rc;
}

static void prepare(struct ctl *ctl, const char *method, const struct ctl_path *path, struct transfer *t, char *url, size_t size)
{
	CURL *curl = ctl->client->curl;

	t->ctl = ctl;
	t->curl = curl;
	hms_buf_init(&t->body, BODY_MAX_BYTES);
	snprintf(url, size, "%s/api/v1%.*s", ctl->client->base, HMS_STR_FMT(hms_buf_view(&path->text)));
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, t->line ? 0L : REQUEST_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
}

static int perform(struct ctl *ctl, const char *method, struct ctl_path *path, const struct hms_str *body, const char *type,
		   struct transfer *t)
{
	struct curl_slist *headers = NULL;
	char header[512], *url = malloc(path->text.len + strlen(ctl->client->base) + 32);
	CURLcode code;
	long status = 0;

	if (!url || path->text.failed)
		return ctl_fail(CTL_FAILED, "out of memory");
	prepare(ctl, method, path, t, url, path->text.len + strlen(ctl->client->base) + 32);
	headers = curl_slist_append(headers, ctl->client->headers->data);
	if (body) {
		snprintf(header, sizeof(header), "Content-Type: %s", type);
		headers = curl_slist_append(headers, header);
		curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
		curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, body->p ? body->p : "");
	}
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers);
	code = curl_easy_perform(t->curl);
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	free(url);
	hms_buf_fini(&path->text);
	if (code)
		return curl_failed(ctl, code);
	return status >= 200 && status < 300 ? CTL_DONE : refused(ctl, status, hms_buf_view(&t->body));
}

int ctl_call_raw(struct ctl *ctl, const char *method, struct ctl_path *path, struct hms_str body, struct hms_buf *out)
{
	struct transfer t = { .line = NULL };
	int rc = perform(ctl, method, path, body.p ? &body : NULL, "application/octet-stream", &t);

	if (out && !rc)
		*out = t.body;
	else
		hms_buf_fini(&t.body);
	return rc;
}

int ctl_call(struct ctl *ctl, const char *method, struct ctl_path *path, json_t *body, json_t **out)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct hms_str bytes = hms_str(text);
	struct transfer t = { .line = NULL };
	int rc = perform(ctl, method, path, text ? &bytes : NULL, "application/json", &t);

	*out = NULL;
	if (!rc) {
		*out = json_loadb(t.body.p ? t.body.p : "", t.body.len, 0, NULL);
		if (!*out)
			rc = ctl_fail(CTL_AWAY, "%s: the answer is no JSON: not this API", ctl->client->base);
	}
	hms_buf_fini(&t.body);
	free(text);
	json_decref(body);
	return rc;
}

int ctl_stream_lines(struct ctl *ctl, struct ctl_path *path, void (*line)(struct ctl *ctl, struct hms_str line))
{
	struct transfer t = { .line = line };
	int rc = perform(ctl, "GET", path, NULL, NULL, &t);

	hms_buf_fini(&t.body);
	return rc;
}

/* ---------------------------------------------------------------- the connection */

struct ctl_client *ctl_client_new(const char *url, const char *token, struct hms_err *err)
{
	struct ctl_client *c = calloc(1, sizeof(*c));
	char header[1024];
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	snprintf(header, sizeof(header), "Authorization: Bearer %s", token);
	if (c && curl_global_init(CURL_GLOBAL_DEFAULT) == 0) {
		c->curl = curl_easy_init();
		c->headers = curl_slist_append(NULL, header);
		c->base = hms_str_dup(hms_strn(url, n));
	}
	if (c && c->curl && c->headers && c->base)
		return c;
	ctl_client_free(&c);
	hms_err_set(err, HMS_ENOMEM, "out of memory");
	return NULL;
}

void ctl_client_free(struct ctl_client **client)
{
	struct ctl_client *c = *client;

	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	free(c->base);
	free(c);
	curl_global_cleanup();
	*client = NULL;
}
