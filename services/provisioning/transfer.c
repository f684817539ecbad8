/* Ends of transfers and of changes of deployment units, and what else a device says by itself. */
#include "transfer.h"

#include <stdlib.h>

#include "answer.h"
#include "hms/base/encode.h"
#include "retry.h"

bool prov_command_is_transfer(const struct prov_command *c)
{
	return c->method == HMS_CWMP_DOWNLOAD || c->method == HMS_CWMP_UPLOAD || c->method == HMS_CWMP_SCHEDULE_DOWNLOAD;
}

static bool is_du_change(const struct prov_command *c) { return c->method == HMS_CWMP_CHANGE_DU_STATE; }

/* Status of DownloadResponse and UploadResponse: 1 = not finished (TR-069 A.3.2.8). The others' answers say only that they were taken. */
bool prov_command_goes_on(const struct prov_command *c, const Hms__RpcResult *result)
{
	if (c->method == HMS_CWMP_SCHEDULE_DOWNLOAD || is_du_change(c))
		return true;
	for (size_t i = 0; prov_command_is_transfer(c) && i < result->n_fields; i++)
		if (strcmp(result->fields[i]->path, "Status") == 0)
			return hms_str_eqz(hms_str_trim(hms_str(result->fields[i]->value)), "1");
	return false;
}

const char *prov_request_field(const Hms__CpeRequest *request, const char *path)
{
	for (size_t i = 0; i < request->n_fields; i++)
		if (strcmp(request->fields[i]->path, path) == 0)
			return request->fields[i]->value;
	return "";
}

bool prov_transfer_file(const struct prov_command *c, uint8_t id[16])
{
	json_t *payload = prov_command_is_procedure(c) && prov_command_is_transfer(c) && c->payload.p
				  ? json_loadb(c->payload.p, c->payload.len, 0, NULL)
				  : NULL;
	const char *text = json_string_value(json_object_get(payload, "FileId"));
	bool found = text && hms_uuid_parse(hms_str(text), id) == 0;

	json_decref(payload);
	return found;
}

/* It may still be with the device: granted, or in doubt, since the answer was lost. */
static bool may_run(const struct prov_command *c)
{
	return c->state == PROV_COMMAND_RUNNING || c->state == PROV_COMMAND_DOUBT || (c->state == PROV_COMMAND_GRANTED && c->dispatched);
}

typedef bool is_of_kind(const struct prov_command *c);

/* An empty CommandKey (seen in the field) names the only one that runs. */
static struct prov_command *only_running(const struct prov_device *d, is_of_kind *fits)
{
	struct prov_command *only = NULL;

	for (size_t i = 0; i < d->command_count; i++) {
		if (!fits(d->commands[i]) || !may_run(d->commands[i]))
			continue;
		if (only)
			return NULL;
		only = d->commands[i];
	}
	return only;
}

/* repeat: it names a try whose end is known. */
static struct prov_command *named(const struct prov_device *d, const char *key, is_of_kind *fits, bool *repeat)
{
	struct prov_command *c;
	uint64_t id;
	uint32_t try_no;

	if (!*key)
		return only_running(d, fits);
	if (hms_key_parse('H', hms_str(key), &id, &try_no))
		return NULL;
	c = prov_command_find(d, id);
	*repeat = c && fits(c) && prov_retry_is_of_ended(c, try_no);
	return c && fits(c) ? c : NULL;
}

/* The text lives in the arena; NULL when out of memory. */
static const char *kept_json(struct prov_context *ctx, struct prov_device *d, json_t *root)
{
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	const char *kept = text ? hms_arena_strz(ctx->arena, hms_str(text)) : NULL;

	free(text);
	d->failed |= !kept;
	return kept;
}

/* The first fault, if any: a change of deployment units has one for each operation, and one that failed has not been done as asked. */
static int32_t fault_of(const Hms__CpeRequest *request, const char **text)
{
	int32_t fault = 0;

	*text = "";
	for (size_t i = 0; i < request->n_fields; i++) {
		struct hms_str path = hms_str(request->fields[i]->path), value = hms_str_trim(hms_str(request->fields[i]->value));
		uint64_t code;

		if (fault && !**text && hms_str_ends(path, HMS_STR(".FaultString")))
			*text = request->fields[i]->value;
		if (fault || !value.len || !hms_str_ends(path, HMS_STR(".FaultCode")))
			continue;
		fault = hms_str_u64(value, &code) || code > INT32_MAX ? 9002 : (int32_t)code; /* it failed, however it says so */
	}
	return fault;
}

