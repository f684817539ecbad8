/* Numbers with units: times in ms, s, m, h and sizes in k, m, g. */
#include "hms/base/err.h"
#include "internal.h"

struct unit {
	struct hms_str suffix;
	int64_t factor;
};

/* The largest first: printing takes the first that divides the value. The empty suffix ends each list. */
static const struct unit ms_units[] = {
	{ HMS_STR("h"), 3600000 }, { HMS_STR("m"), 60000 }, { HMS_STR("s"), 1000 }, { HMS_STR("ms"), 1 }, { HMS_STR(""), 1 },
};
static const struct unit size_units[] = {
	{ HMS_STR("g"), 1 << 30 },
	{ HMS_STR("m"), 1 << 20 },
	{ HMS_STR("k"), 1 << 10 },
	{ HMS_STR(""), 1 },
};
static const struct unit no_units[] = { { HMS_STR(""), 1 } };

static const struct unit *units_of(enum hms_conf_type kind)
{
	return kind == HMS_CONF_MS ? ms_units : kind == HMS_CONF_SIZE ? size_units : no_units;
}

/* What stands behind the digits. */
static struct hms_str suffix_of(struct hms_str text)
{
	while (text.len > 0 && (*text.p == '-' || (*text.p >= '0' && *text.p <= '9'))) {
		text.p++;
		text.len--;
	}
	return text;
}

int conf_quantity_parse(enum hms_conf_type kind, struct hms_str text, int64_t *out)
{
	const struct unit *unit = units_of(kind);
	struct hms_str suffix = suffix_of(text);
	int64_t number;
	int rc;

	while (unit->suffix.len > 0 && !hms_str_caseeq(suffix, unit->suffix))
		unit++;
	/* A suffix that is no unit stays, and is no number. */
	rc = hms_str_i64(hms_strn(text.p, text.len - unit->suffix.len), &number);
	if (rc < 0)
		return rc;
	return __builtin_mul_overflow(number, unit->factor, out) ? HMS_ETOOBIG : 0;
}

void conf_quantity_print(enum hms_conf_type kind, int64_t value, struct hms_buf *out)
{
	const struct unit *unit = units_of(kind);

	while (unit->suffix.len > 0 && (value == 0 || value % unit->factor != 0))
		unit++;
	hms_buf_printf(out, "%lld", (long long)(value / unit->factor));
	hms_buf_str(out, unit->suffix);
}
