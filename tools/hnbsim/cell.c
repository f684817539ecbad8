/* Life of a cell: power-up, reboot, factory reset, and what its sessions leave to be done. */
#include "cell.h"

#include <stdlib.h>
#include <unistd.h>

#include "backoff.h"
#include "hms/base/clock.h"
#include "hms/crypto/crypto.h"
#include "session.h"

static void on_timer(struct hms_timer *timer, void *arg);
static void on_radio(struct hms_timer *timer, void *arg);

static int certificate_init(struct cell *cell, const struct options *opt, struct hms_err *err)
{
	if (!opt->cert)
		return 0;
	cell->certificate = cell_own_text(cell, opt->cert);
	cell->key = cell_own_text(cell, opt->key ? opt->key : opt->cert);
	if (!cell->certificate || !cell->key)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	if (access(cell->certificate, R_OK))
		return hms_err_set(err, HMS_ENOENT, "option --cert: %s: %m", cell->certificate);
	return access(cell->key, R_OK) ? hms_err_set(err, HMS_ENOENT, "option --key: %s: %m", cell->key) : 0;
}

int cell_init(struct cell *cell, struct sim *sim, uint32_t index, const struct cell_kind *kind, struct hms_err *err)
{
	const char *site = sim->opt->site;

	*cell = (struct cell){ .sim = sim, .kind = kind, .index = index, .number = (uint32_t)sim->opt->first + index };
	cell->home = kind->home == HOME_BOTH ? sim->both : sim->initial;
	cell->group = cell->home;
	cell->site = site ? sites_find(&sim->sites, site) : sites_pick(&sim->sites, kind->home, index / 2);
	if (!cell->site)
		return hms_err_set(err, HMS_ENOENT, "option --site: there is no site '%s' in sites.json", site);
	if (!cell->home)
		return hms_err_set(err, HMS_EINVAL, "cells of kind '%s' need the option %s", kind->name,
				   kind->home == HOME_INITIAL	       ? "--initial"
				   : sim->opt->command == COMMAND_LOAD ? "--url"
								       : "--both");
	tree_init(&cell->tree, hms_map_get(sim->models, kind->model_name, strlen(kind->model_name)));
	hms_timer_init(&cell->timer, sim->loop, on_timer, cell);
	hms_timer_init(&cell->op_timer, sim->loop, on_radio, cell);
	pm_init(cell);
	transfer_init(cell);
	schedule_init(cell);
	ping_init(cell);
	if (!(cell->password = cell_own_text(cell, sim->opt->password)))
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	return certificate_init(cell, sim->opt, err);
}

void cell_fini(struct cell *cell)
{
	if (cell->session)
		session_stop(cell->session);
	hms_timer_stop(&cell->timer);
	hms_timer_stop(&cell->op_timer);
	hms_timer_stop(&cell->ping_timer);
	hms_http_client_free(&cell->kept);
	pm_stop(cell);
	transfer_stop(cell);
	transfers_fini(&cell->transfers);
	schedule_drop(cell);
	du_units_fini(&cell->units);
	alarms_fini(&cell->alarms);
	tree_fini(&cell->tree);
	events_fini(&cell->events);
	events_fini(&cell->reboots);
	free(cell->certificate);
	free(cell->key);
	free(cell->password);
	hms_tls_memory_fini(&cell->tls_memory);
}

void cell_record_state(const struct cell *cell, const char *name, struct hms_str value)
{
	struct record *record = cell->sim->record;
	char serial[CELL_SERIAL_SIZE];

	if (!record_begin(record, cell_serial(cell, serial), "state"))
		return;
	record_text(record, "name", hms_str(name));
	record_text(record, "value", value);
	record_end(record);
}

/* ---- boot ---- */
static void record_boot(const struct cell *cell, const char *cause)
{
	struct record *record = cell->sim->record;
	struct hms_buf keys = HMS_BUF_INIT(65536);
	char serial[CELL_SERIAL_SIZE];

	if (!record_begin(record, cell_serial(cell, serial), "boot"))
		return;
	hms_buf_char(&keys, '[');
	for (uint16_t i = 0; i < cell->reboots.m_count; i++) {
		if (i > 0)
			hms_buf_char(&keys, ',');
		record_quote(&keys, hms_str(cell->reboots.m[i].key));
	}
	hms_buf_char(&keys, ']');
	record_text(record, "cause", hms_str(cause));
	record_json(record, "keys", hms_buf_view(&keys));
	record_end(record);
	hms_buf_fini(&keys);
}

static void unset_role(struct cell *cell, enum model_role role)
{
	if (model_has(cell->tree.model, role))
		tree_unset(&cell->tree, tree_role(&cell->tree, role));
}

