/** URLs of the file server that HMS hands out: signed, so that nothing else has to be agreed on (hms/device/file_url.h). */
#ifndef PROV_FILES_H
#define PROV_FILES_H

#include "hms/base/arena.h"
#include "hms/base/err.h"
#include "hms/device/file_url.h"

/** What signs, and where the file servers are. An empty base: no file server, no URLs. */
struct prov_files {
	const struct hms_file_signer *signer;
	struct hms_str base;
};

/** The URL of a grant; name: of a file to be downloaded. Returns 0, HMS_ENOENT (no file server), HMS_ETOOBIG (no device would take it), HMS_ENOMEM; with text. */
int prov_files_url(const struct prov_files *files, struct hms_arena *arena, const struct hms_file_grant *grant, struct hms_str name,
		   struct hms_str *out, struct hms_err *err);

/** The standing URL of a device's periodic PM uploads (PM-01): it never expires. */
int prov_files_pm_url(const struct prov_files *files, struct hms_arena *arena, struct hms_device_id device, struct hms_str *out,
		      struct hms_err *err);

/** Hms__FileEvent__Kind of what an Upload with this FileType brings. */
unsigned prov_files_kind(struct hms_str file_type);

#endif
