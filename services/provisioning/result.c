/* The answer to an RPC: outcome, fault with every parameter's own code, and the result kept as JSON. */
#include "result.h"

#include <stdlib.h>

#include "absent.h"
#include "answer.h"
#include "capability.h"
#include "desired.h"
#include "diagnostics.h"
#include "quirk.h"
#include "retry.h"
#include "slice.h"
#include "transfer.h"

#define RESULT_MAX_BYTES (256 * 1024)
#define METHOD_NOT_SUPPORTED 9000
#define NO_SUCH_NAME 9005

static json_t *text_json(const char *text)
{
	json_t *j = json_string(text);

	return j ? j : json_string("");
}

static json_t *params_json(const Hms__RpcResult *r, bool *truncated)
{
	json_t *list = json_array();
	size_t bytes = 0;

	for (size_t i = 0; i < r->n_params; i++) {
		const Hms__Param *p = r->params[i];
		json_t *row = json_object();

		bytes += strlen(p->name) + strlen(p->value) + 32;
		if (bytes > RESULT_MAX_BYTES) {
			*truncated = true;
			json_decref(row);
			break;
		}
		json_object_set_new(row, "Name", text_json(p->name));
		if (strcmp(r->method, "GetParameterNamesResponse") == 0 || strcmp(r->method, "GetParameterNames") == 0)
			json_object_set_new(row, "Writable", json_boolean(p->writable));
		else
			json_object_set_new(row, "Value", text_json(p->value));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *fields_json(const Hms__RpcResult *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_fields && i < 4096; i++)
		json_array_append_new(list, json_pack("[s?,s?]", r->fields[i]->path, r->fields[i]->value));
	return list;
}

static json_t *fault_json(const Hms__Fault *f)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < f->n_params; i++) {
		json_t *row = json_object();

		json_object_set_new(row, "ParameterName", text_json(f->params[i]->name));
		json_object_set_new(row, "FaultCode", json_integer(f->params[i]->code));
		json_object_set_new(row, "FaultString", text_json(f->params[i]->text));
		json_array_append_new(rows, row);
	}
	return json_pack("{s:i,s:o,s:o}", "FaultCode", (int)f->code, "FaultString", text_json(f->text), "SetParameterValuesFault", rows);
}

static void keep_result(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__DeviceEvent *ev)
{
	const Hms__RpcResult *r = ev->rpc_result;
	json_t *root = json_object();
	bool truncated = !ev->last; /* later parts are in the parameter document only */
	char *text;

	if (r->fault)
		json_object_set_new(root, "fault", fault_json(r->fault));
	if (r->n_params)
		json_object_set_new(root, "parameters", params_json(r, &truncated));
	if (r->n_fields) {
		json_object_set_new(root, "fields", fields_json(r));
		json_object_set_new(root, "answer", prov_answer_json(r->fields, r->n_fields, &truncated));
	}
	if (truncated)
		json_object_set_new(root, "truncated", json_true());
	prov_slice_merge(c, root, RESULT_MAX_BYTES);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	c->result = text ? hms_arena_str(ctx->arena, hms_str(text)) : (struct hms_str){ NULL, 0 };
	d->failed |= !c->result.p;
	free(text);
}

void prov_result_part(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__DeviceEvent *ev)
{
	if (ev->part > 0 || !prov_command_is_open(c))
		return;
	keep_result(ctx, d, c, ev);
	c->pre = c->result;
	c->dirty = true;
}

/* The key that the device has after a write of ours. */
static void learn_key(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c)
{
	char *key;

	if (c->method != HMS_CWMP_SET_PARAMETER_VALUES && c->method != HMS_CWMP_ADD_OBJECT && c->method != HMS_CWMP_DELETE_OBJECT)
		return;
	key = hms_arena_alloc(ctx->arena, 33);
	if (!key) {
		d->failed = true;
		return;
	}
	prov_desired_parameter_key(c, key);
	d->hot.have_key = hms_str(key);
	d->hot_dirty = d->entry_dirty = true;
}

/* A second try finds the object gone: whether the first one did it or it never was there, it is not there (contracts 7). */
static bool deleted_before(const struct prov_command *c)
{
	return c->method == HMS_CWMP_DELETE_OBJECT && c->fault == NO_SUCH_NAME && c->tries > 1;
}

static void answered(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *r)
{
	learn_key(ctx, d, c);
	if (prov_command_is_diagnostics(c) && c->stage == PROV_DIAGNOSTICS_READ)
		prov_diagnostics_read(ctx, d, c, r);
	else if (prov_command_is_diagnostics(c))
		prov_diagnostics_begun(d, c);
	else if (prov_command_goes_on(c, r))
		prov_command_run(d, c);
	else if (!prov_slice_next(ctx, d, c))
		prov_command_end(d, c, PROV_COMMAND_DONE, prov_absent_note(ctx->arena, c));
	if (c->method == HMS_CWMP_GET_RPC_METHODS)
		prov_capability_learn(d, ctx->arena, r);
	else if (c->method == HMS_CWMP_CANCEL_TRANSFER)
		prov_transfer_cancelled(d, c);
}

