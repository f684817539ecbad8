/* Instance numbers, read anew. */
#include "rediscover.h"

#include "retry.h"
#include "values.h"

bool prov_rediscover_asked(struct prov_device *d, const struct prov_command *c, const Hms__RpcResult *result)
{
	if (!prov_retry_rediscovers(c, result) || prov_device_owes(d, PROV_DUTY_REDISCOVERED))
		return false;
	prov_device_set_duties(d, PROV_DUTY_REDISCOVER | PROV_DUTY_REDISCOVERED, 0);
	return true;
}

void prov_rediscover_over(struct prov_device *d) { prov_device_set_duties(d, 0, PROV_DUTY_REDISCOVER | PROV_DUTY_REDISCOVERED); }

int prov_rediscover_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			    struct hms_str *payload, struct hms_err *err)
{
	struct hms_str table = prov_values_path(ctx, d, "fap.table", NULL);

	(void)choice;
	(void)part;
	(void)err;
	return table.p ? prov_values_dump(ctx, json_pack("{s:s,s:b}", "ParameterPath", table.p, "NextLevel", 1), payload) : 0;
}

/* FAPService: the instance that is known if it is still there, else the lowest. The row of PM uploads is looked for again when it is needed. */
void prov_rediscover_done(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	struct hms_str table = prov_values_path(ctx, d, "fap.table", NULL);
	int32_t lowest = 0;

	(void)c;
	for (size_t i = 0; result && table.p && i < result->n_params; i++) {
		struct hms_str rest = hms_str(result->params[i]->name);
		uint64_t n;

		if (!hms_str_starts(rest, table))
			continue;
		rest = hms_strn(rest.p + table.len, rest.len - table.len);
		if (hms_str_u64(hms_str_split(&rest, '.'), &n) || !n || n > INT32_MAX)
			continue;
		if (!lowest || (int32_t)n < lowest || (int32_t)n == d->cold.fap)
			lowest = lowest == d->cold.fap ? lowest : (int32_t)n;
	}
	if (lowest)
		d->cold.fap = lowest;
	d->cold.pm_instance = 0;
	prov_device_set_duties(d, 0, PROV_DUTY_REDISCOVER);
	prov_device_note(d, ctx->arena, "rediscovered", "", NULL);
}

/* Then the next try says so itself. */
void prov_rediscover_faulted(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	(void)ctx;
	(void)c;
	prov_device_set_duties(d, 0, PROV_DUTY_REDISCOVER);
}
