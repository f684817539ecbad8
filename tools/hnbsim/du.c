/* Deployment units of a cell. */
#include "du.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"

#define OPERATIONS_MAX 64
#define PREFIX "Operations."

void du_units_fini(struct du_units *units)
{
	free(units->list);
	*units = (struct du_units){ 0 };
}

/* ---- reading ---- */
static bool copy(char *out, size_t size, struct hms_str text)
{
	if (text.len >= size)
		return false;
	snprintf(out, size, "%.*s", HMS_STR_FMT(text));
	return true;
}

/* The same URL is the same unit. */
static void uuid_of_url(struct hms_str url, char out[DU_UUID_SIZE])
{
	uint8_t sha256[32];

	hms_sha256(url.p, url.len, sha256);
	sha256[6] = (uint8_t)(0x50 | (sha256[6] & 0x0f));
	sha256[8] = (uint8_t)(0x80 | (sha256[8] & 0x3f));
	hms_uuid_text(sha256, out);
}

static uint32_t set_type(struct du_op *op, struct hms_str type)
{
	static const struct {
		enum du_action action;
		const char *type;
	} types[] = { { DU_INSTALL, "InstallOpStruct" }, { DU_UPDATE, "UpdateOpStruct" }, { DU_UNINSTALL, "UninstallOpStruct" } };

	hms_str_split(&type, ':');
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (hms_str_eqz(type, types[i].type)) {
			op->action = types[i].action;
			return 0;
		}
	return 9003;
}

static uint32_t set_member(struct du_op *op, struct hms_str name, struct hms_str value)
{
	uint8_t id[16];

	if (hms_str_eqz(name, "@type"))
		return set_type(op, value);
	if (hms_str_eqz(name, "URL") && op->uuid[0] == '\0')
		uuid_of_url(value, op->uuid);
	else if (hms_str_eqz(name, "UUID") && (hms_uuid_parse(value, id) != 0 || !copy(op->uuid, sizeof(op->uuid), value)))
		return 9003;
	else if (hms_str_eqz(name, "Version") && !copy(op->version, sizeof(op->version), value))
		return 9003;
	return 0;
}

static uint32_t read_ops(const struct hms_cwmp_msg *msg, struct du_op *ops, size_t *count)
{
	uint32_t row = 0, fault = 0;

	for (size_t i = 0; i < msg->field_count && fault == 0; i++) {
		const struct hms_cwmp_field *f = &msg->fields[i];
		struct hms_str name = f->code;

		if (!hms_str_starts(name, HMS_STR(PREFIX)))
			continue;
		if (f->row != row && *count == OPERATIONS_MAX)
			return 9004;
		*count += f->row != row;
		row = f->row;
		hms_str_split(&name, '.');
		fault = set_member(&ops[*count - 1], name, f->command_key);
	}
	return *count == 0 ? 9003 : fault;
}

uint32_t du_read(const struct hms_cwmp_msg *msg, struct du_op **ops, size_t *count)
{
	*count = 0;
	*ops = calloc(OPERATIONS_MAX, sizeof(**ops));
	return *ops ? read_ops(msg, *ops, count) : 9002;
}

/* ---- doing ---- */
static struct du_unit *find(const struct du_units *units, const char *uuid)
{
	for (size_t i = 0; i < units->count; i++)
		if (strcasecmp(units->list[i].uuid, uuid) == 0)
			return &units->list[i];
	return NULL;
}

static uint32_t install(struct du_units *units, struct du_op *op)
{
	struct du_unit *unit;

	if (find(units, op->uuid))
		return 9026;
	if (!units->list)
		units->list = calloc(DU_UNITS_MAX, sizeof(*units->list));
	if (!units->list || units->count == DU_UNITS_MAX)
		return 9027;
	unit = &units->list[units->count++];
	unit->number = ++units->last;
	memcpy(unit->uuid, op->uuid, sizeof(unit->uuid));
	snprintf(op->version, sizeof(op->version), "1.0");
	memcpy(unit->version, op->version, sizeof(unit->version));
	op->unit = unit->number;
	return 0;
}

static uint32_t update(struct du_units *units, struct du_op *op)
{
	struct du_unit *unit = find(units, op->uuid);

	if (op->uuid[0] == '\0')
		return 0;
	if (!unit)
		return 9028;
	op->unit = unit->number;
	if (op->version[0] != '\0')
		memcpy(unit->version, op->version, sizeof(unit->version));
	else
		memcpy(op->version, unit->version, sizeof(op->version));
	return 0;
}

static uint32_t uninstall(struct du_units *units, struct du_op *op)
{
	struct du_unit *unit = find(units, op->uuid);

	if (!unit)
		return 9028;
	op->unit = unit->number;
	memcpy(op->version, unit->version, sizeof(op->version));
	*unit = units->list[--units->count];
	return 0;
}

uint32_t du_change(struct du_units *units, struct du_op *ops, size_t count)
{
	static uint32_t (*const actions[])(
		struct du_units * units, struct du_op * op) = { [DU_INSTALL] = install, [DU_UPDATE] = update, [DU_UNINSTALL] = uninstall };
	uint32_t first = 0;

	for (size_t i = 0; i < count; i++) {
		ops[i].fault = actions[ops[i].action](units, &ops[i]);
		if (first == 0)
			first = ops[i].fault;
	}
	return first;
}
