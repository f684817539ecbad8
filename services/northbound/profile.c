/* New versions of profiles: their documents are read before PostgreSQL has them. */
#include "profile.h"

/* ---------------------------------------------------------------- documents */

/* Secrets are shown as ***: what was shown is not what they are. Returns the line, from 1, of such a value; 0: there is none. */
static unsigned line_of_stars(struct hms_str text)
{
	static const struct hms_str stars = HMS_STR("\"***\"");
	unsigned line = 1;

	for (size_t i = 0; i + stars.len <= text.len; i++) {
		if (memcmp(text.p + i, stars.p, stars.len) == 0)
			return line;
		line += text.p[i] == '\n';
	}
	return 0;
}

struct hms_profile *nbi_profile_read(struct nbi_req *r)
{
	struct hms_str text = r->body.p ? hms_buf_view(&r->body) : HMS_STR("");
	struct hms_profile *profile = NULL;
	struct hms_err err = { 0 };
	unsigned line;

	if (hms_profile_parse(text, &hms_profile_limits, &profile, &err)) {
		if (err.code == HMS_ENOMEM)
			nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, err.text);
		else
			nbi_refuse_document(r, err.text);
		return NULL;
	}
	line = line_of_stars(text);
	if (!line)
		return profile;
	hms_profile_free(&profile);
	hms_err_set(&err, HMS_EINVAL, "line %u: *** stands for a secret that is not shown; the secret itself is needed", line);
	nbi_refuse_document(r, err.text);
	return NULL;
}

static int add_pool(struct hms_str name, void *arg)
{
	static const struct hms_str prefix = HMS_STR("pool.");
	json_t *pools = arg, *known;
	size_t i;

	if (!hms_str_starts(name, prefix))
		return 0;
	name = hms_strn(name.p + prefix.len, name.len - prefix.len);
	json_array_foreach(pools, i, known)
	{
		if (hms_str_eqz(name, json_string_value(known)))
			return 0;
	}
	return json_array_append_new(pools, json_stringn(name.p, name.len)) ? HMS_ENOMEM : 0;
}

void nbi_run_profile_put(struct nbi_req *r)
{
	struct hms_profile *profile = nbi_profile_read(r);
	json_t *pools = json_array();

	if (!profile) {
		json_decref(pools);
		return;
	}
	if (hms_profile_uses(profile, add_pool, pools) || json_object_set(r->args, "pools", pools))
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
	else
		nbi_run_act(r);
	json_decref(pools);
	hms_profile_free(&profile);
}
