/* Paths of parameters by their ids. */
#include "paths.h"

#include <stdlib.h>

#include "hms/base/err.h"
#include "hms/base/map.h"

struct nbi_paths {
	struct hms_map *by_id; /* values: terminated patterns */
	size_t max;
};

struct nbi_paths *nbi_paths_new(size_t max)
{
	struct nbi_paths *paths = calloc(1, sizeof(*paths));

	if (!paths)
		return NULL;
	paths->max = max;
	paths->by_id = hms_map_new(max);
	if (!paths->by_id)
		nbi_paths_free(&paths);
	return paths;
}

static void free_pattern(struct hms_str key, void *value, void *arg)
{
	(void)key;
	(void)arg;
	free(value);
}

static void forget(struct nbi_paths *paths)
{
	hms_map_each(paths->by_id, free_pattern, NULL);
	hms_map_clear(paths->by_id);
}

void nbi_paths_free(struct nbi_paths **paths)
{
	if (!*paths)
		return;
	if ((*paths)->by_id)
		forget(*paths);
	hms_map_free(&(*paths)->by_id);
	free(*paths);
	*paths = NULL;
}

struct hms_str nbi_paths_get(const struct nbi_paths *paths, uint32_t id) { return hms_str(hms_map_get(paths->by_id, &id, sizeof(id))); }

int nbi_paths_put(struct nbi_paths *paths, uint32_t id, struct hms_str pattern)
{
	char *copy;

	if (nbi_paths_get(paths, id).p)
		return 0;
	if (hms_map_count(paths->by_id) == paths->max)
		forget(paths);
	copy = hms_str_dup(pattern);
	if (copy && hms_map_put(paths->by_id, &id, sizeof(id), copy) == 0)
		return 0;
	free(copy);
	return HMS_ENOMEM;
}
