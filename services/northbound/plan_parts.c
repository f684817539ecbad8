/* What plans are made with. */
#include <stdlib.h>

#include "nbi.h"
#include "plan.h"

void nbi_plan_parts_free(struct nbi_plan_parts **parts)
{
	if (!*parts)
		return;
	hms_models_free(&(*parts)->models);
	hms_quirks_free(&(*parts)->quirks);
	hms_secret_free(&(*parts)->secret);
	free(*parts);
	*parts = NULL;
}

int nbi_plan_parts_load(const struct nbi_conf *conf, const char *secret_file, struct nbi_plan_parts **out, struct hms_err *err)
{
	struct nbi_plan_parts *parts = *out = calloc(1, sizeof(*parts));
	int rc;

	if (!parts)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	parts->files_url = conf->files_url;
	rc = hms_models_load(conf->datamodel_dir, &parts->models, err);
	if (rc)
		hms_err_prefix(err, "[northbound] datamodel_dir");
	else if ((rc = hms_quirks_load(conf->quirks_dir, &parts->quirks, err)))
		hms_err_prefix(err, "[northbound] quirks_dir");
	else if (*secret_file && (rc = hms_secret_load(secret_file, &parts->secret, err)))
		hms_err_prefix(err, "[service] secret_file");
	if (parts->secret)
		hms_secret_key(parts->secret, "desired", parts->digest_key); /* as provisioning has it */
	if (rc)
		nbi_plan_parts_free(out);
	return rc;
}
