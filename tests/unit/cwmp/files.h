/* The messages of a folder, for the tests that read them all. */
#ifndef CWMP_FILES_H
#define CWMP_FILES_H

#include <dirent.h>
#include <stdlib.h>

#include "cwmp_test.h"

/* Messages of real devices, when they are there. */
#define CORPUS HMS_SOURCE_DIR "/../shared/corpus/inform"
#define SAMPLES HMS_SOURCE_DIR "/tests/data/cwmp"

enum { MAX_FILE_BYTES = 4 * 1024 * 1024 };

/* Terminated; free with free(). */
static inline struct hms_str read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(MAX_FILE_BYTES + 1);
	struct hms_str content = { bytes, 0 };

	assert_non_null(file);
	assert_non_null(bytes);
	content.len = fread(bytes, 1, MAX_FILE_BYTES, file);
	bytes[content.len] = '\0';
	fclose(file);
	return content;
}

/* Calls fn for each *.xml, with a fresh arena. Returns how many there are, -1 when there is no such folder. */
static inline int each_message(const char *folder, void (*fn)(const char *file, struct hms_str body))
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		char path[1024];
		struct hms_str body;

		if (!hms_str_ends(hms_str(entry->d_name), HMS_STR(".xml")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		body = read_file(path);
		fn(entry->d_name, body);
		free((char *)(uintptr_t)body.p);
		count++;
		hms_arena_reset(arena);
	}
	closedir(dir);
	return count;
}

#endif
