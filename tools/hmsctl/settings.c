/* Where the API is and who asks. */
#include "settings.h"

#include <stdlib.h>

static int keep(char out[512], struct hms_str value, struct hms_err *err)
{
	value = hms_str_trim(value);
	if (value.len >= 512 || memchr(value.p, '\n', value.len))
		return hms_err_set(err, HMS_EINVAL, "an address or token is too long");
	memcpy(out, value.p, value.len);
	out[value.len] = '\0';
	return 0;
}

/* "url = ..." and "token = ...", comments begin with #. */
static int read_line(struct ctl_settings *out, struct hms_str line, const char *file, unsigned number, struct hms_err *err)
{
	struct hms_str value = line, key = hms_str_trim(hms_str_split(&value, '='));

	if (!key.len || key.p[0] == '#')
		return 0;
	if (value.p && hms_str_eqz(key, "url"))
		return keep(out->url, value, err);
	if (value.p && hms_str_eqz(key, "token"))
		return keep(out->token, value, err);
	return hms_err_set(err, HMS_ESYNTAX, "%s:%u: url = ... or token = ... is needed", file, number);
}

static int read_file(struct ctl_settings *out, struct hms_err *err)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
	char file[4096], line[1024];
	unsigned number = 0;
	int rc = 0;
	FILE *f;

	if (!config && !home)
		return 0;
	snprintf(file, sizeof(file), "%s%s/hms/ctl.conf", config ? config : home, config ? "" : "/.config");
	f = fopen(file, "r");
	if (!f)
		return 0;
	while (!rc && fgets(line, sizeof(line), f))
		rc = read_line(out, hms_str(line), file, ++number, err);
	fclose(f);
	return rc;
}

static int override(char out[512], const char *variable, const char *option, struct hms_err *err)
{
	const char *value = option ? option : getenv(variable);

	return value && *value ? keep(out, hms_str(value), err) : 0;
}

int ctl_settings_read(const struct ctl *ctl, struct ctl_settings *out, struct hms_err *err)
{
	int rc;

	*out = (struct ctl_settings){ 0 };
	if ((rc = read_file(out, err)) || (rc = override(out->url, "HMS_API_URL", ctl->option[CTL_URL], err)) ||
	    (rc = override(out->token, "HMS_API_TOKEN", ctl->option[CTL_TOKEN], err)))
		return rc;
	if (!out->url[0])
		return hms_err_set(err, HMS_ENOENT, "where is the API? --url, HMS_API_URL or ~/.config/hms/ctl.conf");
	if (!out->token[0])
		return hms_err_set(err, HMS_ENOENT, "a token is needed: HMS_API_TOKEN or ~/.config/hms/ctl.conf");
	return 0;
}
