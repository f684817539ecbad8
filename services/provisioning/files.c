/* Signed URLs of the file server. */
#include "files.h"

#include "file_event.pb-c.h"

#define URL_MAX_BYTES 256 /* Download and Upload (TR-069 A.3.2.8), and the URL parameters of TR-196 */

int prov_files_url(const struct prov_files *files, struct hms_arena *arena, const struct hms_file_grant *grant, struct hms_str name,
		   struct hms_str *out, struct hms_err *err)
{
	struct hms_buf url = HMS_BUF_INIT(URL_MAX_BYTES + 1);
	int rc;

	if (!files || !files->base.len)
		return hms_err_set(err, HMS_ENOENT, "there is no file server: [provisioning] files_url is empty");
	rc = hms_file_url_make(files->signer, grant, files->base, name, &url);
	*out = rc ? (struct hms_str){ NULL, 0 } : hms_str(hms_arena_strz(arena, hms_buf_view(&url)));
	hms_buf_fini(&url);
	if (rc == HMS_EFULL)
		return hms_err_set(err, HMS_ETOOBIG, "a URL of the file server is longer than %d characters", URL_MAX_BYTES);
	return rc || !out->p ? HMS_ENOMEM : 0;
}

int prov_files_pm_url(const struct prov_files *files, struct hms_arena *arena, struct hms_device_id device, struct hms_str *out,
		      struct hms_err *err)
{
	const struct hms_file_grant grant = { .op = HMS_FILE_UPLOAD, .kind = HMS__FILE_EVENT__KIND__PM, .device = device };

	return prov_files_url(files, arena, &grant, HMS_STR(""), out, err);
}

unsigned prov_files_kind(struct hms_str file_type)
{
	static const struct {
		const char *prefix;
		unsigned kind;
	} kinds[] = {
		{ "1 ", HMS__FILE_EVENT__KIND__CONFIGURATION },
		{ "2 ", HMS__FILE_EVENT__KIND__LOG },
		{ "3 ", HMS__FILE_EVENT__KIND__CONFIGURATION },
		{ "4 ", HMS__FILE_EVENT__KIND__LOG },
		{ "X 00256D 3GPP Performance File", HMS__FILE_EVENT__KIND__PM }, /* PM-05 */
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (hms_str_starts(file_type, hms_str(kinds[i].prefix)))
			return kinds[i].kind;
	return HMS__FILE_EVENT__KIND__OTHER;
}
