/* The capability set of a device. rpc_named: what it has named (" GetRPCMethods Reboot X_ACME_Do ", empty while that is not known); rpc_refused: what it then did not know
 * (" Reboot "); rpc_registry: what the registry of quirks says (" +AddObject -Upload "); rpc_methods: the three merged. SQL says the same to callers of the API
 * (api_v1.method_reason()). */
#include "capability.h"

#include "command.h"

#define METHODS_MAX_BYTES 4096
#define METHOD_MAX_BYTES 64

static bool has(struct hms_str methods, struct hms_str name)
{
	while (methods.p)
		if (hms_str_eq(hms_str_split(&methods, ' '), name))
			return true;
	return false;
}

/* Phones print the attribute methods in another way, and methods of the ACS among theirs (PH-3). */
static struct hms_str normal(struct hms_str name)
{
	static const struct {
		const char *printed, *meant;
	} rows[] = {
		{ "GetAttributeValues", "GetParameterAttributes" },
		{ "SetAttributeValues", "SetParameterAttributes" },
		{ "Inform", "" },
		{ "TransferComplete", "" },
		{ "AutonomousTransferComplete", "" },
		{ "DUStateChangeComplete", "" },
		{ "AutonomousDUStateChangeComplete", "" },
		{ "RequestDownload", "" },
		{ "Kicked", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (hms_str_eqz(name, rows[i].printed))
			return hms_str(rows[i].meant);
	return name;
}

static bool is_name(struct hms_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	return name.len > 0 && name.len <= METHOD_MAX_BYTES;
}

static void set(struct prov_device *d, struct hms_arena *arena, struct hms_str *column, struct hms_str text)
{
	if (hms_str_eq(text, *column))
		return;
	*column = text.len ? hms_arena_str(arena, text) : HMS_STR("");
	d->failed |= !column->p;
	d->cold_dirty = true;
}

static void set_tries(struct prov_device *d, int16_t tries)
{
	if (d->cold.rpc_tries == tries)
		return;
	d->cold.rpc_tries = tries;
	d->cold_dirty = d->entry_dirty = true;
}

static void add_name(struct hms_buf *methods, struct hms_str name)
{
	hms_buf_strz(methods, methods->len ? "" : " ");
	hms_buf_str(methods, name);
	hms_buf_char(methods, ' ');
}

static bool registry_says(const struct prov_device *d, char sign, struct hms_str name)
{
	char text[METHOD_MAX_BYTES + 2];
	int n = snprintf(text, sizeof(text), "%c%.*s", sign, HMS_STR_FMT(name));

	return d->cold.rpc_registry.len && n > 0 && (size_t)n < sizeof(text) && has(d->cold.rpc_registry, hms_strn(text, (size_t)n));
}

static void add_all(const struct prov_device *d, struct hms_buf *methods, struct hms_str list, char sign)
{
	while (list.p) {
		struct hms_str name = hms_str_split(&list, ' ');

		if (sign && name.len)
			name = *name.p == sign ? hms_strn(name.p + 1, name.len - 1) : (struct hms_str){ NULL, 0 };
		if (name.len && !has(hms_buf_view(methods), name) && !has(d->cold.rpc_refused, name) && !registry_says(d, '-', name))
			add_name(methods, name);
	}
}

static void merge(struct prov_device *d, struct hms_arena *arena)
{
	struct hms_buf methods = HMS_BUF_INIT(2 * METHODS_MAX_BYTES);

	add_all(d, &methods, d->cold.rpc_named, 0);
	if (d->cold.rpc_named.len)
		add_all(d, &methods, d->cold.rpc_registry, '+');
	if (!methods.failed)
		set(d, arena, &d->cold.rpc_methods, hms_buf_view(&methods));
	hms_buf_fini(&methods);
}

void prov_capability_inform(struct prov_device *d, struct hms_arena *arena, const Hms__Inform *inform)
{
	/* A forced parameter of both roots. */
	static const struct hms_str ending = HMS_STR(".DeviceInfo.SoftwareVersion");
	struct hms_str version = { NULL, 0 };

	for (size_t i = 0; i < inform->n_params && !version.p; i++)
		if (hms_str_ends(hms_str(inform->params[i]->name), ending))
			version = hms_str(inform->params[i]->value);
	if (!version.len || hms_str_eq(version, d->cold.rpc_version))
		return;
	if (d->cold.rpc_version.len) { /* everything begins anew */
		set(d, arena, &d->cold.rpc_named, HMS_STR(""));
		set(d, arena, &d->cold.rpc_refused, HMS_STR(""));
		set_tries(d, 0);
		merge(d, arena);
	}
	set(d, arena, &d->cold.rpc_version, version);
}

void prov_capability_learn(struct prov_device *d, struct hms_arena *arena, const Hms__RpcResult *result)
{
	struct hms_buf methods = HMS_BUF_INIT(METHODS_MAX_BYTES + 2 * METHOD_MAX_BYTES);

	for (size_t i = 0; i < result->n_fields && methods.len < METHODS_MAX_BYTES; i++) {
		struct hms_str name = normal(hms_str(result->fields[i]->value));

		if (strcmp(result->fields[i]->path, "MethodList.string") != 0 || !is_name(name) || has(hms_buf_view(&methods), name))
			continue;
		add_name(&methods, name);
	}
	if (methods.len && !methods.failed)
		set(d, arena, &d->cold.rpc_named, hms_buf_view(&methods));
	merge(d, arena);
	hms_buf_fini(&methods);
}

void prov_capability_answered(struct prov_device *d) { set_tries(d, PROV_METHODS_TRIES); }

void prov_capability_refused(struct prov_device *d, struct hms_arena *arena, struct hms_str method)
{
	struct hms_buf refused = HMS_BUF_INIT(METHODS_MAX_BYTES + METHOD_MAX_BYTES + 2);

	if (!has(d->cold.rpc_methods, method))
		return;
	hms_buf_str(&refused, d->cold.rpc_refused);
	add_name(&refused, method);
	if (!refused.failed)
		set(d, arena, &d->cold.rpc_refused, hms_buf_view(&refused));
	merge(d, arena);
	hms_buf_fini(&refused);
}

/* ---------------------------------------------------------------- the registry */

static void add_signed(struct hms_buf *text, char sign, uint64_t methods)
{
	for (unsigned m = 1; m < HMS_CWMP_VENDOR; m++)
		if (methods >> m & 1)
			hms_buf_printf(text, "%s%c%s ", text->len ? "" : " ", sign, hms_cwmp_method_info((enum hms_cwmp_method)m)->name);
}

void prov_capability_registry(struct prov_device *d, struct hms_arena *arena, uint64_t also, uint64_t lacks)
{
	struct hms_buf text = HMS_BUF_INIT(METHODS_MAX_BYTES);

	if (!also && !lacks && !d->cold.rpc_registry.len)
		return;
	add_signed(&text, '+', also & ~lacks);
	add_signed(&text, '-', lacks);
	if (!text.failed)
		set(d, arena, &d->cold.rpc_registry, hms_buf_view(&text));
	merge(d, arena);
	hms_buf_fini(&text);
}

/* ---------------------------------------------------------------- what it can be given */

int prov_capability_check(const struct prov_device *d, enum hms_cwmp_method method, struct hms_str name, struct hms_err *err)
{
	const struct hms_cwmp_method_info *info = hms_cwmp_method_info(method);

	if (method == HMS_CWMP_NONE)
		return 0;
	if (d->hot.sid && d->cold.cwmp < (int)info->since)
		return hms_err_set(err, HMS_ENOENT, "%.*s needs CWMP %s, the device speaks %s", HMS_STR_FMT(name),
				   hms_cwmp_version_text(info->since), hms_cwmp_version_text((enum hms_cwmp_ns)d->cold.cwmp));
	if (registry_says(d, '-', name))
		return hms_err_set(err, HMS_ENOENT, "the registry of quirks says that the device lacks %.*s", HMS_STR_FMT(name));
	if (method == HMS_CWMP_GET_RPC_METHODS || !d->cold.rpc_named.len || has(d->cold.rpc_methods, name))
		return 0;
	return hms_err_set(err, HMS_ENOENT, "the device does not have %.*s: %s", HMS_STR_FMT(name),
			   has(d->cold.rpc_refused, name) ? "it answered with fault 9000" : "GetRPCMethods did not name it");
}

bool prov_capability_lacks(const struct prov_device *d, enum hms_cwmp_method method)
{
	struct hms_err err = { 0 };

	return prov_capability_check(d, method, hms_str(hms_cwmp_method_info(method)->name), &err) != 0;
}

bool prov_capability_by_registry(const struct prov_device *d, enum hms_cwmp_method method)
{
	struct hms_str name = hms_str(hms_cwmp_method_info(method)->name);

	return has(d->cold.rpc_methods, name) && !has(d->cold.rpc_named, name);
}

/* ---------------------------------------------------------------- asking for it */

bool prov_capability_asks(const struct prov_device *d)
{
	bool at_work =
		d->cold.state == PROV_STATE_SETTLED || d->cold.state == PROV_STATE_PROVISIONED || d->cold.state == PROV_STATE_IN_SERVICE;

	return at_work && !d->cold.rpc_named.len && d->cold.rpc_tries < PROV_METHODS_TRIES &&
	       !prov_capability_lacks(d, HMS_CWMP_GET_RPC_METHODS);
}

void prov_capability_next(struct prov_context *ctx, struct prov_device *d)
{
	if (!prov_capability_asks(d))
		return;
	set_tries(d, (int16_t)(d->cold.rpc_tries + 1));
	prov_command_new(d, ctx->arena, hms_command_id_next(ctx->ids, d->now_us), HMS_CWMP_GET_RPC_METHODS, PROV_PURPOSE_METHODS,
			 HMS_STR("{}"), d->now_us + ctx->command_life_us);
}
