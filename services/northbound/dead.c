/* Route of one record that was set aside: decoded as far as it can be. */
#include <stdlib.h>

#include "hms/base/encode.h"
#include "record_json.h"
#include "request.h"

enum { HEX_SHOWN = 256 };

static void add_hex(json_t *object, struct hms_str bytes)
{
	size_t n = bytes.len < HEX_SHOWN ? bytes.len : HEX_SHOWN;
	char hex[2 * HEX_SHOWN + 1] = "";

	if (n)
		hms_hex(bytes.p, n, hex);
	json_object_set_new(object, "begins_with", json_string(hex));
}

static void answer(struct nbi_req *r)
{
	json_t *object = json_loadb(r->result.p, r->result.len, 0, NULL), *record;
	char *text;

	record = nbi_record_json(hms_str(json_string_value(json_object_get(object, "topic"))), r->second);
	if (json_is_null(record)) /* whatever it is, it is not a device's word that could be hidden in part */
		add_hex(object, r->second);
	else
		json_object_set_new(object, "begins_with", json_null());
	json_object_set_new(object, "record", record);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (text)
		nbi_reply(r, r->route->status, hms_str(text), NULL);
	else
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
	free(text);
}

static void on_row(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (err)
		nbi_refuse_sql(r, err);
	else if (!r->rows)
		nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, "dead", "no such record was set aside");
	else
		answer(r);
}

void nbi_run_dead(struct nbi_req *r) { nbi_ask(r, r->route->stmt, on_row); }
