/* The scripted ACS of the session tests. */
#include "acs.h"

#include <stdio.h>
#include <stdlib.h>

#define ENVELOPE                                                                                                                   \
	"<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:c=\"http://schemas.xmlsoap.org/soap/encoding/\" " \
	"xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "                  \
	"xmlns:cwmp=\"urn:dslforum-org:cwmp-1-2\"><e:Header>"                                                                      \
	"<cwmp:ID e:mustUnderstand=\"1\">%s</cwmp:ID></e:Header><e:Body>%s</e:Body></e:Envelope>"

struct post {
	struct acs *acs;
	struct hms_buf body;
};

static void on_body(struct hms_http_req *req, const char *data, size_t len, void *arg)
{
	struct post *post = arg;

	(void)req;
	hms_buf_add(&post->body, data, len);
}

static void copy(char *out, size_t size, struct hms_str s) { snprintf(out, size, "%.*s", HMS_STR_FMT(s)); }

/* The text between two marks. */
static struct hms_str between(const char *text, const char *before, const char *behind)
{
	const char *begin = strstr(text, before), *end = begin ? strstr(begin + strlen(before), behind) : NULL;

	return end ? hms_strn(begin + strlen(before), (size_t)(end - begin - (ptrdiff_t)strlen(before))) : HMS_STR("");
}

static void note(struct acs *acs, struct hms_http_req *req, struct hms_buf *body)
{
	const char *text = hms_buf_z(body), *soap = strstr(text, "Body>");
	struct hms_str name = soap ? between(soap, "<", ">") : HMS_STR("");
	struct hms_str local = name;

	hms_str_split(&local, ':');
	copy(acs->got[acs->at].method, sizeof(acs->got[0].method), local.p ? local : name);
	copy(acs->got[acs->at].verb, sizeof(acs->got[0].verb), hms_http_req_method(req));
	copy(acs->got[acs->at].path, sizeof(acs->got[0].path), hms_http_req_path(req));
	copy(acs->got[acs->at].encoding, sizeof(acs->got[0].encoding), hms_http_req_header(req, "Content-Encoding"));
	acs->got[acs->at].body_len = body->len;
	copy(acs->got[acs->at].cookie, sizeof(acs->got[0].cookie), hms_http_req_header(req, "Cookie"));
	copy(acs->got[acs->at].authorization, sizeof(acs->got[0].authorization), hms_http_req_header(req, "Authorization"));
	copy(acs->got[acs->at].id, sizeof(acs->got[0].id), between(text, "mustUnderstand=\"1\">", "<"));
	copy(acs->got[acs->at].body, sizeof(acs->got[0].body), hms_str(text));
}

/* What answers a request of the cell's own has the request's ID; an InformResponse that is written out has another one. */
static bool repeats_id(const char *body) { return strstr(body, "Fault") || (strstr(body, "Response") && !strstr(body, "InformResponse")); }

static void answer(struct acs *acs, struct hms_http_req *req, const struct acs_step *step, const char *id)
{
	struct hms_http_header header = { hms_str(step->header), hms_str(step->value) };
	char body[8192] = "", rpc_id[32];
	bool is_inform = step->body && strcmp(step->body, "INFORM") == 0;

	snprintf(rpc_id, sizeof(rpc_id), "rpc-%zu", acs->at);
	if (step->raw)
		snprintf(body, sizeof(body), "%s", step->body);
	else if (step->body)
		snprintf(body, sizeof(body), ENVELOPE, is_inform || repeats_id(step->body) ? id : rpc_id,
			 is_inform ? "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>" : step->body);
	hms_http_reply(req, step->status, step->header ? &header : NULL, step->header != NULL, hms_str(body));
}

static void on_complete(struct hms_http_req *req, void *arg)
{
	struct post *post = arg;
	struct acs *acs = post->acs;
	const struct acs_step *step = acs->at < acs->steps ? &acs->script[acs->at] : NULL;

	if (acs->at >= sizeof(acs->got) / sizeof(acs->got[0]) || !step) {
		acs->at++;
		hms_http_reply_text(req, 500, "the script has ended");
		return;
	}
	note(acs, req, &post->body);
	acs->at++;
	if (!step->hang)
		answer(acs, req, step, acs->got[acs->at - 1].id);
}

static void on_ended(struct hms_http_req *req, bool aborted, void *arg)
{
	struct post *post = arg;

	(void)req, (void)aborted;
	hms_buf_fini(&post->body);
	free(post);
}

static void on_request(struct hms_http_req *req, void *arg)
{
	static const struct hms_http_req_cb cb = { .body = on_body, .complete = on_complete, .ended = on_ended };
	struct post *post = calloc(1, sizeof(*post));

	if (!post)
		abort();
	post->acs = arg;
	hms_buf_init(&post->body, 1024 * 1024);
	hms_http_req_set(req, &cb, post);
}

int acs_open(struct acs *acs, struct hms_loop *loop)
{
	static struct hms_http_conf conf;
	const struct hms_conf_section *sections[] = { &hms_http_conf_section, NULL };
	struct hms_conf *loaded;
	struct hms_err err = { 0 };
	struct hms_http_server_opts opts = { .name = "acs", .address = "127.0.0.1:0", .conf = &conf, .handler = on_request, .arg = acs };
	char address[64];

	if (hms_conf_load(NULL, sections, &loaded, &err) != 0)
		return -1;
	conf = *(const struct hms_http_conf *)hms_conf_get(loaded, &hms_http_conf_section);
	hms_conf_free(&loaded);
	*acs = (struct acs){ .loop = loop, .server = hms_http_server_new(loop, &opts, &err) };
	if (!acs->server)
		return -1;
	snprintf(acs->url, sizeof(acs->url), "http://%s/cwmp",
		 hms_addr_text(hms_http_server_addr(acs->server), true, address, sizeof(address)));
	return 0;
}

void acs_close(struct acs *acs) { hms_http_server_close(&acs->server); }

void acs_play(struct acs *acs, const struct acs_step *script, size_t steps)
{
	acs->script = script;
	acs->steps = steps;
	acs->at = 0;
}
