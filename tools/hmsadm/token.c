/* hmsadm token create: 256 random bits for the REST API; PostgreSQL gets their SHA-256 only. */
#include <stdio.h>

#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"
#include "hms/pg/pg.h"
#include "hmsadm.h"

#define NAME_MAX_CHARS 64

static const struct hms_pg_stmt create = { "token_create",
					   "select api_token_create($1, $2, $3, $4, case when $5 > 0 then make_interval(days => $5) end)" };

struct token {
	const struct adm_options *o;
	int32_t days;
	uint8_t hash[32];
};

static void fill(struct hms_pg_batch *batch, void *arg)
{
	const struct token *t = arg;

	hms_pg_stmt_begin(batch, &create, NULL, NULL);
	hms_pg_p_text(batch, hms_str(t->o->tenant ? t->o->tenant : "default"));
	hms_pg_p_text(batch, hms_str(t->o->name));
	hms_pg_p_text(batch, hms_str(t->o->role));
	hms_pg_p_bytea(batch, hms_strn((const char *)t->hash, sizeof(t->hash)));
	hms_pg_p_int4(batch, t->days);
}

static int check(const struct adm_options *o, int32_t *days, struct hms_err *err)
{
	static const char *const roles[] = { "viewer", "operator", "admin" };
	bool known = false;
	uint64_t n = 0;

	if (!o->name || !*o->name || strlen(o->name) > NAME_MAX_CHARS)
		return hms_err_set(err, HMS_EINVAL, "--name is needed, at most %d characters", NAME_MAX_CHARS);
	for (size_t i = 0; o->role && i < sizeof(roles) / sizeof(roles[0]); i++)
		known |= strcmp(o->role, roles[i]) == 0;
	if (!known)
		return hms_err_set(err, HMS_EINVAL, "--role is viewer, operator or admin");
	if (o->days && (hms_str_u64(hms_str(o->days), &n) || n < 1 || n > 36500))
		return hms_err_set(err, HMS_EINVAL, "--days is a number from 1 to 36500");
	*days = (int32_t)n;
	return 0;
}

int adm_token_create(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	struct token t = { .o = options };
	uint8_t random[32];
	char text[64] = "hms_";
	int rc = check(options, &t.days, err);

	if (rc)
		return rc;
	hms_random(random, sizeof(random));
	hms_base64url(random, sizeof(random), text + 4);
	hms_sha256(text, strlen(text), t.hash);
	rc = adm_call_once(conf, fill, &t, err);
	if (!rc)
		printf("%s\n", text);
	return rc;
}
