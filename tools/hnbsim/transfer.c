/* Runs the Downloads and Uploads of a cell. */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>

#include "cm_file.h"
#include "exchange.h"
#include "hms/base/clock.h"
#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"
#include "transfer_files.h"

static void on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	transfer_next(arg);
}

void transfer_init(struct cell *cell) { hms_timer_init(&cell->transfer_timer, cell->sim->loop, on_timer, cell); }

void transfer_stop(struct cell *cell)
{
	exchange_stop(&cell->exchange);
	hms_timer_stop(&cell->transfer_timer);
	transfers_rebooted(&cell->transfers);
}

static void record_result(const struct cell *cell, const struct transfer *t, struct hms_str body)
{
	struct record *record = cell->sim->record;
	char serial[CELL_SERIAL_SIZE], digest[65];
	uint8_t sha256[32];

	if (!record_begin(record, cell_serial(cell, serial), "transfer"))
		return;
	hms_sha256(body.p ? body.p : "", body.len, sha256);
	hms_hex(sha256, sizeof(sha256), digest);
	record_text(record, "kind", t->ops ? HMS_STR("du change") : t->upload ? HMS_STR("upload") : HMS_STR("download"));
	record_text(record, "command_key", hms_str(t->key));
	record_text(record, "file_type", hms_str(t->type));
	record_int(record, "size", (int64_t)body.len);
	record_text(record, "sha256", hms_str(digest));
	record_int(record, "fault", t->fault);
	if (t->fault != 0)
		record_text(record, "text", hms_str(t->fault_text));
	record_end(record);
}

static void set_fault(struct transfer *t, uint32_t fault, const char *text)
{
	t->fault = fault;
	snprintf(t->fault_text, sizeof(t->fault_text), "%s", text[0] != '\0' ? text : fault ? hms_cwmp_fault_text(fault) : "");
}

static void drop(struct cell *cell, struct transfer *t)
{
	struct record *record = cell->sim->record;
	char serial[CELL_SERIAL_SIZE];

	if (record_begin(record, cell_serial(cell, serial), "transfer_dropped")) {
		record_text(record, "command_key", hms_str(t->key));
		record_bool(record, "done", t->state == TRANSFER_DONE);
		record_end(record);
	}
	transfers_remove(&cell->transfers, t);
}

/* It has ended: TransferComplete says how (7 TRANSFER COMPLETE is never discarded, TR-069 3.7.1.5). */
static void finish(struct cell *cell, struct transfer *t, struct hms_str body)
{
	if (!t->ops && rng_chance(&cell->sim->rng, cell->sim->opt->lose_transfers)) {
		drop(cell, t);
		return;
	}
	t->state = TRANSFER_DONE;
	t->complete_us = t->fault == 0 ? hms_wall_us() : 0;
	cell->sim->counts.transfers++;
	cell->sim->counts.transfer_faults += t->fault != 0;
	cell->cm_applied += t->fault == 0 && !t->upload && !t->ops && t->type[0] == '3';
	record_result(cell, t, body);
	hms_buf_fini(&t->body);
	events_add(&cell->events, t->event);
	events_add_m(&cell->events, t->m_event, hms_str(t->key));
}

/* ---- what a downloaded file does ---- */
static void apply_configuration(struct cell *cell, struct transfer *t)
{
	struct tree_env env = cell_env(cell);
	char serial[CELL_SERIAL_SIZE];
	struct cm_file_result result;

	if (cm_file_apply(hms_buf_view(&t->body), &cell->tree, &env, cell_serial(cell, serial), &result) != 0)
		set_fault(t, 9018, result.text);
	else
		cell_changed(cell, result.roles);
	finish(cell, t, hms_buf_view(&t->body));
}

static void apply_fetched(struct cell *cell, struct transfer *t)
{
	if (t->type[0] == '3')
		apply_configuration(cell, t);
	else
		cell_reboot(cell); /* the new version runs from then on, and the success is reported: transfer_booted() */
}

void transfer_booted(struct cell *cell)
{
	struct transfer *t = transfers_find(&cell->transfers, TRANSFER_FETCHED);
	char version[TRANSFER_VERSION_SIZE];

	if (!t || t->type[0] != '1')
		return;
	transfer_version(hms_buf_view(&t->body), version);
	if (model_has(cell->tree.model, ROLE_SOFTWARE_VERSION))
		tree_set(&cell->tree, tree_role(&cell->tree, ROLE_SOFTWARE_VERSION), hms_str(version), true);
	finish(cell, t, hms_buf_view(&t->body));
}