static void end(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__CpeRequest *request, json_t *answer)
{
	const char *text;
	json_t *result = json_pack("{s:O}", "answer", answer);

	c->fault = fault_of(request, &text);
	c->result = hms_str(kept_json(ctx, d, result));
	json_decref(result);
	if (c->fault && prov_retry(ctx, d, c))
		return;
	prov_command_end(d, c, c->fault ? PROV_COMMAND_FAULTED : PROV_COMMAND_DONE,
			 hms_arena_strz(ctx->arena, hms_strn(text, strnlen(text, 256))));
	prov_procedure_result(ctx, d, c, NULL);
}

/* Requests that end a command; and those in which the device's own times make each one another. */
static const struct request_kind {
	const char *method;
	is_of_kind *ends;
	bool timed;
} request_kinds[] = {
	{ "TransferComplete", prov_command_is_transfer, true },
	{ "DUStateChangeComplete", is_du_change, true },
	{ "AutonomousTransferComplete", NULL, true },
	{ "AutonomousDUStateChangeComplete", NULL, true },
};

static const struct request_kind *kind_of(const char *method)
{
	static const struct request_kind other = { "", NULL, false };

	for (size_t i = 0; i < sizeof(request_kinds) / sizeof(request_kinds[0]); i++)
		if (strcmp(request_kinds[i].method, method) == 0)
			return &request_kinds[i];
	return &other;
}

void prov_transfer_request(struct prov_context *ctx, struct prov_device *d, const Hms__CpeRequest *request)
{
	const struct request_kind *kind = kind_of(request->method);
	bool repeat = false;
	struct prov_command *c = kind->ends ? named(d, prov_request_field(request, "CommandKey"), kind->ends, &repeat) : NULL;
	const char *detail, *method = hms_arena_strz(ctx->arena, hms_str(request->method));
	bool truncated = false;
	json_t *answer;

	/* A device repeats it until it has seen the answer (TR-069 3.7.1.5): the CommandKey is its natural key (I2). */
	if (c && (repeat || c->state == PROV_COMMAND_DONE || c->state == PROV_COMMAND_FAULTED))
		return;
	answer = prov_answer_json(request->fields, request->n_fields, &truncated);
	if (truncated)
		json_object_set_new(answer, "truncated", json_true());
	detail = kept_json(ctx, d, answer);
	d->failed |= !method;
	if (detail && method && c) {
		prov_device_note(d, ctx->arena, method, "", detail);
		end(ctx, d, c, request, answer);
	} else if (detail && method) {
		prov_device_request(d, ctx->arena, method, detail, kind->timed);
	}
	json_decref(answer);
}

/* ---------------------------------------------------------------- CancelTransfer */

/* The transfer of an operator that it names, if the device has begun it. */
static struct prov_command *cancelled(const struct prov_device *d, const json_t *payload)
{
	const char *text = json_string_value(json_object_get(payload, "Command"));
	struct prov_command *c;
	uint64_t id;

	if (!text || hms_str_u64(hms_str(text), &id))
		return NULL;
	c = prov_command_find(d, id);
	return c && prov_command_is_transfer(c) && !prov_command_is_procedure(c) && may_run(c) ? c : NULL;
}

void prov_transfer_name(struct prov_device *d, struct hms_arena *arena, struct prov_command *cancel)
{
	json_t *payload = cancel->payload.p ? json_loadb(cancel->payload.p, cancel->payload.len, 0, NULL) : NULL;
	const struct prov_command *c = cancelled(d, payload);
	char *text = NULL;

	json_object_del(payload, "Try");
	if (c)
		json_object_set_new(payload, "Try", json_integer(c->tries));
	if (payload)
		text = json_dumps(payload, JSON_COMPACT);
	if (text)
		cancel->payload = hms_arena_str(arena, hms_str(text));
	d->failed |= !cancel->payload.p;
	free(text);
	json_decref(payload);
}

void prov_transfer_cancelled(struct prov_device *d, const struct prov_command *cancel)
{
	json_t *payload = cancel->payload.p ? json_loadb(cancel->payload.p, cancel->payload.len, 0, NULL) : NULL;
	struct prov_command *c = cancelled(d, payload);

	json_decref(payload);
	if (c)
		prov_command_end(d, c, PROV_COMMAND_CANCELLED, "cancelled on the device");
}

void prov_transfer_forget(struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (prov_command_is_procedure(c) && prov_command_is_transfer(c) && may_run(c))
			prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "0 BOOTSTRAP before its end; decided anew");
	}
}
