/* The configurations of a run: the one in force, and older ones that somebody may still hold values of. */
#include "app_internal.h"

/* The first is held by all that was made at start-up; of the later ones the oldest goes when there are too many. */
static void make_room(struct app_confs *confs)
{
	if (confs->count < APP_CONFS_MAX)
		return;
	hms_conf_free(&confs->kept[1]);
	for (size_t i = 1; i + 1 < APP_CONFS_MAX; i++)
		confs->kept[i] = confs->kept[i + 1];
	confs->count--;
}

int app_confs_load(struct app_confs *confs, struct hms_err *err)
{
	struct hms_conf *conf;
	int rc = hms_conf_load(confs->file, confs->sections, &conf, err);

	if (rc < 0)
		return rc;
	if (confs->count > 0 && hms_conf_equal(confs->kept[confs->count - 1], conf)) {
		hms_conf_free(&conf);
		return 0;
	}
	make_room(confs);
	confs->kept[confs->count++] = conf;
	return 0;
}

const struct hms_conf *app_confs_now(const struct app_confs *confs) { return confs->kept[confs->count - 1]; }

const struct hms_service_conf *app_confs_service(const struct app_confs *confs)
{
	return hms_conf_get(app_confs_now(confs), &hms_service_conf_section);
}

void app_confs_set_log_level(const struct app_confs *confs)
{
	const struct app_log_conf *log = hms_conf_get(app_confs_now(confs), &app_log_section);

	/* The choices stand in the order of the levels. */
	hms_log_set_level((enum hms_log_level)log->level);
}

void app_confs_free(struct app_confs *confs)
{
	while (confs->count > 0)
		hms_conf_free(&confs->kept[--confs->count]);
}