void transfer_drop(struct cell *cell, bool all)
{
	for (uint16_t i = cell->transfers.count; i-- > 0;)
		if (all || cell->transfers.list[i]->state == TRANSFER_DONE)
			drop(cell, cell->transfers.list[i]);
}

/* ---- the exchange with the server ---- */
static uint32_t fault_of(const struct transfer *t, const struct exchange_result *result)
{
	if (result->status == 401 || result->status == 403)
		return 9012;
	if (result->status == 0 && (result->code == HMS_ECLOSED || result->code == HMS_EPROTO))
		return t->upload ? 9011 : 9017; /* it began, and was cut */
	if (result->status == 0)
		return result->code == HMS_ETOOBIG || result->code == HMS_ETIMEOUT ? 9010 : 9015;
	if (t->upload)
		return result->status >= 200 && result->status < 300 ? 0 : 9011;
	if (result->status != 200)
		return result->status == 404 || result->status == 410 ? 9016 : 9010;
	return t->file_size > 0 && t->file_size != result->body.len ? 9010 : 0;
}

static void on_exchanged(const struct exchange_result *result, void *arg)
{
	struct cell *cell = arg;
	struct transfer *t = transfers_find(&cell->transfers, TRANSFER_RUNNING);
	char text[64] = "";

	cell->exchange = NULL;
	set_fault(t, fault_of(t, result), "");
	if (t->fault == 9010 && result->status == 200)
		snprintf(text, sizeof(text), "%zu bytes came, FileSize is %llu", result->body.len, (unsigned long long)t->file_size);
	if (text[0] != '\0')
		set_fault(t, t->fault, text);
	if (!t->upload)
		hms_buf_str(&t->body, result->body);
	if (t->fault != 0 || t->upload)
		finish(cell, t, hms_buf_view(&t->body));
	else
		t->state = TRANSFER_FETCHED;
	if (!cell->session)
		transfer_next(cell);
}

static void start(struct cell *cell, struct transfer *t)
{
	struct exchange_request request = { .put = t->upload, .url = t->url, .user = t->user, .password = t->password };
	char name[TRANSFER_NAME_SIZE];

	t->state = TRANSFER_RUNNING;
	t->start_us = hms_wall_us();
	hms_buf_reset(&t->body);
	if (t->ops || (t->until_ms && t->until_ms < hms_mono_ms())) {
		set_fault(t, t->ops ? du_change(&cell->units, t->ops, t->op_count) : 9020, "");
		finish(cell, t, hms_buf_view(&t->body));
		return;
	}
	if (t->upload) {
		request.content_type = transfer_file(cell, t->type, &t->body, name);
		request.append = name;
		request.body = hms_buf_view(&t->body);
	}
	cell->exchange = exchange_start(cell, &request, on_exchanged, cell);
	if (!cell->exchange) {
		set_fault(t, 9002, "");
		finish(cell, t, hms_buf_view(&t->body));
	}
}

/* The one that is due first; when none is, the time of the first. */
static struct transfer *find_due(const struct transfers *transfers, uint64_t now_ms, uint64_t *due_ms)
{
	struct transfer *first = NULL;

	for (uint16_t i = 0; i < transfers->count; i++) {
		struct transfer *t = transfers->list[i];

		if (t->state == TRANSFER_WAITING && (!first || t->due_ms < first->due_ms))
			first = t;
	}
	*due_ms = first ? first->due_ms : 0;
	return first && first->due_ms <= now_ms ? first : NULL;
}

void transfer_next(struct cell *cell)
{
	struct transfer *fetched = transfers_find(&cell->transfers, TRANSFER_FETCHED), *waiting;
	uint64_t now_ms = hms_mono_ms(), due_ms = 0;

	if (cell->state != CELL_UP || cell->session || cell->sim->stopping)
		return;
	if (fetched)
		apply_fetched(cell, fetched);
	waiting = cell->exchange ? NULL : find_due(&cell->transfers, now_ms, &due_ms);
	if (waiting && cell->state == CELL_UP)
		start(cell, waiting);
	else if (!cell->exchange && due_ms > now_ms)
		hms_timer_start(&cell->transfer_timer, due_ms - now_ms);
	cell_schedule(cell);
}