void cell_restart(struct cell *cell, const char *cause)
{
	static const enum model_role falls_back[] = { ROLE_ADMIN_STATE, ROLE_OP_STATE, ROLE_RF_TX }; /* TR-196: false after power-on */

	record_boot(cell, cause);
	cell->state = CELL_UP;
	cell->nonce = (uint32_t)hms_random_u64(); /* not from the seed: markers of two runs must differ */
	cell->booted_us = hms_wall_us();
	cell->wait_index = 0; /* RetryCount goes on, the waits begin anew (TR-069 3.2.1.1) */
	cell->retry_due_ms = 0;
	hms_timer_stop(&cell->op_timer);
	for (size_t i = 0; i < sizeof(falls_back) / sizeof(falls_back[0]); i++)
		unset_role(cell, falls_back[i]);
	faults_rebooted(&cell->alarms.faults, &cell->tree);
	tree_clear_changes(&cell->tree, UINT32_MAX);
	events_rebooted(&cell->events);
	if (cell->factory_new)
		events_add(&cell->events, HMS_EVENT_BOOTSTRAP);
	cell->factory_new = false;
	events_add(&cell->events, HMS_EVENT_BOOT);
	for (uint16_t i = 0; i < cell->reboots.m_count; i++)
		events_add_m(&cell->events, HMS_EVENT_M_REBOOT, hms_str(cell->reboots.m[i].key));
	events_fini(&cell->reboots);
	ping_stop(cell);
	transfer_booted(cell);
	pm_follow(cell);
}

static void make_factory_new(struct cell *cell)
{
	faults_rebooted(&cell->alarms.faults, &cell->tree);
	tree_fini(&cell->tree);
	events_fini(&cell->events);
	events_fini(&cell->reboots);
	transfer_stop(cell);
	transfer_drop(cell, true);
	schedule_drop(cell);
	du_units_fini(&cell->units);
	pm_forget(cell);
	cell->group = cell->home;
	cell->url_changed = cell->reset_pending = false;
	cell->factory_new = true;
	cell->retry_count = 0;
	cell->periodic_due_ms = 0;
}

void cell_power_up(struct cell *cell)
{
	make_factory_new(cell);
	cell_restart(cell, "power-up");
	cell_schedule(cell);
}

void cell_resume(struct cell *cell)
{
	cell_restart(cell, "resume");
	events_fini(&cell->events);
	cell_schedule(cell);
}

void cell_reboot(struct cell *cell)
{
	pm_stop(cell);
	transfer_stop(cell);
	hms_timer_stop(&cell->op_timer);
	hms_http_client_free(&cell->kept);
	cell->state = CELL_REBOOTING;
	cell->periodic_due_ms = 0;
	if (cell->scripted)
		cell_restart(cell, "reboot");
	else
		hms_timer_start(&cell->timer, (uint64_t)cell->sim->opt->reboot_time_ms);
}

/* ---- radio ---- */
static void set_radio(struct cell *cell, bool on)
{
	static const enum model_role states[] = { ROLE_OP_STATE, ROLE_RF_TX };
	struct hms_str value = on ? HMS_STR("1") : HMS_STR("0");

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (model_has(cell->tree.model, states[i]))
			tree_set(&cell->tree, tree_role(&cell->tree, states[i]), value, true);
	cell_record_state(cell, "op_state", on ? HMS_STR("true") : HMS_STR("false"));
	cell_schedule(cell);
}

static bool wants_radio(const struct cell *cell)
{
	struct tree_env env = cell_env(cell);
	char gateway[TREE_SCRATCH];

	return tree_role_bool(&cell->tree, ROLE_ADMIN_STATE, &env) && cell_role_text(cell, ROLE_GATEWAY, gateway).len > 0;
}

static void on_radio(struct hms_timer *timer, void *arg)
{
	(void)timer;
	set_radio(arg, wants_radio(arg));
}

/* The radio follows AdminState, once the cell knows its gateway: on after a while, off at once. */
static void follow_admin_state(struct cell *cell)
{
	struct tree_env env = cell_env(cell);
	bool is_on = tree_role_bool(&cell->tree, ROLE_OP_STATE, &env), wanted = wants_radio(cell);

	if (wanted && !is_on && !hms_timer_active(&cell->op_timer))
		hms_timer_start(&cell->op_timer, (uint64_t)cell->sim->opt->op_delay_ms);
	if (!wanted)
		hms_timer_stop(&cell->op_timer);
	if (!wanted && is_on)
		set_radio(cell, false);
}

