/* What all cells of a run share: made from the options, and taken down. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "callee.h"
#include "cell.h"
#include "hms/base/clock.h"
#include "hms/crypto/crypto.h"
#include "session.h"

#define ARENA_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define SOURCES_MAX 65536

static const struct cell_kind kinds[] = {
#define CELL_KIND(name, label, model, home) { name, label, model, home },
#include "kinds.def"
#undef CELL_KIND
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

int sim_parse_mix(const char *mix, const struct cell_kind *out[KINDS_MAX], struct hms_err *err)
{
	struct hms_str rest = hms_str(mix);
	int count = 0;

	do {
		struct hms_str name = hms_str_trim(hms_str_split(&rest, ','));
		size_t i = 0;

		while (i < KIND_COUNT && !hms_str_eqz(name, kinds[i].name))
			i++;
		if (i == KIND_COUNT || count == KINDS_MAX)
			return hms_err_set(err, HMS_ESYNTAX, "option --mix: '%.*s' is not a kind of cell", HMS_STR_FMT(name));
		out[count++] = &kinds[i];
	} while (rest.p);
	return count;
}

/* ---- options -> parts ---- */
static int load_models(struct sim *sim, struct hms_err *err)
{
	const char *folder = sim->opt->models ? sim->opt->models : HNBSIM_MODELS;
	int rc = sites_load(folder, &sim->sites, err);

	sim->models = hms_map_new(KIND_COUNT);
	if (!sim->models)
		return HMS_ENOMEM;
	for (size_t i = 0; i < KIND_COUNT && rc == 0; i++) {
		const char *name = kinds[i].model_name;
		struct model *model;

		if (hms_map_get(sim->models, name, strlen(name)))
			continue;
		rc = model_load(folder, name, &model, err);
		if (rc == 0 && (rc = hms_map_put(sim->models, name, strlen(name), model)) != 0)
			model_free(&model);
	}
	return rc;
}

static int add_target(struct sim *sim, const char *option, const char *url, const char *members, struct target_group **out,
		      struct hms_err *err)
{
	int rc = 0;

	if (!url && members)
		return hms_err_set(err, HMS_EINVAL, "option --%s-urls needs --%s, the URL that the cells are given", option, option);
	if (!url)
		return 0;
	rc = targets_add(sim->targets, url, members, err);
	if (rc == HMS_EEXISTS)
		rc = 0;
	if (rc == 0)
		*out = targets_get(sim->targets, hms_str(url), err);
	return rc == 0 ? 0 : hms_err_prefix(err, "option --%s", option);
}

static int add_load_target(struct sim *sim, struct hms_err *err)
{
	struct hms_str rest = hms_str(sim->opt->url), first = hms_str_trim(hms_str_split(&rest, ','));
	char *url = hms_str_dup(first);
	int rc = url ? add_target(sim, "url", url, sim->opt->url, &sim->both, err) : HMS_ENOMEM;

	free(url);
	return rc;
}

static int add_targets(struct sim *sim, struct hms_err *err)
{
	const struct options *opt = sim->opt;
	struct target_group *serving = NULL;
	int rc = opt->url ? add_load_target(sim, err) : 0;

	if (rc == 0)
		rc = add_target(sim, "initial", opt->initial, opt->initial_urls, &sim->initial, err);
	if (rc == 0)
		rc = add_target(sim, "serving", opt->serving, opt->serving_urls, &serving, err);
	if (rc == 0)
		rc = add_target(sim, "both", opt->both, opt->both_urls, &sim->both, err);
	return rc;
}

/* "127.0.1.1" or "127.0.1.1-127.0.1.250". */
static int add_sources(struct sim *sim, const char *text, struct hms_err *err)
{
	struct hms_str rest = hms_str(text), parts[2] = { hms_str_split(&rest, '-'), rest };
	uint32_t ends[2];

	for (int i = 0; i < 2; i++) {
		struct hms_addr addr;
		char with_port[128];
		struct hms_str part = parts[i].p ? parts[i] : parts[0];

		snprintf(with_port, sizeof(with_port), "%.*s:0", HMS_STR_FMT(part));
		if (part.len > 100 || hms_addr_parse(hms_str(with_port), &addr) != 0 || addr.ss.ss_family != AF_INET)
			return hms_err_set(err, HMS_ESYNTAX, "option --source: '%s' is not an IPv4 address or a range of them", text);
		ends[i] = ntohl(((struct sockaddr_in *)&addr.ss)->sin_addr.s_addr);
	}
	if (ends[1] < ends[0] || ends[1] - ends[0] >= SOURCES_MAX)
		return hms_err_set(err, HMS_ESYNTAX, "option --source: '%s' is no range of at most %d addresses", text, SOURCES_MAX);
	sim->source_count = ends[1] - ends[0] + 1;
	sim->sources = calloc(sim->source_count, sizeof(*sim->sources));
	for (size_t i = 0; sim->sources && i < sim->source_count; i++) {
		struct sockaddr_in *in = (struct sockaddr_in *)&sim->sources[i].ss;

		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(ends[0] + (uint32_t)i);
		sim->sources[i].len = sizeof(*in);
	}
	return sim->sources ? 0 : HMS_ENOMEM;
}

