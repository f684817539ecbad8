/* Ends of transfers. */
#include "transfer.h"

#include <jansson.h>
#include <stdlib.h>

#include "hms/base/encode.h"

bool prov_command_is_transfer(const struct prov_command *c) { return c->method == HMS_CWMP_DOWNLOAD || c->method == HMS_CWMP_UPLOAD; }

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
	return prov_command_is_transfer(c) &&
	       (c->state == PROV_COMMAND_RUNNING || c->state == PROV_COMMAND_DOUBT || (c->state == PROV_COMMAND_GRANTED && c->dispatched));
}

/* An empty CommandKey (seen in the field) names the only transfer that runs. */
static struct prov_command *only_running(const struct prov_device *d)
{
	struct prov_command *only = NULL;

	for (size_t i = 0; i < d->command_count; i++) {
		if (!may_run(d->commands[i]))
			continue;
		if (only)
			return NULL;
		only = d->commands[i];
	}
	return only;
}

static struct prov_command *named(const struct prov_device *d, const char *key)
{
	struct prov_command *c;
	uint64_t id;
	uint32_t try_no;

	if (!*key)
		return only_running(d);
	if (hms_key_parse('H', hms_str(key), &id, &try_no))
		return NULL;
	c = prov_command_find(d, id);
	return c && prov_command_is_transfer(c) ? c : NULL;
}

static const char *fields_json(struct prov_context *ctx, struct prov_device *d, const Hms__CpeRequest *request)
{
	json_t *root = json_object();
	char *text, *kept = NULL;

	for (size_t i = 0; i < request->n_fields && i < 32; i++)
		json_object_set_new(root, request->fields[i]->path, json_string(request->fields[i]->value));
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (text)
		kept = hms_arena_strz(ctx->arena, hms_str(text));
	free(text);
	d->failed |= !kept;
	return kept;
}

static void end(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__CpeRequest *request, const char *detail)
{
	const char *code = prov_request_field(request, "FaultStruct.FaultCode");
	const char *text = prov_request_field(request, "FaultStruct.FaultString");
	uint64_t fault = 0;

	if (*code && (hms_str_u64(hms_str_trim(hms_str(code)), &fault) || fault > INT32_MAX))
		fault = 9002; /* it failed, however it says so */
	c->fault = (int32_t)fault;
	c->result = hms_str(detail);
	prov_command_end(d, c, fault ? PROV_COMMAND_FAULTED : PROV_COMMAND_DONE,
			 hms_arena_strz(ctx->arena, hms_strn(text, strnlen(text, 256))));
	prov_procedure_result(ctx, d, c, NULL);
}

void prov_transfer_request(struct prov_context *ctx, struct prov_device *d, const Hms__CpeRequest *request)
{
	bool ours = strcmp(request->method, "TransferComplete") == 0;
	struct prov_command *c = ours ? named(d, prov_request_field(request, "CommandKey")) : NULL;
	const char *detail;

	/* A device repeats it until it has seen the answer (TR-069 3.7.1.5): the CommandKey is its natural key (I2). */
	if (c && (c->state == PROV_COMMAND_DONE || c->state == PROV_COMMAND_FAULTED))
		return;
	detail = fields_json(ctx, d, request);
	if (!detail)
		return;
	prov_device_note(d, ctx->arena, hms_arena_strz(ctx->arena, hms_str(request->method)), "", detail);
	if (c)
		end(ctx, d, c, request, detail);
}

void prov_transfer_forget(struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (prov_command_is_procedure(c) && may_run(c))
			prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "0 BOOTSTRAP before its end; decided anew");
	}
}
