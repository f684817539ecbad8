/* The files of a migrations folder. */
#include "migration.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { VERSION_DIGITS = 4 };

static int migration_order(const void *a, const void *b)
{
	return ((const struct migration *)a)->version - ((const struct migration *)b)->version;
}

/* "0001_name.sql" */
static int migration_parse(const char *file, struct migration *out, struct hms_err *err)
{
	struct hms_str name = hms_str(file);
	uint64_t version;

	if (name.len >= sizeof(out->name) || name.len <= VERSION_DIGITS + sizeof("_.sql") - 1 || name.p[VERSION_DIGITS] != '_' ||
	    !isdigit((unsigned char)name.p[0]) || hms_str_u64(hms_strn(name.p, VERSION_DIGITS), &version) || !version) {
		return hms_err_set(err, HMS_ESYNTAX, "%s: a migration is named NNNN_name.sql, from 0001 on", file);
	}
	out->version = (int)version;
	memcpy(out->name, name.p, name.len + 1);
	return 0;
}

static int migrations_add(struct migrations *list, const char *file, struct hms_err *err)
{
	struct migration *items;

	if (list->count == MIGRATION_FILES_MAX) {
		return hms_err_set(err, HMS_EFULL, "more than %d migrations", MIGRATION_FILES_MAX);
	}
	items = realloc(list->items, (list->count + 1) * sizeof(*items));
	if (!items) {
		return hms_err_set(err, HMS_ENOMEM, "%s", hms_strerror(HMS_ENOMEM));
	}
	list->items = items;
	return migration_parse(file, &items[list->count++], err);
}

static int migrations_scan(DIR *dir, struct migrations *out, struct hms_err *err)
{
	const struct dirent *entry;
	int code = 0;

	while (!code && (entry = readdir(dir))) {
		if (hms_str_ends(hms_str(entry->d_name), HMS_STR(".sql"))) {
			code = migrations_add(out, entry->d_name, err);
		}
	}
	if (code) {
		return code;
	}
	if (out->count) {
		qsort(out->items, out->count, sizeof(*out->items), migration_order);
	}
	for (size_t i = 1; i < out->count; i++) {
		if (out->items[i].version == out->items[i - 1].version) {
			return hms_err_set(err, HMS_EEXISTS, "%s and %s have the same version", out->items[i - 1].name, out->items[i].name);
		}
	}
	return 0;
}

int migrations_list(const char *folder, struct migrations *out, struct hms_err *err)
{
	DIR *dir = opendir(folder);
	int code;

	*out = (struct migrations){ 0 };
	if (!dir) {
		return hms_err_set(err, HMS_ENOENT, "%s: %s", folder, strerror(errno));
	}
	code = migrations_scan(dir, out, err);
	closedir(dir);
	if (code) {
		migrations_fini(out);
	}
	return code;
}

void migrations_fini(struct migrations *list)
{
	free(list->items);
	*list = (struct migrations){ 0 };
}

int migration_read(const char *folder, const struct migration *m, struct hms_buf *out, struct hms_err *err)
{
	char path[4096], chunk[8192];
	FILE *file;
	size_t got;
	int code = 0;

	hms_buf_reset(out);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, m->name) >= sizeof(path)) {
		return hms_err_set(err, HMS_ETOOBIG, "%s: the path is too long", m->name);
	}
	file = fopen(path, "re");
	if (!file) {
		return hms_err_set(err, HMS_EIO, "%s: %s", path, strerror(errno));
	}
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0) {
		hms_buf_add(out, chunk, got);
	}
	if (ferror(file)) {
		code = hms_err_set(err, HMS_EIO, "%s: cannot be read", path);
	} else if (out->failed) {
		code = out->failed == HMS_EFULL ? HMS_ETOOBIG : out->failed;
		hms_err_set(err, code, "%s: %s (at most %d bytes)", path, hms_strerror(code), MIGRATION_FILE_BYTES_MAX);
	} else if (out->len && memchr(out->p, '\0', out->len)) {
		code = hms_err_set(err, HMS_ESYNTAX, "%s: holds a NUL byte", path);
	}
	fclose(file);
	return code;
}
