/* A property of desired configuration as a whole: whatever is lost, repeated, refused or undone on the way, by the network, by the device, by others or by a provisioning
 * that dies before its commit, the device comes to what it shall be, and nothing unsafe is executed twice (contracts 7). */
#include <stdlib.h>

#include "desired.h"
#include "fixture.h"
#include "hms/desired/value.h"
#include "sim.h"

#define RUNS 60
#define WILD_SESSIONS 40
#define CALM_SESSIONS 60
#define RPCS_MAX 60 /* of a session */
#define EVENTS_KEPT 16
#define ADDS_MAX 512
#define ARENA_BYTES (512u << 20)

struct run {
	struct fixture *f;
	struct sim sim;
	uint64_t random;
	unsigned seed;
	bool wild;
	char key[40];  /* ParameterKey at the device */
	bool booted;   /* its next Inform says 0 BOOTSTRAP */
	char told[64]; /* a parameter that its next Inform tells; empty: none */
	Hms__DeviceEvent *kept[EVENTS_KEPT];
	size_t kept_count;
	int64_t adds[ADDS_MAX]; /* commands by which an object was made */
	size_t add_count, made;
	size_t desired_rows, kept_rows;
	struct hms_profile *profile;
	struct hms_desired *desired;
};

static unsigned pick(struct run *r, unsigned n)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (unsigned)(r->random >> 33) % n;
}

static bool happens(struct run *r, unsigned one_in) { return r->wild && pick(r, one_in) == 0; }

static const char *any_value(struct run *r, enum hms_xsd type)
{
	static const char *const booleans[] = { "0", "1", "true", "false" }, *const numbers[] = { "7", "007", "8", "+8", "9" },
				 *const texts[] = { "a", "b", "c", "" };

	if (type == HMS_XSD_BOOLEAN)
		return booleans[pick(r, 4)];
	return type == HMS_XSD_UINT ? numbers[pick(r, 5)] : texts[pick(r, 4)];
}

/* ---------------------------------------------------------------- a device, and what it shall be */

static void factory_new(struct run *r)
{
	for (size_t i = 0; i < SIM_PARAMS; i++)
		snprintf(r->sim.params[i].value, sizeof(r->sim.params[i].value), "%s", r->sim.params[i].type == HMS_XSD_STRING ? "" : "0");
	memset(r->sim.rows, 0, sizeof(r->sim.rows));
	r->key[0] = r->told[0] = '\0';
	r->booted = true;
	r->kept_rows = r->made = 0;
}

static void make_device(struct run *r)
{
	static const enum hms_xsd types[] = { HMS_XSD_STRING, HMS_XSD_UINT, HMS_XSD_BOOLEAN };

	for (size_t i = 0; i < SIM_PARAMS; i++) {
		struct sim_param *p = &r->sim.params[i];

		snprintf(p->path, sizeof(p->path), "Device.P%zu", i);
		p->type = types[pick(r, 3)];
		p->exists = pick(r, 8);
		p->read_only = pick(r, 12) == 0;
		snprintf(p->value, sizeof(p->value), "%s", any_value(r, p->type));
	}
	for (unsigned n = pick(r, 4); n > 0; n--) {
		struct sim_row *row = sim_free_row(&r->sim);

		row->instance = ++r->sim.next_instance;
		snprintf(row->cells[0], sizeof(row->cells[0]), "%u", 70 + n);
		r->kept_rows++;
	}
}

