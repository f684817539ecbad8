/* A device in memory. */
#include "fixture.h"

#include "capability.h"

#include <stdlib.h>
#include <unistd.h>

#define PARAMS_MAX 32

static const char profile[] = "{\"kinds\":{\"hnb\":{"
			      "\"discovery\":{\"send\":[\"segw.1\",\"management.url\"],\"require\":[\"segw.1\",\"management.url\"]},"
			      "\"registration\":{\"send\":[\"hnbgw.1\",\"umts.plmn\"],\"require\":[]},"
			      "\"unlock\":{\"send\":[\"fap.admin_state\"],\"require\":[\"fap.admin_state\"]}}},"
			      "\"location\":{\"read_if_absent\":true},"
			      "\"values\":{\"umts.plmn\":\"00101\",\"fap.admin_state\":\"true\"}}";

static void add_site(struct prov_catalog *c, const char *name, const char *match, const char *values)
{
	char doc[512];

	snprintf(doc, sizeof(doc), "{\"values\":%s}", values);
	assert_int_equal(prov_catalog_add(c, HMS_STR("default"), hms_str(name), 0, hms_str(match), hms_str(doc)), 0);
}

static struct prov_catalog *make_catalog(const char *text)
{
	struct prov_catalog *c = prov_catalog_new();

	assert_non_null(c);
	assert_int_equal(prov_catalog_add(c, HMS_STR("default"), HMS_STR("default"), 1, HMS_STR("{}"), hms_str(text)), 0);
	add_site(c, "london", "{\"circle\":{\"lat\":51.5,\"lon\":-0.12,\"radius_m\":50000}}",
		 "{\"segw.1\":\"segw.london\",\"hnbgw.1\":\"hnbgw.london\",\"management.url\":\"" URL_SERVING "\"}");
	add_site(c, "munich", "{\"circle\":{\"lat\":48.137,\"lon\":11.575,\"radius_m\":50000}}",
		 "{\"segw.1\":\"segw.munich\",\"hnbgw.1\":\"hnbgw.munich\",\"management.url\":\"" URL_BOTH "\"}");
	add_site(c, "bare", "{\"any\":true}", "{\"segw.1\":\"segw.bare\",\"management.url\":\"" URL_SERVING "\"}");
	return c;
}

void fixture_profile(struct fixture *f, const char *text)
{
	struct prov_catalog *old = (struct prov_catalog *)f->ctx.catalog;

	prov_catalog_free(&old);
	f->ctx.catalog = make_catalog(text);
}

static void make_files(struct fixture *f)
{
	char path[] = "/tmp/test_prov_secret_XXXXXX";
	int fd = mkstemp(path);
	struct hms_secret *secret = NULL;
	struct hms_err err = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	close(fd);
	assert_int_equal(hms_secret_load(path, &secret, &err), 0);
	unlink(path);
	f->signer = hms_file_signer_new(secret);
	assert_non_null(f->signer);
	f->ctx.sealer = hms_sealer_new(secret, HMS_CREDENTIAL_PURPOSE, 0);
	assert_non_null(f->ctx.sealer);
	f->ctx.realm = HMS_STR("hms");
	hms_secret_free(&secret);
	f->files = (struct prov_files){ .signer = f->signer, .base = HMS_STR(URL_FILES) };
	f->ctx.files = &f->files;
	assert_int_equal(prov_cm_table_load(HMS_SOURCE_DIR "/deploy/datamodels/cm-32.584.tsv", &f->cm, &err), 0);
	f->ctx.cm = f->cm;
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct hms_models *models = NULL;
	struct hms_err err = { 0 };

	assert_non_null(f);
	f->now_us = 1800000000000000;
	f->cwmp = HMS_CWMP_1_2;
	f->ctx.arena = hms_arena_new(16 * 1024 * 1024);
	assert_int_equal(hms_models_load(HMS_SOURCE_DIR "/deploy/datamodels", &models, &err), 0);
	f->ctx.models = models;
	f->ctx.catalog = make_catalog(profile);
	f->ctx.ids = &f->ids;
	f->ctx.unknown_devices = PROV_UNKNOWN_HOLD;
	f->ctx.tries_max = 10;
	f->ctx.command_life_us = 3600000000;
	f->ctx.retry_min_us = 30000000;
	f->ctx.retry_max_us = 3600000000;
	f->ctx.op_state_wait_us = 600000000;
	f->ctx.session_live_us = 600000000;
	f->ctx.transfer_ask_after_us = 3600000000;
	make_files(f);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	struct hms_models *models = (struct hms_models *)f->ctx.models;
	struct prov_catalog *catalog = (struct prov_catalog *)f->ctx.catalog;
	struct hms_quirk_registry *quirks = (struct hms_quirk_registry *)f->ctx.quirks;

	hms_quirks_free(&quirks);
	hms_models_free(&models);
	prov_cm_table_free(&f->cm);
	hms_file_signer_free(&f->signer);
	hms_sealer_free(&f->ctx.sealer);
	prov_catalog_free(&catalog);
	hms_arena_free(&f->ctx.arena);
	free(f);
	return 0;
}

