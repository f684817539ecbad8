/** A device in memory: parameters of several types, a table, notifications, and what it refuses. Beside it the cache that HMS has of it. */
#ifndef TEST_DESIRED_SIM_H
#define TEST_DESIRED_SIM_H

#include "hms/desired/plan.h"

#define SIM_PARAMS 12
#define SIM_ROWS 64
#define SIM_COLUMNS 3

struct sim_param {
	char path[64], value[32];
	enum hms_xsd type;
	int notify;
	bool exists, read_only, hidden, untold;
};

struct sim_row {
	uint32_t instance; /* 0: free */
	char cells[SIM_COLUMNS][32];
};

struct sim {
	struct sim_param params[SIM_PARAMS];
	struct sim_row rows[SIM_ROWS];
	uint32_t next_instance;
	bool no_table, no_attributes;
	size_t executed[HMS_CWMP_METHOD_COUNT];
	json_t *cache;
};

#define SIM_TABLE "Device.Table."
extern const char *const sim_columns[SIM_COLUMNS]; /* K, L: the key; V */
extern const enum hms_xsd sim_column_types[SIM_COLUMNS];

struct sim_answer {
	uint32_t fault;
	struct hms_known_fault faults[SIM_PARAMS * 2];
	size_t fault_count;
	struct hms_known_row rows[512];
	char paths[512][80], values[512][32];
	size_t row_count;
	uint32_t instance;
};

/** Executes an RPC. */
void sim_execute(struct sim *s, enum hms_cwmp_method method, const json_t *payload, struct sim_answer *out);
/** What HMS makes of the answer: its cache, and its notes. */
enum hms_known_next sim_learn(struct sim *s, struct hms_known *known, enum hms_cwmp_method method, const json_t *payload,
			      const struct sim_answer *answer);
/** struct hms_known.value over the cache. */
bool sim_value(void *arg, struct hms_str path, struct hms_str *out);

struct sim_param *sim_param(struct sim *s, const char *path);
char *sim_cell(struct sim *s, const char *path);
struct sim_row *sim_free_row(struct sim *s);

#endif
