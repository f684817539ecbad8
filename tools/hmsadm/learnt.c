/* hmsadm quirks learnt, hmsadm quirks forget: what devices have shown of their models. */
#include <stdio.h>

#include "hms/pg/pg.h"
#include "hmsadm.h"

static const struct hms_pg_stmt list = { "learnt_list",
					 "select oui, product_class, software_version, what, shown_by::text, to_char(at at time zone 'UTC',"
					 " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from learnt_list($1, $2, $3, $4)" };
static const struct hms_pg_stmt forget = { "learnt_forget", "select learnt_forget($1, $2, $3, $4)" };

/* Texts of devices: nothing in them may steer a terminal. */
static void print_text(struct hms_str text)
{
	for (size_t i = 0; i < text.len; i++)
		putchar((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f ? '?' : text.p[i]);
}

static void print_rows(const struct hms_pg_result *res, void *arg)
{
	(void)arg;
	for (size_t row = 0; row < hms_pg_rows(res); row++)
		for (unsigned col = 0; col < 6; col++) {
			print_text(hms_pg_get_str(res, row, col));
			putchar(col == 5 ? '\n' : '\t');
		}
}

static void print_count(const struct hms_pg_result *res, void *arg)
{
	long long count = (long long)hms_pg_get_int(res, 0, 0);

	(void)arg;
	printf("%lld forgotten\n", count);
}

static void fill(struct hms_pg_batch *batch, const struct adm_options *o, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb)
{
	const char *const of[] = { o->oui, o->product_class, o->software_version };

	hms_pg_stmt_begin(batch, stmt, cb, NULL);
	hms_pg_p_text(batch, hms_str(o->tenant ? o->tenant : "default"));
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		hms_pg_p_text(batch, of[i] ? hms_str(of[i]) : (struct hms_str){ NULL, 0 });
}

static void fill_list(struct hms_pg_batch *batch, void *arg) { fill(batch, arg, &list, print_rows); }

static void fill_forget(struct hms_pg_batch *batch, void *arg) { fill(batch, arg, &forget, print_count); }

int adm_quirks_learnt(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	return adm_call_once(conf, fill_list, (void *)options, err);
}

int adm_quirks_forget(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	if (!options->oui)
		return hms_err_set(err, HMS_EINVAL, "--oui is needed");
	return adm_call_once(conf, fill_forget, (void *)options, err);
}
