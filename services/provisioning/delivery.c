/* Configuration files for one device. */
#include "delivery.h"

#include "capability.h"
#include "cmfile.h"
#include "hms/base/clock.h"
#include "hms/base/encode.h"
#include "transfer.h"
#include "values.h"

#define FILE_TYPE "3 Vendor Configuration File" /* CMF-06: unless the part says otherwise */
#define FILE_NAME "cm.xml"
#define FILE_MAX_BYTES (1024 * 1024)

bool prov_delivery_by_file(const struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice, const char *part)
{
	const char *delivery = json_string_value(json_object_get(json_object_get(choice->kind, part), "delivery"));

	return delivery && ctx->files && ctx->files->base.len && strcmp(delivery, "file") == 0 &&
	       !prov_device_owes(d, PROV_DUTY_NO_DOWNLOAD) && !prov_capability_lacks(d, HMS_CWMP_DOWNLOAD);
}

/* Unguessable is the URL's signature; the id has only to be the command's own. */
static void file_id(struct hms_device_id device, uint64_t command_id, uint8_t id[16])
{
	char text[14];
	uint8_t digest[HMS_HASH_MAX];

	hms_base32_u64(command_id, text);
	hms_hash_parts(HMS_HASH_SHA256, (struct hms_str[]){ hms_strn((const char *)device.b, sizeof(device.b)), hms_str(text) }, 2, digest);
	memcpy(id, digest, 16);
}

static int write_file(struct prov_context *ctx, const struct prov_device *d, const json_t *rows, struct hms_buf *out, struct hms_err *err)
{
	const char *format = hms_model_cm_file(prov_values_model(ctx, d));
	size_t count = json_array_size(rows);
	struct prov_cm_param *params = hms_arena_alloc(ctx->arena, (count + 1) * sizeof(*params));
	char time[40];
	const struct prov_cm_head head = {
		.oui = d->cold.oui,
		.product_class = d->cold.product_class,
		.serial = d->cold.serial,
		.time = hms_time_iso(d->now_us, time, sizeof(time)),
	};

	if (!params)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		const json_t *row = json_array_get(rows, i);

		params[i].path = hms_str(json_string_value(json_object_get(row, "Name")));
		params[i].value = hms_str(json_string_value(json_object_get(row, "Value")));
	}
	if (!format)
		return hms_err_set(err, HMS_EINVAL, "its data model has no configuration file");
	if (strcmp(format, "tree") == 0)
		return prov_cm_write_tree(&head, params, count, out, err);
	if (!ctx->cm)
		return hms_err_set(err, HMS_EINVAL, "the table of TS 32.584 has not been loaded");
	return prov_cm_write_32584(ctx->cm, &head, params, count, out, err);
}

static int keep_file(struct prov_context *ctx, struct prov_device *d, const struct hms_buf *body, const uint8_t id[16])
{
	struct prov_file *file = hms_arena_alloc(ctx->arena, sizeof(*file));

	if (!file || prov_push(ctx->arena, (void ***)&d->files, &d->file_count, &d->file_room, file))
		return HMS_ENOMEM;
	*file = (struct prov_file){
		.name = FILE_NAME,
		.type = "application/xml",
		.body = hms_arena_str(ctx->arena, hms_buf_view(body)),
		.expires_us = d->now_us + ctx->command_life_us,
	};
	memcpy(file->id, id, sizeof(file->id));
	return file->body.p ? 0 : HMS_ENOMEM;
}

int prov_delivery_file(struct prov_context *ctx, struct prov_device *d, json_t *rows, const char *file_type, uint64_t id,
		       struct hms_str *payload, struct hms_err *err)
{
	struct hms_buf body = HMS_BUF_INIT(FILE_MAX_BYTES);
	uint8_t file[16];
	char text[37];
	int rc = write_file(ctx, d, rows, &body, err);

	file_id(d->id, id, file);
	hms_uuid_text(file, text);
	if (!rc)
		rc = keep_file(ctx, d, &body, file);
	if (!rc)
		rc = prov_values_dump(ctx,
				      json_pack("{s:s,s:s,s:s,s:I,s:O}", "FileType", file_type ? file_type : FILE_TYPE, "FileId", text,
						"FileName", FILE_NAME, "FileSize", (json_int_t)body.len, "ParameterList", rows),
				      payload);
	hms_buf_fini(&body);
	return rc;
}

int prov_delivery_make(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part, uint64_t id,
		       struct hms_str *payload, struct hms_err *err)
{
	const char *file_type = json_string_value(json_object_get(json_object_get(choice->kind, part), "file_type"));
	json_t *rows = NULL;
	int rc = prov_values_rows(ctx, d, choice, part, &rows, err);

	if (!rc)
		rc = prov_delivery_file(ctx, d, rows, file_type, id, payload, err);
	json_decref(rows);
	return rc;
}

void prov_delivery_ended(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c)
{
	uint8_t id[16];
	struct prov_file *file = prov_transfer_file(c, id) ? hms_arena_alloc(ctx->arena, sizeof(*file)) : NULL;

	if (!file)
		return;
	memcpy(file->id, id, sizeof(id));
	if (prov_push(ctx->arena, (void ***)&d->files, &d->file_count, &d->file_room, file))
		d->failed = true;
}

bool prov_delivery_failed(const struct prov_command *c)
{
	static const int32_t faults[] = { 9000, 9010, 9012, 9013, 9014, 9015, 9016, 9017 };

	if (c->method != HMS_CWMP_DOWNLOAD || c->state != PROV_COMMAND_FAULTED)
		return false;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (c->fault == faults[i])
			return true;
	return false;
}