static void make_desired(struct run *r)
{
	struct hms_buf text = HMS_BUF_INIT(65536);
	const struct hms_device_facts facts = { .serial = HMS_STR("1") };
	const struct hms_desired_input input = {
		.profiles = (const struct hms_profile *const *)&r->profile, .count = 1, .facts = &facts, .fap = 1
	};
	struct hms_err err = { 0 };
	const char *separator = "";

	hms_buf_strz(&text, "{\"parameters\": {");
	for (size_t i = 0; i < SIM_PARAMS; i++)
		if (pick(r, 4)) {
			hms_buf_printf(&text, "%s\"%s\": {\"value\": \"%s\", \"type\": \"%s\", \"last\": %s}", separator,
				       r->sim.params[i].path, any_value(r, r->sim.params[i].type), hms_xsd_name(r->sim.params[i].type),
				       pick(r, 6) ? "false" : "true");
			separator = ", ";
		}
	r->desired_rows = pick(r, 4);
	hms_buf_strz(&text, "}, \"objects\": [{\"path\": \"" SIM_TABLE "\", \"key\": [\"K\"], \"rows\": [");
	for (unsigned i = 0; i < r->desired_rows; i++)
		hms_buf_printf(&text, "%s{\"K\": {\"value\": \"%u\", \"type\": \"unsignedInt\"}, \"L\": \"%s\"}", i ? ", " : "", i + 7,
			       any_value(r, HMS_XSD_STRING));
	hms_buf_strz(&text, "]}]}");
	fixture_profile(r->f, hms_buf_z(&text));
	if (hms_profile_parse(hms_buf_view(&text), &hms_profile_limits, &r->profile, &err) ||
	    hms_desired_merge(r->f->ctx.arena, &input, &r->desired, &err))
		fail_msg("seed %u: %s", r->seed, err.text);
	hms_buf_fini(&text);
}

/* ---------------------------------------------------------------- provisioning, which may die before its commit */

struct saved {
	struct prov_device d;
	struct prov_desired desired;
	struct prov_command *commands, **list;
};

static struct saved save(struct run *r)
{
	struct fixture *f = r->f;
	struct saved s = { .d = f->d, .desired = *f->d.desired };

	s.list = hms_arena_alloc(f->ctx.arena, (f->d.command_count + 1) * sizeof(*s.list));
	s.commands = hms_arena_alloc(f->ctx.arena, (f->d.command_count + 1) * sizeof(*s.commands));
	assert_true(s.list && s.commands);
	for (size_t i = 0; i < f->d.command_count; i++) {
		s.list[i] = f->d.commands[i];
		s.commands[i] = *f->d.commands[i];
	}
	return s;
}

/* As it stands in the database. */
static void roll_back(struct run *r, const struct saved *s)
{
	struct prov_device *d = &r->f->d;
	struct prov_desired *desired = d->desired;

	*d = s->d;
	*desired = s->desired;
	for (size_t i = 0; i < d->command_count; i++) {
		d->commands[i] = s->list[i];
		*d->commands[i] = s->commands[i];
	}
	if (d->reports_tail)
		*d->reports_tail = NULL;
	else
		d->reports = NULL;
}

static void forget_ended(struct prov_device *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->command_count; i++)
		if (prov_command_is_open(d->commands[i]))
			d->commands[n++] = d->commands[i];
	d->command_count = n;
}

static void take(struct run *r, Hms__DeviceEvent *ev)
{
	struct saved s = save(r);

	fixture_apply(r->f, ev);
	while (happens(r, 12)) { /* the same transaction again */
		roll_back(r, &s);
		fixture_apply(r->f, ev);
	}
	r->f->d.desired->exists |= r->f->d.desired->dirty;
	r->f->d.desired->dirty = false;
}

/* Records come twice, at once or when others have come in between. */
static void deliver(struct run *r, Hms__DeviceEvent *ev)
{
	take(r, ev);
	r->kept[r->kept_count++ % EVENTS_KEPT] = ev;
	if (happens(r, 6))
		take(r, ev);
	if (happens(r, 6))
		take(r, r->kept[pick(r, r->kept_count < EVENTS_KEPT ? (unsigned)r->kept_count : EVENTS_KEPT)]);
}

/* ---------------------------------------------------------------- what the device says */

static void *alloc(struct run *r, size_t bytes)
{
	void *p = hms_arena_alloc(r->f->ctx.arena, bytes);

	assert_non_null(p);
	return p;
}

static char *copy(struct run *r, const char *text) { return hms_arena_strz(r->f->ctx.arena, hms_str(text)); }

