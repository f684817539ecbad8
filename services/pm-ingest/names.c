/* Names of counters, groups and objects to ids, learnt outside of the transaction. */
#include "batch.h"
#include "hms/base/clock.h"

/* A name that was asked for: its id is in the dictionary, or there is none. */
#define ASKED UINT32_MAX
#define DAY_US 86400000000LL

/* Counters and groups that are new come from the first devices of a model; a device that goes on and on would fill the dictionary for all. */
static bool may_bring(struct pmi *pmi, struct hms_device_id id)
{
	int64_t today = hms_wall_us() / DAY_US;
	uintptr_t n;

	if (pmi->newcomers_day != today)
		hms_map_clear(pmi->newcomers);
	pmi->newcomers_day = today;
	n = (uintptr_t)hms_map_get(pmi->newcomers, id.b, sizeof(id.b));
	return n < (uintptr_t)pmi->conf->new_names_per_device && hms_map_put(pmi->newcomers, id.b, sizeof(id.b), (void *)(n + 1)) == 0;
}

/* False: it is one too many of this device. */
static bool want(struct pmi_batch *b, struct pmi_file *f, enum pmi_dict dict, uint32_t name)
{
	uint32_t *id = &f->ids[dict][name];

	if (*id)
		return true;
	*id = hms_pg_dict_id(b->pmi->dicts[dict], f->names[name]);
	if (*id)
		return true;
	if (dict != PMI_OBJECT && !may_bring(b->pmi, f->id))
		return false;
	*id = ASKED;
	hms_pg_dict_want(b->pmi->dicts[dict], f->names[name]);
	return true;
}

static bool want_info(struct pmi_batch *b, struct pmi_file *f, const struct hms_pm_info *info)
{
	bool may = want(b, f, PMI_GROUP, info->group);

	for (size_t k = info->first; may && k < info->first + info->count; k++)
		may = want(b, f, PMI_COUNTER, f->facts[k].counter) && want(b, f, PMI_OBJECT, f->facts[k].object);
	return may;
}

void pmi_names_want(struct pmi_batch *b)
{
	pmi_each_file(b, f)
	{
		for (size_t i = 0; i < f->info_count; i++) {
			struct pmi_unit *unit = &f->units[f->unit_of[i]];

			if (f->infos[i].rejected || !unit->load || want_info(b, f, &f->infos[i]))
				continue;
			unit->load = false;
			unit->reason = "new_names";
		}
	}
}

uint32_t pmi_name_id(struct pmi_batch *b, struct pmi_file *f, enum pmi_dict dict, uint32_t name)
{
	uint32_t *id = &f->ids[dict][name];

	if (*id == ASKED)
		*id = hms_pg_dict_id(b->pmi->dicts[dict], f->names[name]);
	return *id;
}

/* One dictionary after the other. */
static void on_learned(int code, void *arg)
{
	struct pmi_batch *b = arg;

	if (code || !pmi_names_learn(b))
		hms_stream_go_on(b->pmi->stream, code);
}

bool pmi_names_learn(struct pmi_batch *b)
{
	for (int d = 0; d < PMI_DICTS; d++)
		if (hms_pg_dict_wanted(b->pmi->dicts[d]))
			return hms_pg_dict_learn(b->pmi->dicts[d], on_learned, b) == 0;
	return false;
}
