/* Periodic uploads of PM files by a cell. */
#include "pm.h"

#include <stdio.h>

#include "backoff.h"
#include "exchange.h"
#include "hms/base/clock.h"
#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)
#define BEHIND_MAX 96 /* periods that are kept for a server that is away: a day of 15 minutes each */
#define DEFAULT_INTERVAL_S 900

static void on_timer(struct hms_timer *timer, void *arg);

void pm_init(struct cell *cell) { hms_timer_init(&cell->pm.timer, cell->sim->loop, on_timer, cell); }

void pm_stop(struct cell *cell)
{
	exchange_stop(&cell->pm.upload);
	hms_timer_stop(&cell->pm.timer);
}

void pm_forget(struct cell *cell)
{
	uint32_t uploaded = cell->pm.uploaded;

	pm_stop(cell);
	cell->pm = (struct pm){ .uploaded = uploaded };
	pm_init(cell);
}

/* ---- the cell's clock for PM ---- */
static double pm_now_s(const struct cell *cell)
{
	double now_s = (double)hms_wall_us() / 1e6, since_s = (double)cell->pm.since_s;

	return since_s > 0 ? since_s + (now_s - since_s) * cell->sim->opt->pm_scale : now_s;
}

static int64_t last_end_s(const struct cell *cell, int64_t interval_s, int64_t phase_s)
{
	int64_t now_s = (int64_t)pm_now_s(cell), into = (now_s - phase_s) % interval_s;

	return now_s - (into < 0 ? into + interval_s : into);
}

int64_t pm_last_end_s(const struct cell *cell, int64_t *interval_s)
{
	struct pm_config config;

	pm_read_config(cell, &config);
	*interval_s = config.interval_s > 0 ? config.interval_s : DEFAULT_INTERVAL_S;
	return last_end_s(cell, *interval_s, config.phase_s);
}

/* ---- files ---- */
uint64_t pm_make_file(const struct cell *cell, int64_t end_s, int64_t interval_s, struct hms_buf *out, char name[PM_NAME_SIZE])
{
	struct hms_buf text = HMS_BUF_INIT(FILE_MAX_BYTES);
	char prefix[TREE_SCRATCH], dn_prefix[260], local_dn[CELL_DN_SIZE];
	struct hms_str dn = cell_role_text(cell, ROLE_DN_PREFIX, prefix);
	struct pm_file file = { .seed = cell->sim->seed, .number = cell->number, .positioned = cell->tree.model->pm_positioned };
	uint64_t sum;

	snprintf(dn_prefix, sizeof(dn_prefix), "%.*s", HMS_STR_FMT(dn));
	file.radio = strcmp(cell->kind->label, "henb") == 0 ? PM_LTE : PM_UMTS;
	file.vendor = cell->tree.model->manufacturer;
	file.dn_prefix = dn_prefix;
	file.local_dn = cell_local_dn(cell, local_dn);
	file.unique_id = strchr(local_dn, '=') + 1;
	file.end_s = end_s;
	file.interval_s = interval_s;
	sum = pm_file_write(&file, &text);
	pm_file_name(&file, name);
	if (cell->sim->opt->pm_gzip) {
		pm_gzip(hms_buf_view(&text), out);
		strncat(name, ".gz", PM_NAME_SIZE - strlen(name) - 1);
	} else {
		hms_buf_str(out, hms_buf_view(&text));
	}
	hms_buf_fini(&text);
	return sum;
}

/* One line of the record; status 0: how it went stands in result. */
static void record_period(const struct cell *cell, const char *result, unsigned status)
{
	struct record *record = cell->sim->record;
	const struct pm *pm = &cell->pm;
	char serial[CELL_SERIAL_SIZE], end[32], digest[65];

	if (!record_begin(record, cell_serial(cell, serial), "pm"))
		return;
	hms_time_iso(pm->next_end_s * 1000000, end, sizeof(end));
	hms_hex(pm->sha256, sizeof(pm->sha256), digest);
	record_text(record, "period_end", hms_str(end));
	record_int(record, "interval", pm->interval_s);
	record_int(record, "period", pm->period);
	record_text(record, "result", hms_str(result));
	if (status > 0)
		record_int(record, "status", status);
	if (pm->size > 0) {
		record_int(record, "size", (int64_t)pm->size);
		record_text(record, "sha256", hms_str(digest));
		record_int(record, "sum", (int64_t)pm->sum);
	}
	record_end(record);
}