static int make_cells(struct sim *sim, struct hms_err *err)
{
	const struct cell_kind *mix[KINDS_MAX];
	int mix_count = sim_parse_mix(sim->opt->mix, mix, err), rc = 0;

	if (mix_count < 0)
		return mix_count;
	sim->cells = calloc((size_t)sim->opt->cells, sizeof(*sim->cells));
	if (!sim->cells)
		return hms_err_set(err, HMS_ENOMEM, "option --cells: not enough memory for %lld cells", (long long)sim->opt->cells);
	while (rc == 0 && sim->cell_count < (size_t)sim->opt->cells) {
		struct cell *cell = &sim->cells[sim->cell_count];

		rc = cell_init(cell, sim, (uint32_t)sim->cell_count, mix[sim->cell_count % (size_t)mix_count], err);
		sim->cell_count += rc == 0;
	}
	return rc;
}

static int check_options(const struct options *opt, struct hms_err *err)
{
	if (strlen(opt->oui) != 6 || strspn(opt->oui, "0123456789ABCDEF") != 6)
		return hms_err_set(err, HMS_EINVAL, "option --oui: '%s' is not six digits 0-9 A-F", opt->oui);
	if (opt->no_cookies && (opt->connection == CONNECTION_PER_POST || opt->spread))
		return hms_err_set(err, HMS_EINVAL,
				   "option --no-cookies: then a session must be one connection (not per-post, not --spread)");
	if (opt->first + opt->cells > 100000000)
		return hms_err_set(err, HMS_EINVAL, "option --cells: serial numbers have 8 digits");
	if (opt->allow && !opt->pg)
		return hms_err_set(err, HMS_EINVAL, "option --allow needs --pg");
	return 0;
}

static int make_tls(struct sim *sim, struct hms_err *err)
{
	const struct options *opt = sim->opt;
	struct hms_tls_client_opts tls = {
		.ca_file = opt->ca,
		.max_version = opt->tls == OPTION_TLS_1_2 ? HMS_TLS_1_2 : HMS_TLS_1_3,
		.insecure = opt->insecure,
		.handshake_timeout_ms = (uint64_t)opt->timeout_http_ms,
	};

	sim->tls = hms_tls_client_new(&tls, err);
	return sim->tls ? 0 : hms_err_prefix(err, "option --ca");
}

static int make_parts(struct sim *sim, struct hms_err *err)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;

	limits.side = HMS_CWMP_READ_CPE;
	sim->targets = targets_new();
	sim->arena = hms_arena_new(ARENA_MAX_BYTES);
	sim->reader = sim->arena ? hms_cwmp_reader_new(sim->arena, &limits) : NULL;
	return sim->targets && sim->reader ? make_tls(sim, err) : hms_err_set(err, HMS_ENOMEM, "out of memory");
}

int sim_init(struct sim *sim, const struct options *opt, struct hms_loop *loop, const struct sim_watch *watch, struct hms_err *err)
{
	int rc = check_options(opt, err);

	*sim = (struct sim){ .opt = opt, .loop = loop, .watch = watch, .started_us = hms_wall_us() };
	hms_list_init(&sim->free_sessions);
	hms_list_init(&sim->live_sessions);
	sim->seed = opt->seed > 0 ? (uint64_t)opt->seed : hms_random_u64() >> 16;
	sim->rng.state = sim->seed;
	if (rc == 0)
		rc = make_parts(sim, err);
	if (rc == 0)
		rc = load_models(sim, err);
	if (rc == 0)
		rc = add_targets(sim, err);
	if (rc == 0 && opt->source)
		rc = add_sources(sim, opt->source, err);
	if (rc == 0 && opt->record && (rc = record_open(opt->record, &sim->record, err)) != 0)
		hms_err_prefix(err, "option --record");
	if (rc == 0 && opt->callee) {
		sim->callee = callee_open(sim, opt->callee, err);
		rc = sim->callee ? 0 : err->code;
	}
	return rc == 0 ? make_cells(sim, err) : rc;
}

static void free_model(struct hms_str key, void *value, void *arg)
{
	struct model *model = value;

	(void)key, (void)arg;
	model_free(&model);
}

int sim_fini(struct sim *sim)
{
	sim_stop(sim);
	callee_close(&sim->callee);
	for (size_t i = 0; i < sim->cell_count; i++)
		cell_fini(&sim->cells[i]);
	free(sim->cells);
	sessions_free(sim);
	hms_cwmp_reader_free(&sim->reader);
	hms_arena_free(&sim->arena);
	targets_free(&sim->targets);
	hms_tls_client_free(&sim->tls);
	sites_free(&sim->sites);
	if (sim->models)
		hms_map_each(sim->models, free_model, NULL);
	hms_map_free(&sim->models);
	free(sim->sources);
	return record_close(&sim->record);
}

void sim_reset_counts(struct sim *sim)
{
	sim->counts = (struct sim_counts){ 0 };
	for (size_t i = 0; i < sim->cell_count; i++)
		sim->cells[i].tls_memory.full = sim->cells[i].tls_memory.resumed = 0;
}

void sim_stop(struct sim *sim)
{
	sim->stopping = true;
	for (size_t i = 0; i < sim->cell_count; i++) {
		hms_timer_stop(&sim->cells[i].timer);
		hms_timer_stop(&sim->cells[i].op_timer);
		pm_stop(&sim->cells[i]);
		transfer_stop(&sim->cells[i]);
	}
}
