/* Metrics of the process: memory, processor, descriptors, build. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_internal.h"
#include "hms/base/clock.h"

const struct hms_metric_def app_metric_defs[] = {
#define METRIC_OWNER struct app_metrics
#include "hms/metrics/rows.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
const size_t app_metric_count = sizeof(app_metric_defs) / sizeof(app_metric_defs[0]);

static const struct hms_metric_def *def_at(size_t offset)
{
	const struct hms_metric_def *def = app_metric_defs;

	while (def->offset != offset)
		def++;
	return def;
}

static int64_t resident_bytes(void)
{
	char text[128];
	struct hms_str rest;
	uint64_t pages;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	rest = hms_strn(text, n > 0 ? (size_t)n : 0);
	hms_str_split(&rest, ' '); /* the first field is the size of the address space */
	if (hms_str_u64(hms_str_split(&rest, ' '), &pages) < 0)
		return 0;
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static int64_t open_descriptors(void)
{
	struct stat st;
	int64_t n = 0;
	DIR *dir;

	/* Since Linux 6.2 the size of the directory is their number. */
	if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
		return st.st_size;
	dir = opendir("/proc/self/fd");
	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 3; /* ".", ".." and that of the directory itself */
}

static uint64_t cpu_us(void)
{
	struct rusage use;

	if (getrusage(RUSAGE_SELF, &use) != 0)
		return 0;
	return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

void app_metrics_init(struct app_metrics *m)
{
	struct rlimit limit;

	hms_gauge_set(&m->start_time, hms_wall_us() / 1000000);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		hms_gauge_set(&m->max_fds, (int64_t)limit.rlim_cur);
	hms_gauge_at(&m->build, def_at(offsetof(struct app_metrics, build)), hms_version, 1);
	/* Made here, so that a rate can be taken before the first one. */
	hms_vec_at(&m->reloads, def_at(offsetof(struct app_metrics, reloads)), "ok");
	hms_vec_at(&m->reloads, def_at(offsetof(struct app_metrics, reloads)), "failed");
}

void app_metrics_refresh(struct app_metrics *m)
{
	hms_gauge_set(&m->resident, resident_bytes());
	hms_gauge_set(&m->open_fds, open_descriptors());
	m->cpu.us = cpu_us();
}

void app_metrics_count_reload(struct app_metrics *m, bool ok)
{
	hms_counter_inc(hms_vec_at(&m->reloads, def_at(offsetof(struct app_metrics, reloads)), ok ? "ok" : "failed"));
}