void fixture_quirks(struct fixture *f, const char *quirks)
{
	char folder[] = "/tmp/test_prov_quirks_XXXXXX", path[64];
	struct hms_quirk_registry *loaded = (struct hms_quirk_registry *)f->ctx.quirks;
	struct hms_err err = { 0 };
	FILE *file;

	hms_quirks_free(&loaded);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.json", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "{\"entries\": [{\"oui\": \"00D09E\", \"quirks\": {%s}, \"why\": \"x\"}]}", quirks);
	fclose(file);
	if (hms_quirks_load(folder, &loaded, &err))
		fail_msg("%s", err.text);
	f->ctx.quirks = loaded;
	unlink(path);
	rmdir(folder);
}

static void apply(struct fixture *f, const struct prov_event *e)
{
	struct hms_err err = { 0 };

	f->d.now_us = f->now_us;
	f->d.post = f->d.grants_changed = f->d.entry_dirty = false;
	assert_int_equal(prov_apply(&f->ctx, &f->d, e, &err), 0);
	if (f->d.exists)
		prov_decide(&f->ctx, &f->d);
	assert_false(f->d.failed);
}

void fixture_apply(struct fixture *f, Hms__DeviceEvent *ev)
{
	struct prov_event e = { .msg = ev };

	apply(f, &e);
}

Hms__DeviceEvent *fixture_event(struct fixture *f)
{
	Hms__DeviceEvent *ev = hms_arena_alloc(f->ctx.arena, sizeof(*ev));

	hms__device_event__init(ev);
	ev->sid = f->sid;
	ev->recv_us = f->now_us;
	ev->last = true;
	ev->tenant = (char *)"default";
	return ev;
}

static Hms__Inform *new_inform(struct fixture *f, const char *key, const char *command_key)
{
	Hms__Inform *inform = hms_arena_alloc(f->ctx.arena, sizeof(*inform));
	Hms__DeviceId *id = hms_arena_alloc(f->ctx.arena, sizeof(*id));
	Hms__Event *event = hms_arena_alloc(f->ctx.arena, sizeof(*event));

	hms__inform__init(inform);
	hms__device_id__init(id);
	hms__event__init(event);
	id->oui = (char *)"00256D";
	id->serial = (char *)"1";
	inform->device = id;
	event->code = (char *)(f->key_event ? f->key_event : "M Reboot");
	event->command_key = (char *)(command_key ? command_key : "");
	inform->events = hms_arena_alloc(f->ctx.arena, sizeof(*inform->events));
	inform->events[0] = event;
	inform->n_events = command_key ? 1 : 0;
	inform->cwmp = f->cwmp;
	inform->has_parameter_key = key != NULL;
	inform->parameter_key = (char *)(key ? key : "");
	return inform;
}