/* ---- after an RPC and after a session ---- */
/* ManagementServer.URL has another value: the next Inform goes there, with 0 BOOTSTRAP, which drops all else. */
static void follow_url(struct cell *cell)
{
	char scratch[TREE_SCRATCH];
	struct hms_str url = cell_role_text(cell, ROLE_ACS_URL, scratch);

	cell->url_changed = false;
	cell->group = targets_get(cell->sim->targets, url, NULL);
	events_add(&cell->events, HMS_EVENT_BOOTSTRAP);
	transfer_drop(cell, false);
	tree_clear_changes(&cell->tree, UINT32_MAX);
	cell_record_state(cell, "acs_url", url);
}

void cell_changed(struct cell *cell, uint32_t roles)
{
	const uint32_t radio = ROLE_BIT(ROLE_ADMIN_STATE) | ROLE_BIT(ROLE_GATEWAY);
	const uint32_t periodic = ROLE_BIT(ROLE_PERIODIC_ENABLE) | ROLE_BIT(ROLE_PERIODIC_INTERVAL) | ROLE_BIT(ROLE_PERIODIC_TIME);
	char scratch[TREE_SCRATCH];

	if (roles & ROLE_BIT(ROLE_ACS_URL)) {
		struct hms_str url = cell_role_text(cell, ROLE_ACS_URL, scratch);

		cell->url_changed = !cell->group || !hms_str_eqz(url, cell->group->url);
		cell->resets += cell->group != cell->home && hms_str_eqz(url, cell->home->url);
	}
	if (roles & radio)
		follow_admin_state(cell);
	if (roles & periodic)
		cell->periodic_due_ms = 0;
	pm_follow(cell);
	ping_changed(cell, roles);
	if (cell->url_changed && !cell->session) /* by a CM file; else when the session is over */
		follow_url(cell);
}

void cell_rpc_done(struct cell *cell, const struct rpc_call *call)
{
	if (call->reboot)
		events_add_m(&cell->reboots, HMS_EVENT_M_REBOOT, call->command_key);
	cell->reset_pending |= call->factory_reset;
	if (call->inform_in_ms > 0)
		schedule_add(cell, call->inform_in_ms, call->command_key);
	if (call->written > 0 || call->rows)
		cell_changed(cell, call->roles);
}

static void wait_for_retry(struct cell *cell)
{
	struct sim *sim = cell->sim;
	struct tree_env env = cell_env(cell);
	unsigned minimum_s = (unsigned)tree_role_int(&cell->tree, ROLE_RETRY_MINIMUM, &env, BACKOFF_MINIMUM_S);
	unsigned multiplier = (unsigned)tree_role_int(&cell->tree, ROLE_RETRY_MULTIPLIER, &env, BACKOFF_MULTIPLIER);

	cell->retry_count++;
	cell->wait_index++;
	sim->counts.retries++;
	cell->retry_due_ms =
		hms_mono_ms() + backoff_wait_ms(cell->wait_index, minimum_s, multiplier, sim->opt->backoff_scale, rng_next(&sim->rng));
}

void cell_session_ended(struct cell *cell, bool ok)
{
	struct sim *sim = cell->sim;

	cell->ended_ms = hms_mono_ms();
	transfers_unsend(&cell->transfers);
	if (cell->url_changed)
		follow_url(cell);
	if (!ok) { /* reboots wait for a session that ends well (TR-069 3.7.1.4) */
		wait_for_retry(cell);
	} else {
		cell->retry_count = cell->wait_index = 0;
		cell->retry_due_ms = 0;
		if (cell->reset_pending) {
			sim->counts.factory_resets++;
			cell->resets++;
			make_factory_new(cell);
			cell_reboot(cell);
		} else if (cell->reboots.m_count > 0) {
			sim->counts.reboots++;
			cell_reboot(cell);
		}
	}
	alarm_flush(cell);
	transfer_next(cell);
	ping_next(cell);
	cell_schedule(cell);
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct cell *cell = arg;
	uint64_t now_ms = hms_mono_ms();

	(void)timer;
	if (cell->sim->stopping)
		return;
	if (cell->state == CELL_REBOOTING)
		cell_restart(cell, cell->factory_new ? "factory-reset" : "reboot");
	if (cell->periodic_due_ms > 0 && now_ms >= cell->periodic_due_ms) {
		events_add(&cell->events, HMS_EVENT_PERIODIC);
		cell->periodic_due_ms = 0;
	}
	if (now_ms >= cell->retry_due_ms && (cell->retry_due_ms > 0 || !events_none(&cell->events) || tree_changes(&cell->tree) == 2))
		session_start(cell, 0);
	else
		cell_schedule(cell);
}
