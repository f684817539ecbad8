/* The life of a command: every transition of contracts 7, each in one place. */
#include "command.h"

#include "capability.h"
#include "diagnostics.h"
#include "hms/redis/mailbox.h"
#include "rpc_build.h"
#include "transfer.h"

enum hms_cwmp_method prov_command_method(const struct prov_command *c)
{
	if (prov_command_is_diagnostics(c))
		return c->stage == PROV_DIAGNOSTICS_READ ? HMS_CWMP_GET_PARAMETER_VALUES : HMS_CWMP_SET_PARAMETER_VALUES;
	return hms_cwmp_method_of(c->kind);
}

struct hms_str prov_command_rpc(const struct prov_command *c)
{
	return prov_command_is_diagnostics(c) ? hms_str(hms_cwmp_method_info(c->method)->name) : c->kind;
}

bool prov_command_is_safe(const struct prov_command *c) { return hms_cwmp_method_info(c->method)->safety == HMS_CWMP_SAFE; }

bool prov_command_is_procedure(const struct prov_command *c) { return hms_str_eqz(c->origin, PROV_ORIGIN_PROCEDURE); }

bool prov_command_ends_session(const struct prov_command *c) { return c->method == HMS_CWMP_REBOOT || c->method == HMS_CWMP_FACTORY_RESET; }

bool prov_command_is_open(const struct prov_command *c)
{
	static const bool open_states[] = {
#define PROV_COMMAND(name, text, open) [PROV_COMMAND_##name] = open,
#include "command_states.def"
#undef PROV_COMMAND
	};

	return open_states[c->state];
}

struct prov_command *prov_command_find(const struct prov_device *d, uint64_t id)
{
	for (size_t i = 0; i < d->command_count; i++)
		if ((uint64_t)d->commands[i]->id == id)
			return d->commands[i];
	return NULL;
}

struct prov_command *prov_command_new(struct prov_device *d, struct hms_arena *arena, uint64_t id, enum hms_cwmp_method method,
				      const char *purpose, struct hms_str payload, int64_t deadline_us)
{
	struct prov_command *c = hms_arena_alloc(arena, sizeof(*c));

	if (!c || prov_push(arena, (void ***)&d->commands, &d->command_count, &d->command_room, c)) {
		d->failed = true;
		return NULL;
	}
	c->device_id = d->id;
	c->id = (int64_t)id;
	c->prio = 10;
	c->method = method;
	c->kind = hms_str(hms_cwmp_method_info(method)->name);
	c->payload = payload;
	c->purpose = hms_str(purpose);
	c->origin = HMS_STR(PROV_ORIGIN_PROCEDURE);
	c->reason = HMS_STR("");
	c->state = PROV_COMMAND_QUEUED;
	c->noticed = true;
	c->deadline = deadline_us;
	c->created = d->now_us;
	c->note = HMS_STR("");
	c->dirty = true;
	return c;
}

static void touch(struct prov_device *d, struct prov_command *c)
{
	c->dirty = true;
	d->grants_changed = true;
}

static void forget_grant(struct prov_command *c)
{
	c->g_sid = 0;
	c->g_n = 0;
	c->dispatched = false;
}

void prov_command_end(struct prov_device *d, struct prov_command *c, enum prov_command_state state, const char *note)
{
	c->state = state;
	c->ended = d->now_us;
	c->note = hms_str(note ? note : "");
	touch(d, c);
}

void prov_command_run(struct prov_device *d, struct prov_command *c)
{
	c->state = PROV_COMMAND_RUNNING;
	touch(d, c);
}

void prov_command_requeue(struct prov_device *d, struct prov_command *c)
{
	c->state = PROV_COMMAND_QUEUED;
	forget_grant(c);
	touch(d, c);
}

void prov_command_doubt(struct prov_device *d, struct prov_command *c)
{
	/* SetVouchers and vendors' methods: nothing would ever tell, and they are not repeated (contracts 7). */
	if (!prov_command_is_safe(c) && !*hms_cwmp_method_info(c->method)->evidence) {
		prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "it may have run: no answer, and nothing else could tell");
		return;
	}
	c->state = PROV_COMMAND_DOUBT;
	touch(d, c);
}

/* A safe command leaves no dispatch record, so it may have run; an unsafe one without a dispatch has not. */
static void end_cancelled(struct prov_device *d, struct prov_command *c)
{
	if (prov_command_is_safe(c))
		prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "cancelled too late: it may have run");
	else
		prov_command_end(d, c, PROV_COMMAND_CANCELLED, "cancelled");
}

static void unanswered(struct prov_device *d, struct prov_command *c, int tries_max)
{
	if (prov_command_is_procedure(c))
		prov_command_end(d, c, PROV_COMMAND_CANCELLED, "the session ended without its answer; decided anew");
	else if (c->cancel)
		end_cancelled(d, c);
	else if (prov_command_is_safe(c) && c->tries - c->retries >= tries_max + c->slice_at)
		prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "handed out again and again, never answered");
	else
		prov_command_requeue(d, c);
}

