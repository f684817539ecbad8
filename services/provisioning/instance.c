/* The rows of a table, by the names of its objects. */
#include "instance.h"

/* 0: it is not below the table. */
static int32_t instance_in(struct hms_str table, struct hms_str name)
{
	uint64_t n;

	if (!hms_str_starts(name, table))
		return 0;
	name = hms_strn(name.p + table.len, name.len - table.len);
	return hms_str_u64(hms_str_split(&name, '.'), &n) || n > INT32_MAX ? 0 : (int32_t)n;
}

int32_t prov_instance_of(struct hms_str table, const Hms__RpcResult *result, int32_t known)
{
	int32_t lowest = 0;

	for (size_t i = 0; result && table.p && i < result->n_params; i++) {
		int32_t n = instance_in(table, hms_str(result->params[i]->name));

		if (n && n == known)
			return known;
		if (n && (!lowest || n < lowest))
			lowest = n;
	}
	return lowest;
}
