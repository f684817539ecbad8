/* GET /status: services, stores, lag, devices, alarms and PM, from where each is known. */
#include <stdlib.h>

#include "hms/redis/mailbox.h"
#include "request.h"
#include "services.h"

#define PARTITIONS_MAX 4096

static const struct hms_pg_stmt status = { "nbi_status", "select api_v1.status($1)::text where $2 is not null" };

struct waiting {
	struct nbi_req *r;
	json_t *root;
	struct nbi_services_wait services;
};

static json_t *store(bool up) { return json_pack("{s:b}", "up", up); }

/* Kafka is known by those who use it. */
static json_t *stores(struct nbi *nbi, json_t *root)
{
	json_t *postgres = json_incref(json_object_get(root, "postgres"));

	json_object_set_new(postgres, "up", json_true());
	json_object_del(root, "postgres");
	return json_pack("{s:o,s:o,s:o}", "postgres", postgres, "redis", store(hms_redis_is_up(nbi->redis)), "kafka",
			 store(!nbi_services_miss(nbi->services, "kafka")));
}

static void answer(struct nbi_req *r, json_t *root)
{
	char *text;

	json_object_set_new(root, "stores", stores(r->nbi, root));
	json_object_set_new(root, "services", nbi_services_json(r->nbi->services));
	json_object_set_new(root, "version", json_string(hms_version));
	text = json_dumps(root, JSON_COMPACT);
	if (text)
		nbi_reply(r, 200, hms_str(text), NULL);
	else
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
	free(text);
}

/* A partition without a key has no owner that reports: null. */
static json_t *lag_json(const int64_t *ages, size_t count)
{
	json_t *parts = json_array();
	int64_t worst = 0, silent = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t age = ages ? ages[i] : -1;

		json_array_append_new(parts, age >= 0 ? json_integer(age) : json_null());
		worst = age > worst ? age : worst;
		silent += age < 0;
	}
	return json_pack("{s:I,s:I,s:o}", "worst_ms", (json_int_t)worst, "silent_partitions", (json_int_t)silent, "partitions_ms", parts);
}

static void on_services(void *arg)
{
	struct waiting *w = arg;

	if (nbi_req_live(w->r))
		answer(w->r, w->root);
	json_decref(w->root);
	nbi_req_unref(w->r);
	free(w);
}

static void on_lag(int code, const int64_t *ages, size_t count, void *arg)
{
	struct waiting *w = arg;

	json_object_set_new(w->root, "lag", code ? json_null() : lag_json(ages, count));
	nbi_services_look(w->r->nbi->services, &w->services);
}

static void on_status(struct nbi_req *r, const struct hms_pg_error *err)
{
	struct waiting *w;
	int64_t partitions;

	if (err || !r->rows) {
		if (err)
			nbi_refuse_sql(r, err);
		return;
	}
	w = calloc(1, sizeof(*w));
	if (w)
		*w = (struct waiting){ r, json_loadb(r->result.p, r->result.len, 0, NULL), { .told = on_services, .arg = w } };
	if (!w || !w->root) {
		free(w);
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
		return;
	}
	partitions = json_integer_value(json_object_get(w->root, "partitions"));
	json_object_del(w->root, "partitions");
	nbi_req_ref(r);
	if (partitions > 0 && partitions <= PARTITIONS_MAX)
		hms_lag_get(r->nbi->redis, (unsigned)partitions, on_lag, w);
	else
		on_lag(HMS_EUNAVAIL, NULL, 0, w);
}

void nbi_run_status(struct nbi_req *r) { nbi_ask(r, &status, on_status); }