static Hms__Param *param(struct run *r, const char *name, const char *value)
{
	Hms__Param *p = alloc(r, sizeof(*p));

	hms__param__init(p);
	p->name = copy(r, name);
	p->value = copy(r, value);
	return p;
}

static void inform(struct run *r)
{
	struct fixture *f = r->f;
	Hms__DeviceEvent *ev;
	Hms__Inform *in = alloc(r, sizeof(*in));
	Hms__DeviceId *id = alloc(r, sizeof(*id));
	const struct sim_param *told = sim_param(&r->sim, r->told);

	f->now_us += 5000000 + (r->wild ? 0 : 3600000000); /* calm: what waits for a retry has waited */
	f->sid += 1000;
	ev = fixture_event(f);
	ev->seq = 1;
	ev->classes = r->booted ? HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT : told ? HMS_EVENT_VALUE_CHANGE : HMS_EVENT_PERIODIC;
	ev->hold_until_us = f->now_us + 10000000;
	ev->listener_role = HMS__DEVICE_EVENT__ROLE__BOTH;
	ev->listener_url = (char *)URL_BOTH;
	ev->param_hash = f->sid;
	ev->body_case = HMS__DEVICE_EVENT__BODY_INFORM;
	ev->inform = in;
	hms__inform__init(in);
	hms__device_id__init(id);
	id->oui = (char *)"00256D";
	id->serial = (char *)"1";
	in->device = id;
	in->has_parameter_key = true;
	in->parameter_key = copy(r, r->key);
	in->params = alloc(r, 2 * sizeof(*in->params));
	in->params[in->n_params++] = param(r, "Device.DeviceInfo.SoftwareVersion", "1.0");
	if (told)
		in->params[in->n_params++] = param(r, told->path, told->value);
	r->booted = false;
	r->told[0] = '\0';
	deliver(r, ev);
}

static void dispatched(struct run *r, const struct prov_command *c)
{
	Hms__DeviceEvent *ev = fixture_event(r->f);
	Hms__RpcDispatched *said = alloc(r, sizeof(*said));

	hms__rpc_dispatched__init(said);
	said->command_id = (uint64_t)c->id;
	said->n = (uint32_t)c->g_n;
	ev->body_case = HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED;
	ev->rpc_dispatched = said;
	deliver(r, ev);
}

static void add_fault(struct run *r, Hms__RpcResult *result, const struct sim_answer *answer)
{
	Hms__Fault *fault = alloc(r, sizeof(*fault));

	hms__fault__init(fault);
	fault->code = answer->fault;
	fault->text = (char *)"no";
	fault->params = alloc(r, (answer->fault_count + 1) * sizeof(*fault->params));
	for (size_t i = 0; i < answer->fault_count; i++) {
		Hms__ParamFault *one = alloc(r, sizeof(*one));

		hms__param_fault__init(one);
		one->name = hms_arena_strz(r->f->ctx.arena, answer->faults[i].path);
		one->code = answer->faults[i].code;
		one->text = (char *)"no";
		fault->params[fault->n_params++] = one;
	}
	result->fault = fault;
	result->outcome = HMS__RPC_RESULT__OUTCOME__FAULT;
}

static void answer(struct run *r, uint64_t command, uint32_t n, enum hms_cwmp_method method, const struct sim_answer *said)
{
	Hms__DeviceEvent *ev = fixture_event(r->f);
	Hms__RpcResult *result = alloc(r, sizeof(*result));
	Hms__Field *field = alloc(r, sizeof(*field));

	hms__rpc_result__init(result);
	result->command_id = command;
	result->n = n;
	result->outcome = HMS__RPC_RESULT__OUTCOME__RESPONSE;
	result->method = hms_arena_printf(r->f->ctx.arena, "%sResponse", hms_cwmp_method_info(method)->name);
	result->params = alloc(r, (said->row_count + 1) * sizeof(*result->params));
	for (size_t i = 0; i < said->row_count; i++)
		result->params[result->n_params++] = param(r, said->paths[i], said->values[i]);
	if (said->fault)
		add_fault(r, result, said);
	if (said->instance) {
		hms__field__init(field);
		field->path = (char *)"InstanceNumber";
		field->value = hms_arena_printf(r->f->ctx.arena, "%u", said->instance);
		result->fields = alloc(r, sizeof(*result->fields));
		result->fields[result->n_fields++] = field;
	}
	r->f->now_us += 10000;
	ev->seq = 1 + n;
	ev->body_case = HMS__DEVICE_EVENT__BODY_RPC_RESULT;
	ev->rpc_result = result;
	deliver(r, ev);
}