static void next_period(struct cell *cell)
{
	cell->pm.next_end_s += cell->pm.interval_s;
	cell->pm.period++;
	cell->pm.attempts = 0;
	cell->pm.size = 0;
}

static void wait_for_next(struct cell *cell)
{
	struct pm *pm = &cell->pm;
	double wait_ms = ((double)pm->next_end_s - pm_now_s(cell)) * 1000 / cell->sim->opt->pm_scale;

	hms_timer_start(&pm->timer, wait_ms > 0 ? (uint64_t)wait_ms + 1 : 0);
}

static void on_uploaded(const struct exchange_result *result, void *arg)
{
	struct cell *cell = arg;
	struct pm *pm = &cell->pm;
	bool taken = result->status >= 200 && result->status < 300;

	pm->upload = NULL;
	record_period(cell, taken ? "ok" : result->status > 0 ? "refused" : hms_strerror(result->code), result->status);
	cell->sim->counts.pm_uploads += taken;
	cell->sim->counts.pm_failures += !taken;
	if (taken) {
		pm->uploaded++;
		next_period(cell);
		wait_for_next(cell);
		return;
	}
	pm->attempts++;
	hms_timer_start(&pm->timer, backoff_wait_ms(pm->attempts, BACKOFF_MINIMUM_S, BACKOFF_MULTIPLIER, cell->sim->opt->backoff_scale,
						    rng_next(&cell->sim->rng)));
}

static void upload(struct cell *cell, const struct pm_config *config)
{
	struct hms_buf file = HMS_BUF_INIT(FILE_MAX_BYTES);
	struct pm *pm = &cell->pm;
	char name[PM_NAME_SIZE];
	struct exchange_request request = { .put = true,
					    .url = config->url,
					    .user = config->user,
					    .password = config->password,
					    .append = name,
					    .content_type = "application/xml",
					    .gzip = cell->sim->opt->pm_gzip };

	pm->sum = pm_make_file(cell, pm->next_end_s, pm->interval_s, &file, name);
	pm->size = file.len;
	hms_sha256(file.p, file.len, pm->sha256);
	request.body = hms_buf_view(&file);
	pm->upload = file.failed ? NULL : exchange_start(cell, &request, on_uploaded, cell);
	hms_buf_fini(&file);
	if (!pm->upload)
		on_uploaded(&(struct exchange_result){ .code = HMS_ENOMEM }, cell);
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct cell *cell = arg;
	struct pm *pm = &cell->pm;
	struct pm_config config;

	(void)timer;
	pm_read_config(cell, &config);
	if (!config.on || cell->state != CELL_UP || cell->sim->stopping || pm->upload)
		return;
	while (pm->next_end_s + BEHIND_MAX * pm->interval_s < last_end_s(cell, pm->interval_s, config.phase_s)) {
		record_period(cell, "dropped", 0);
		next_period(cell);
	}
	if ((int64_t)pm->period == cell->sim->opt->pm_skip) {
		record_period(cell, "skipped", 0);
		next_period(cell);
	}
	if ((double)pm->next_end_s <= pm_now_s(cell))
		upload(cell, &config);
	else
		wait_for_next(cell);
}

/* The first period: with --pm-history so many before it have ended and are there. */
static void begin(struct cell *cell, const struct pm_config *config)
{
	struct pm *pm = &cell->pm;
	int64_t end_s;

	pm->interval_s = config->interval_s;
	pm->since_s = hms_wall_us() / 1000000;
	end_s = last_end_s(cell, config->interval_s, config->phase_s) - (cell->sim->opt->pm_history - 1) * config->interval_s;
	if (end_s > pm->next_end_s) /* not again what was uploaded before they were off */
		pm->next_end_s = end_s;
	pm->period = 1;
	pm->attempts = 0;
}

void pm_follow(struct cell *cell)
{
	struct pm *pm = &cell->pm;
	struct pm_config config;

	pm_read_config(cell, &config);
	if (!config.on) {
		if (pm->on)
			cell_record_state(cell, "pm", HMS_STR("off"));
		pm->on = false;
		pm_stop(cell); /* one that is under way, too: no more uploads (PM-02) */
		return;
	}
	if (!pm->on)
		cell_record_state(cell, "pm", HMS_STR("on"));
	if (!pm->on || pm->interval_s != config.interval_s)
		begin(cell, &config);
	pm->on = true;
	if (!pm->upload && !hms_timer_active(&pm->timer) && cell->state == CELL_UP)
		hms_timer_start(&pm->timer, 0);
}
