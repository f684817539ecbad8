/* Names of counters, groups and objects to ids, learnt outside of the transaction. */
#include "batch.h"

/* A name that was asked for: its id is in the dictionary, or there is none. */
#define ASKED UINT32_MAX

static void want(struct pmi_batch *b, struct pmi_file *f, enum pmi_dict dict, uint32_t name)
{
	uint32_t *id = &f->ids[dict][name];

	if (*id)
		return;
	*id = hms_pg_dict_id(b->pmi->dicts[dict], f->names[name]);
	if (*id)
		return;
	*id = ASKED;
	hms_pg_dict_want(b->pmi->dicts[dict], f->names[name]);
}

void pmi_names_want(struct pmi_batch *b)
{
	pmi_each_file(b, f)
	{
		for (size_t i = 0; i < f->info_count; i++) {
			const struct hms_pm_info *info = &f->infos[i];

			if (info->rejected || !f->units[f->unit_of[i]].load)
				continue;
			want(b, f, PMI_GROUP, info->group);
			for (size_t k = info->first; k < info->first + info->count; k++) {
				want(b, f, PMI_COUNTER, f->facts[k].counter);
				want(b, f, PMI_OBJECT, f->facts[k].object);
			}
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