void prov_commands_supersede(struct prov_device *d, int tries_max)
{
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (c->state != PROV_COMMAND_GRANTED)
			continue;
		if (c->dispatched && c->method == HMS_CWMP_ADD_OBJECT && prov_command_is_procedure(c))
			prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "the session ended without its answer; its object is looked for");
		else if (c->dispatched && !prov_command_is_safe(c))
			prov_command_doubt(d, c);
		else
			unanswered(d, c, tries_max);
	}
}

void prov_command_no_answer(struct prov_device *d, struct prov_command *c, int tries_max)
{
	if (!prov_command_is_safe(c))
		prov_command_doubt(d, c);
	else
		unanswered(d, c, tries_max);
}

void prov_command_dispatched(struct prov_device *d, struct prov_command *c, uint64_t sid, uint32_t n)
{
	if (c->state == PROV_COMMAND_GRANTED && (uint64_t)c->g_sid == sid && c->g_n == (int)n) {
		c->dispatched = true;
		touch(d, c);
		return;
	}
	if (c->state == PROV_COMMAND_QUEUED || c->state == PROV_COMMAND_CANCELLED || c->state == PROV_COMMAND_EXPIRED ||
	    (c->state == PROV_COMMAND_GRANTED && !c->dispatched)) {
		c->dispatched = true;
		c->note = HMS_STR("");
		prov_command_doubt(d, c);
	}
}

void prov_command_revoked(struct prov_device *d, struct prov_command *c, uint64_t sid, uint32_t n, int result)
{
	/* "taken" ends by its answer; "miss" proves nothing: the newer Inform resolves it. */
	if (result != HMS_REVOKE_DONE || c->state != PROV_COMMAND_GRANTED || (uint64_t)c->g_sid != sid || c->g_n != (int)n)
		return;
	if (!c->dispatched)
		prov_command_end(d, c, PROV_COMMAND_CANCELLED, "cancelled");
}

static void look_deadline(struct prov_device *d, struct prov_command *c, bool live)
{
	if (c->state == PROV_COMMAND_QUEUED || c->state == PROV_COMMAND_RUNNING)
		prov_command_end(d, c, PROV_COMMAND_EXPIRED, "deadline passed");
	else if (live)
		return; /* it may be with the device this moment */
	else if (c->state == PROV_COMMAND_DOUBT || (c->dispatched && !prov_command_is_safe(c)))
		prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "no evidence by the deadline");
	else if (prov_command_is_safe(c))
		prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "handed out, no answer by the deadline");
	else
		prov_command_end(d, c, PROV_COMMAND_EXPIRED, "deadline passed, never sent");
}

static void look_cancel(struct prov_device *d, struct prov_command *c)
{
	if (c->state == PROV_COMMAND_QUEUED)
		prov_command_end(d, c, PROV_COMMAND_CANCELLED, "cancelled");
	else if (c->state == PROV_COMMAND_GRANTED)
		c->revoke = true;
	else if (c->state == PROV_COMMAND_RUNNING && prov_command_is_diagnostics(c))
		prov_command_end(d, c, PROV_COMMAND_CANCELLED, "cancelled; the device may go on with its test");
}

static void look_payload(struct prov_device *d, struct hms_arena *arena, const struct prov_files *files, struct prov_command *c)
{
	struct hms_err err = { 0 };

	if (c->state != PROV_COMMAND_QUEUED)
		return;
	if (c->method == HMS_CWMP_CANCEL_TRANSFER)
		prov_transfer_name(d, arena, c);
	if (prov_rpc_check(arena, files, c, &err) == 0)
		return;
	c->fault = err.code == HMS_ENOENT ? 9000 : 9003;
	prov_command_end(d, c, PROV_COMMAND_FAULTED, hms_arena_strz(arena, hms_str(err.text)));
}

/* What the device cannot do is not kept for it (R3, PH-3). */
static void look_capability(struct prov_device *d, struct hms_arena *arena, struct prov_command *c)
{
	struct hms_err err = { 0 };

	if (c->state != PROV_COMMAND_QUEUED || prov_command_is_procedure(c) ||
	    prov_capability_check(d, c->method, prov_command_rpc(c), &err) == 0)
		return;
	c->fault = 9000;
	prov_command_end(d, c, PROV_COMMAND_FAULTED, hms_arena_strz(arena, hms_str(err.text)));
}

void prov_commands_look(struct prov_device *d, struct hms_arena *arena, const struct prov_files *files, bool live)
{
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (!prov_command_is_open(c))
			continue;
		if (!c->noticed) {
			c->noticed = true;
			touch(d, c);
			look_payload(d, arena, files, c);
		}
		look_capability(d, arena, c);
		if (prov_command_is_open(c) && c->cancel)
			look_cancel(d, c);
		/* A session that a newer one has superseded is over, however often the device comes. */
		if (prov_command_is_open(c) && c->deadline <= d->now_us)
			look_deadline(d, c, live && (uint64_t)c->g_sid == (uint64_t)d->hot.sid);
	}
}