void fixture_inform(struct fixture *f, int role, const char *url, uint32_t classes, const char *key, const char *command_key, ...)
{
	Hms__DeviceEvent *ev;
	Hms__Inform *inform = new_inform(f, key, command_key);
	const char *name;
	va_list ap;

	f->now_us += 5000000;
	f->sid += 1000;
	f->seq = 1;
	ev = fixture_event(f);
	ev->seq = 1;
	ev->classes = classes;
	ev->hold_until_us = f->now_us + 10000000;
	ev->listener_role = (Hms__DeviceEvent__Role)role;
	ev->listener_url = (char *)url;
	ev->param_hash = f->sid;
	inform->params = hms_arena_alloc(f->ctx.arena, PARAMS_MAX * sizeof(*inform->params));
	va_start(ap, command_key);
	while ((name = va_arg(ap, const char *)) && inform->n_params < PARAMS_MAX) {
		Hms__Param *p = hms_arena_alloc(f->ctx.arena, sizeof(*p));

		hms__param__init(p);
		p->name = (char *)name;
		p->value = (char *)va_arg(ap, const char *);
		inform->params[inform->n_params++] = p;
	}
	va_end(ap);
	ev->body_case = HMS__DEVICE_EVENT__BODY_INFORM;
	ev->inform = inform;
	fixture_apply(f, ev);
}

void fixture_late_inform(struct fixture *f, int64_t back_us, const char *key)
{
	Hms__DeviceEvent *ev = fixture_event(f);

	ev->sid = 7;
	ev->recv_us = f->d.hot.recv_us - back_us;
	ev->body_case = HMS__DEVICE_EVENT__BODY_INFORM;
	ev->inform = new_inform(f, key, NULL);
	fixture_apply(f, ev);
}

void fixture_result(struct fixture *f, const struct prov_command *c, Hms__RpcResult__Outcome outcome, uint32_t fault)
{
	Hms__DeviceEvent *ev = fixture_event(f);
	Hms__RpcResult *r = hms_arena_alloc(f->ctx.arena, sizeof(*r));

	hms__rpc_result__init(r);
	r->command_id = (uint64_t)c->id;
	r->n = (uint32_t)c->g_n;
	r->outcome = outcome;
	r->method = (char *)"";
	if (fault) {
		r->fault = hms_arena_alloc(f->ctx.arena, sizeof(*r->fault));
		hms__fault__init(r->fault);
		r->fault->code = fault;
		r->fault->text = (char *)(f->fault_text ? f->fault_text : "no");
	}
	f->now_us += 10000;
	ev->seq = 1 + r->n;
	ev->body_case = HMS__DEVICE_EVENT__BODY_RPC_RESULT;
	ev->rpc_result = r;
	fixture_apply(f, ev);
}

static Hms__Field *new_field(struct fixture *f, const char *path, const char *value)
{
	Hms__Field *field = hms_arena_alloc(f->ctx.arena, sizeof(*field));

	hms__field__init(field);
	field->path = (char *)path;
	field->value = (char *)value;
	return field;
}

static Hms__Param *new_param(struct fixture *f, const char *name, const char *value)
{
	Hms__Param *p = hms_arena_alloc(f->ctx.arena, sizeof(*p));

	hms__param__init(p);
	p->name = (char *)name;
	p->value = (char *)value;
	return p;
}