static void refused(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__Fault *fault)
{
	const char *note = NULL;

	c->fault = fault && fault->code ? (int32_t)fault->code : 9002; /* a SOAP fault without CWMP's */
	if (c->fault == METHOD_NOT_SUPPORTED)
		prov_capability_refused(d, ctx->arena, prov_command_rpc(c));
	if (prov_slice_halve(d, c) || prov_absent_refused(ctx, d, c, fault) || prov_retry(ctx, d, c))
		return;
	if (!deleted_before(c)) {
		note = c->fault == NO_SUCH_NAME ? prov_absent_note(ctx->arena, c) : prov_retry_why_not(ctx, c);
		if (!note && c->slice_at > 0)
			note = hms_arena_printf(ctx->arena, "refused from row %d on; those before it were done", c->slice_at + 1);
		prov_command_end(d, c, PROV_COMMAND_FAULTED, note);
		return;
	}
	c->fault = 0;
	prov_command_end(d, c, PROV_COMMAND_DONE, "9005 when it was repeated: the object is not there");
}

static void unreadable(struct prov_device *d, struct prov_command *c)
{
	if (!prov_command_is_safe(c)) {
		prov_command_doubt(d, c);
		return;
	}
	c->fault = 9002;
	prov_command_end(d, c, PROV_COMMAND_FAULTED, "the answer could not be read");
}

/* Some devices answer AddObject as if they had done it, with the code of the fault as the Status, which is 0 or 1. 0: there is none. */
static uint32_t fault_in_status(const struct prov_command *c, const Hms__RpcResult *r)
{
	enum { FIRST = 9000, LAST = 9899 };

	for (size_t i = 0; i < r->n_fields && c->method != HMS_CWMP_VENDOR; i++) {
		uint64_t status;

		if (strcmp(r->fields[i]->path, "Status") == 0 && !hms_str_u64(hms_str_trim(hms_str(r->fields[i]->value)), &status) &&
		    status >= FIRST && status <= LAST)
			return (uint32_t)status;
	}
	return 0;
}

/* Of the write of a test that is to be read by now. */
static bool is_of_earlier_stage(const struct prov_command *c, const Hms__DeviceEvent *ev)
{
	return prov_command_is_diagnostics(c) && c->stage == PROV_DIAGNOSTICS_READ &&
	       ev->rpc_result->outcome == HMS__RPC_RESULT__OUTCOME__RESPONSE &&
	       !hms_str_starts(hms_str(ev->rpc_result->method), HMS_STR("GetParameterValues"));
}

/* Of a try that was tried again since: the record has come twice. An answer counts, whichever try it is of. */
static bool is_repeated_fault(const struct prov_command *c, const Hms__DeviceEvent *ev)
{
	return c->ended_try && ev->rpc_result->outcome == HMS__RPC_RESULT__OUTCOME__FAULT &&
	       ((uint64_t)c->g_sid != ev->sid || c->g_n != (int)ev->rpc_result->n);
}

void prov_result_apply(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__DeviceEvent *ev)
{
	const Hms__RpcResult *r = ev->rpc_result;
	Hms__Fault hidden = HMS__FAULT__INIT;

	if (c->state == PROV_COMMAND_DONE || c->state == PROV_COMMAND_FAULTED || is_repeated_fault(c, ev) || is_of_earlier_stage(c, ev))
		return;
	switch (r->outcome) {
	case HMS__RPC_RESULT__OUTCOME__RESPONSE:
		if (ev->part > 0 && c->pre.p)
			c->result = c->pre;
		else
			keep_result(ctx, d, c, ev);
		hidden.code = fault_in_status(c, r);
		if (hidden.code)
			refused(ctx, d, c, &hidden);
		else
			answered(ctx, d, c, r);
		break;
	case HMS__RPC_RESULT__OUTCOME__FAULT:
		keep_result(ctx, d, c, ev);
		refused(ctx, d, c, r->fault);
		break;
	case HMS__RPC_RESULT__OUTCOME__NO_ANSWER:
		if (c->state == PROV_COMMAND_GRANTED && (uint64_t)c->g_sid == ev->sid && c->g_n == (int)r->n)
			prov_command_no_answer(d, c, ctx->tries_max);
		return;
	case HMS__RPC_RESULT__OUTCOME__UNREADABLE:
		unreadable(d, c);
		break;
	default:
		return;
	}
	if (c->method == HMS_CWMP_GET_RPC_METHODS)
		prov_capability_answered(d);
	if (c->state == PROV_COMMAND_DONE && prov_command_ends_session(c) && (uint64_t)d->hot.sid == ev->sid) {
		d->hot.hold_until = 0;
		d->hot_dirty = true;
	}
	if (!prov_command_is_open(c))
		prov_procedure_result(ctx, d, c, r);
}