/* ---------------------------------------------------------------- a session */

static struct prov_command *taken(struct run *r, int after)
{
	struct prov_command *best = NULL;

	for (size_t i = 0; i < r->f->d.command_count; i++) {
		struct prov_command *c = r->f->d.commands[i];

		if (c->state == PROV_COMMAND_GRANTED && (uint64_t)c->g_sid == r->f->sid && c->g_n > after && (!best || c->g_n < best->g_n))
			best = c;
	}
	return best;
}

/* An unsafe RPC is executed once, whatever becomes of its answer. */
static void note_add(struct run *r, int64_t command)
{
	for (size_t i = 0; i < r->add_count; i++)
		if (r->adds[i] == command)
			fail_msg("seed %u: AddObject of one command is executed twice", r->seed);
	assert_true(r->add_count < ADDS_MAX);
	r->adds[r->add_count++] = command;
	r->made++;
}

static void execute(struct run *r, const struct prov_command *c, struct sim_answer *out)
{
	json_t *payload = json_loadb(c->payload.p, c->payload.len, 0, NULL);

	if (happens(r, 12)) {
		memset(out, 0, sizeof(*out));
		out->fault = pick(r, 2) ? 9002 : 9001;
	} else {
		sim_execute(&r->sim, c->method, payload, out);
		if (!out->fault && c->method == HMS_CWMP_ADD_OBJECT)
			note_add(r, c->id);
		if (!out->fault && c->method != HMS_CWMP_GET_PARAMETER_VALUES)
			prov_desired_parameter_key(c, r->key);
		for (size_t i = 0; i < out->fault_count; i++) /* they are of the payload */
			out->faults[i].path = hms_arena_str(r->f->ctx.arena, out->faults[i].path);
	}
	json_decref(payload);
}

/* One RPC. Returns its number; 0: the session is over. */
static int rpc(struct run *r, int after)
{
	static struct sim_answer said;
	const struct prov_command *c = taken(r, after);
	uint64_t id;
	int n;
	enum hms_cwmp_method method;

	if (!c || happens(r, 20)) /* broken off before it was taken */
		return 0;
	id = (uint64_t)c->id;
	n = c->g_n;
	method = c->method;
	if (!prov_command_is_safe(c)) {
		dispatched(r, c);
		c = taken(r, n - 1);
		if (!c || (uint64_t)c->id != id || happens(r, 10)) /* it never came to the device */
			return 0;
	}
	execute(r, c, &said);
	if (happens(r, 10)) /* the answer is lost */
		return 0;
	answer(r, id, (uint32_t)n, method, &said);
	return n;
}

static void session(struct run *r)
{
	int n = 0, rpcs = 0;

	inform(r);
	while ((n = rpc(r, n)))
		if (++rpcs == RPCS_MAX)
			fail_msg("seed %u: a session without an end", r->seed);
	forget_ended(&r->f->d);
}

/* Others, and the device itself. */
static void disturb(struct run *r)
{
	struct sim_param *p = &r->sim.params[pick(r, SIM_PARAMS)];

	if (happens(r, 50))
		factory_new(r);
	if (!happens(r, 8) || !p->exists || r->booted)
		return;
	snprintf(p->value, sizeof(p->value), "%s", any_value(r, p->type));
	if (pick(r, 2))
		snprintf(r->told, sizeof(r->told), "%s", p->path);
}