void fixture_answer(struct fixture *f, const struct prov_command *c, const char *method, const char *field, const char *value, ...)
{
	Hms__DeviceEvent *ev = fixture_event(f);
	Hms__RpcResult *r = hms_arena_alloc(f->ctx.arena, sizeof(*r));
	const char *name;
	va_list ap;

	hms__rpc_result__init(r);
	r->command_id = (uint64_t)c->id;
	r->n = (uint32_t)c->g_n;
	r->outcome = HMS__RPC_RESULT__OUTCOME__RESPONSE;
	r->method = (char *)method;
	r->fields = hms_arena_alloc(f->ctx.arena, sizeof(*r->fields));
	r->n_fields = field != NULL;
	if (field)
		r->fields[0] = new_field(f, field, value);
	r->params = hms_arena_alloc(f->ctx.arena, PARAMS_MAX * sizeof(*r->params));
	va_start(ap, value);
	while ((name = va_arg(ap, const char *)) && r->n_params < PARAMS_MAX)
		r->params[r->n_params++] = new_param(f, name, va_arg(ap, const char *));
	va_end(ap);
	f->now_us += 10000;
	ev->seq = 1 + r->n;
	ev->body_case = HMS__DEVICE_EVENT__BODY_RPC_RESULT;
	ev->rpc_result = r;
	fixture_apply(f, ev);
}

void fixture_request(struct fixture *f, const char *method, ...)
{
	Hms__DeviceEvent *ev = fixture_event(f);
	Hms__CpeRequest *r = hms_arena_alloc(f->ctx.arena, sizeof(*r));
	const char *path;
	va_list ap;

	hms__cpe_request__init(r);
	r->method = (char *)method;
	r->fields = hms_arena_alloc(f->ctx.arena, PARAMS_MAX * sizeof(*r->fields));
	va_start(ap, method);
	while ((path = va_arg(ap, const char *)) && r->n_fields < PARAMS_MAX)
		r->fields[r->n_fields++] = new_field(f, path, va_arg(ap, const char *));
	va_end(ap);
	f->now_us += 10000;
	ev->seq = 2;
	ev->body_case = HMS__DEVICE_EVENT__BODY_CPE_REQUEST;
	ev->cpe_request = r;
	fixture_apply(f, ev);
}

bool fixture_sends(const struct prov_command *c, const char *text)
{
	return memmem(c->payload.p, c->payload.len, text, strlen(text)) != NULL;
}

void fixture_dispatched(struct fixture *f, uint64_t id, uint64_t sid, uint32_t n)
{
	Hms__DeviceEvent *ev = fixture_event(f);
	Hms__RpcDispatched *r = hms_arena_alloc(f->ctx.arena, sizeof(*r));

	hms__rpc_dispatched__init(r);
	r->command_id = id;
	r->n = n;
	ev->sid = sid;
	ev->body_case = HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED;
	ev->rpc_dispatched = r;
	fixture_apply(f, ev);
}

void fixture_work(struct fixture *f, unsigned work)
{
	struct prov_event e = { .work = work, .sid = f->sid };

	apply(f, &e);
}

void fixture_device(struct fixture *f, enum prov_state state)
{
	f->d.exists = true;
	f->d.hot.g_next = 1;
	f->d.hot.q_ver = 1;
	f->d.hot.have_key = HMS_STR("");
	f->d.cold.tenant = HMS_STR("default");
	f->d.cold.fap = 1;
	f->d.cold.rpc_tries = PROV_METHODS_TRIES; /* it is not asked for its methods by itself */
	f->d.cold.state = state;
}

struct prov_command *fixture_command(struct fixture *f, enum hms_cwmp_method method, const char *payload)
{
	struct prov_command *c = prov_command_new(&f->d, f->ctx.arena, hms_command_id_next(&f->ids, f->now_us), method, "",
						  hms_str(payload), f->now_us + 3600000000);

	assert_non_null(c);
	c->origin = HMS_STR("operator:test");
	c->prio = 100;
	c->noticed = false;
	return c;
}

struct prov_command *fixture_step(struct fixture *f)
{
	for (size_t i = 0; i < f->d.command_count; i++)
		if (prov_command_is_procedure(f->d.commands[i]) && prov_command_is_open(f->d.commands[i]))
			return f->d.commands[i];
	return NULL;
}

struct prov_command *fixture_last(struct fixture *f, const char *purpose)
{
	for (size_t i = f->d.command_count; i > 0; i--)
		if (hms_str_eqz(f->d.commands[i - 1]->purpose, purpose))
			return f->d.commands[i - 1];
	return NULL;
}
