/* How a batch ends: its first error, counting, and the one call of done. */
#include "internal.h"

#include <stdlib.h>

#include "hms/base/clock.h"

/* I5: worth another try, since another time or another server may take it. */
static bool sqlstate_retriable(const char *state)
{
	static const char *const prefixes[] = { "40001", "40P01", "08", "53", "57P" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(state, prefixes[i], strlen(prefixes[i])) == 0) {
			return true;
		}
	}
	return false;
}

static void batch_set_text(struct hms_pg_batch *batch, const char *text)
{
	char *copy = hms_str_dup(hms_str_trim(hms_str(text)));

	free((char *)batch->error.text);
	batch->error.text = copy;
}

void pg_batch_fail(struct hms_pg_batch *batch, int code, const char *text)
{
	bool retriable = code == HMS_EUNAVAIL || code == HMS_ETIMEOUT || code == HMS_EFULL;

	batch->error = (struct hms_pg_error){ .code = code, .text = batch->error.text, .retriable = retriable };
	batch_set_text(batch, text);
}

void pg_batch_fail_result(struct hms_pg_batch *batch, const PGresult *res, const char *stmt)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	struct hms_pg_error *error = &batch->error;

	if (error->code) {
		return;
	}
	error->code = HMS_ESQL;
	error->stmt = stmt;
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", state ? state : "");
	error->retriable = sqlstate_retriable(error->sqlstate);
	batch_set_text(batch, text ? text : PQresultErrorMessage(res));
}

static void batch_count(const struct hms_pg_batch *batch)
{
	static const struct {
		int code;
		const char *name;
	} results[] = {
		{ HMS_OK, "ok" },      { HMS_ESQL, "rejected" },      { HMS_EUNAVAIL, "unavailable" }, { HMS_ETIMEOUT, "timeout" },
		{ HMS_EFULL, "full" }, { HMS_ECANCELED, "canceled" },
	};
	enum { COUNT = sizeof(results) / sizeof(results[0]) };
	static struct hms_counter *counters[COUNT + 1];
	size_t i = 0;

	while (i < COUNT && results[i].code != batch->error.code) {
		i++;
	}
	if (!counters[i]) {
		counters[i] = hms_vec_at(&pg_metrics.batches, &hms_pg_metric_defs[0], i < COUNT ? results[i].name : "error");
	}
	hms_counter_inc(counters[i]);
	hms_histogram_observe_us(&pg_metrics.batch_us, hms_mono_us() - batch->sent_us);
}

void pg_batch_end(struct hms_pg_batch *batch)
{
	struct hms_pg_error *error = &batch->error;

	batch_count(batch);
	if (error->code && !error->text) {
		error->text = hms_str_dup(hms_str(hms_strerror(HMS_ENOMEM)));
	}
	if (batch->done) {
		batch->done(error->code ? error : NULL, batch->arg);
	}
	hms_pg_batch_free(&batch);
}
