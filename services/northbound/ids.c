/* Pools of ids: what single members of their bodies cannot say. */
#include <stdio.h>

#include "argument.h"
#include "route.h"

#define POOL_VALUES_MAX 100000
#define POOL_VALUE_MAX_BYTES 256
/* Of ranges, as id_pool has them: to minus from. */
#define SINGLE_MAX 4294967295
#define NEAR_MAX 65535

static int check_values(json_t *values, struct hms_err *err)
{
	size_t i;
	json_t *value;

	if (json_array_size(values) == 0 || json_array_size(values) > POOL_VALUES_MAX)
		return hms_err_set(err, HMS_EINVAL, "1 to %d values are needed", POOL_VALUES_MAX);
	json_array_foreach(values, i, value)
	{
		if (!nbi_argument_is_text(value, POOL_VALUE_MAX_BYTES, false))
			return hms_err_set(err, HMS_EINVAL, "value %zu is no text of 1 to %d bytes", i + 1, POOL_VALUE_MAX_BYTES);
	}
	return 0;
}

static int wrong(char field[64], const char *name, struct hms_err *err, const char *text)
{
	snprintf(field, 64, "%s", name);
	return hms_err_set(err, HMS_EINVAL, "%s", text);
}

/* Either a range or a list, of at most so many values as id_pool takes. */
int nbi_check_pool(json_t *args, char field[64], struct hms_err *err)
{
	json_t *from = json_object_get(args, "from"), *to = json_object_get(args, "to"), *values = json_object_get(args, "values");
	bool near = strcmp(json_string_value(json_object_get(args, "scope")), "neighbourhood") == 0,
	     radius = json_object_get(args, "radius_m");

	if (near != radius)
		return wrong(field, "radius_m", err, near ? "a neighbourhood has one" : "it goes with the scope neighbourhood");
	if (values ? from || to : !from || !to)
		return wrong(field, "values", err, "either values, or from and to are needed");
	if (values) {
		snprintf(field, 64, "values");
		return check_values(values, err);
	}
	if (json_integer_value(to) < json_integer_value(from) ||
	    json_integer_value(to) - json_integer_value(from) > (near ? NEAR_MAX : SINGLE_MAX))
		return wrong(field, "to", err,
			     near ? "it is not below from, and at most 65535 above it"
				  : "it is not below from, and at most 4294967295 above it");
	return 0;
}