/* ---------------------------------------------------------------- the end */

static bool has_row(struct run *r, const struct hms_desired_row *row)
{
	size_t found = 0;

	for (size_t i = 0; i < SIM_ROWS; i++)
		found += r->sim.rows[i].instance && hms_value_same(HMS_XSD_UINT, hms_str(r->sim.rows[i].cells[0]), row->cells[0].value) &&
			 hms_str_eqz(row->cells[1].value, r->sim.rows[i].cells[1]);
	return found == 1;
}

static void check(struct run *r)
{
	size_t rows = 0;

	for (size_t i = 0; i < r->desired->count; i++) {
		const struct hms_desired_value *v = &r->desired->values[i];
		const struct sim_param *p = sim_param(&r->sim, v->path.p);

		if (p && !p->read_only && !hms_value_same(v->type, v->value, hms_str(p->value)))
			fail_msg("seed %u: %s is %s", r->seed, p->path, p->value);
	}
	for (size_t i = 0; i < r->desired->objects[0].count; i++)
		if (!has_row(r, &r->desired->objects[0].rows[i]))
			fail_msg("seed %u: row %zu is not there once", r->seed, i);
	for (size_t i = 0; i < SIM_ROWS; i++)
		rows += r->sim.rows[i].instance != 0;
	if (rows > r->kept_rows + r->desired_rows)
		fail_msg("seed %u: %zu rows, of which %zu were there and %zu are wanted", r->seed, rows, r->kept_rows, r->desired_rows);
}

static bool is_whole(const struct run *r)
{
	const struct prov_desired *x = r->f->d.desired;

	return (x->state == PROV_DESIRED_IN_SYNC || x->state == PROV_DESIRED_UNSUPPORTED) && r->f->d.hot.applied_hash == x->hash &&
	       !r->booted;
}

static void audit(struct run *r)
{
	const struct prov_event e = { .timer = "audit" };
	struct hms_err err = { 0 };

	assert_int_equal(prov_apply(&r->f->ctx, &r->f->d, &e, &err), 0);
	prov_decide(&r->f->ctx, &r->f->d);
}

static void begin(struct run *r)
{
	struct fixture *f = r->f;

	hms_arena_free(&f->ctx.arena);
	f->ctx.arena = hms_arena_new(ARENA_BYTES);
	assert_non_null(f->ctx.arena);
	make_device(r);
	make_desired(r);
	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.kind = HMS_KIND_GENERIC;
	f->d.desired = alloc(r, sizeof(*f->d.desired));
	f->d.desired->reason = f->d.desired->region = HMS_STR("");
	f->d.desired->profiles = HMS_STR("[]");
	f->d.desired->notes = f->d.desired->leases = HMS_STR("{}");
}

static void run(unsigned seed)
{
	struct run r = { .random = 0x9e3779b97f4a7c15u ^ ((uint64_t)seed << 20 | seed), .seed = seed, .wild = true };
	void *state;
	int sessions = 0;

	for (int i = 0; i < 8; i++)
		pick(&r, 2);
	assert_int_equal(fixture_setup(&state), 0);
	r.f = state;
	begin(&r);
	for (int i = 0; i < WILD_SESSIONS; i++) {
		disturb(&r);
		session(&r);
	}
	r.wild = false;
	session(&r); /* what is under way ends */
	audit(&r);   /* and what nobody has told is found */
	do
		session(&r);
	while (!is_whole(&r) && ++sessions < CALM_SESSIONS);
	if (!is_whole(&r))
		fail_msg("seed %u: it stands %s (%.*s)", seed, prov_desired_state_names[r.f->d.desired->state],
			 HMS_STR_FMT(r.f->d.desired->reason));
	check(&r);
	hms_profile_free(&r.profile);
	fixture_teardown(&state);
}

static void the_device_comes_to_what_it_shall_be_and_nothing_unsafe_is_done_twice(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < RUNS; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_device_comes_to_what_it_shall_be_and_nothing_unsafe_is_done_twice) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
