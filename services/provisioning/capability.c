/* The capability set of a device: " GetRPCMethods Reboot X_ACME_Do ", empty while it is not known. */
#include "capability.h"

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

static void set(struct prov_device *d, struct hms_arena *arena, struct hms_str methods)
{
	if (hms_str_eq(methods, d->cold.rpc_methods))
		return;
	d->cold.rpc_methods = hms_arena_str(arena, methods);
	d->failed |= !d->cold.rpc_methods.p;
	d->cold_dirty = true;
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
	if (d->cold.rpc_version.len)
		set(d, arena, HMS_STR(""));
	d->cold.rpc_version = hms_arena_str(arena, version);
	d->failed |= !d->cold.rpc_version.p;
	d->cold_dirty = true;
}

static void add_name(struct hms_buf *methods, struct hms_str name)
{
	hms_buf_strz(methods, methods->len ? "" : " ");
	hms_buf_str(methods, name);
	hms_buf_char(methods, ' ');
}

/* PH-3: the answer, merged with the registry of quirks. */
static bool add_unnamed(struct hms_buf *methods, uint64_t also)
{
	bool added = false;

	for (unsigned m = 1; m < HMS_CWMP_METHOD_COUNT && methods->len && methods->len < METHODS_MAX_BYTES; m++) {
		struct hms_str name = hms_str(hms_cwmp_method_info((enum hms_cwmp_method)m)->name);

		if (!(also >> m & 1) || has(hms_buf_view(methods), name))
			continue;
		add_name(methods, name);
		added = true;
	}
	return added;
}

bool prov_capability_learn(struct prov_device *d, struct hms_arena *arena, const Hms__RpcResult *result, uint64_t also)
{
	struct hms_buf methods = HMS_BUF_INIT(METHODS_MAX_BYTES + 2 * METHOD_MAX_BYTES);
	bool added;

	for (size_t i = 0; i < result->n_fields && methods.len < METHODS_MAX_BYTES; i++) {
		struct hms_str name = normal(hms_str(result->fields[i]->value));

		if (strcmp(result->fields[i]->path, "MethodList.string") != 0 || !is_name(name) || has(hms_buf_view(&methods), name))
			continue;
		add_name(&methods, name);
	}
	added = add_unnamed(&methods, also);
	if (methods.len && !methods.failed)
		set(d, arena, hms_buf_view(&methods));
	hms_buf_fini(&methods);
	return added;
}

void prov_capability_refused(struct prov_device *d, struct hms_arena *arena, struct hms_str method)
{
	struct hms_buf methods = HMS_BUF_INIT(METHODS_MAX_BYTES + METHOD_MAX_BYTES + 2);
	struct hms_str rest = d->cold.rpc_methods;

	if (!rest.len || !has(rest, method))
		return;
	hms_buf_char(&methods, ' ');
	while (rest.p) {
		struct hms_str name = hms_str_split(&rest, ' ');

		if (!name.len || hms_str_eq(name, method))
			continue;
		hms_buf_str(&methods, name);
		hms_buf_char(&methods, ' ');
	}
	if (!methods.failed)
		set(d, arena, methods.len > 1 ? hms_buf_view(&methods) : HMS_STR(""));
	hms_buf_fini(&methods);
}

int prov_capability_check(const struct prov_device *d, enum hms_cwmp_method method, struct hms_str name, struct hms_err *err)
{
	const struct hms_cwmp_method_info *info = hms_cwmp_method_info(method);

	if (method == HMS_CWMP_NONE)
		return 0;
	if (d->hot.sid && d->cold.cwmp < (int)info->since)
		return hms_err_set(err, HMS_ENOENT, "%.*s needs CWMP %s, the device speaks %s", HMS_STR_FMT(name),
				   hms_cwmp_version_text(info->since), hms_cwmp_version_text((enum hms_cwmp_ns)d->cold.cwmp));
	if (d->cold.rpc_methods.len && method != HMS_CWMP_GET_RPC_METHODS && !has(d->cold.rpc_methods, name))
		return hms_err_set(err, HMS_ENOENT, "the device does not have %.*s: GetRPCMethods did not name it", HMS_STR_FMT(name));
	return 0;
}
