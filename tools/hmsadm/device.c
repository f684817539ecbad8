/* hmsadm allow, hmsadm credential: functions of the schema, called once each. */
#include <stdio.h>
#include <stdlib.h>

#include "hms/device/credential.h"
#include "hms/pg/pg.h"
#include "hmsadm.h"

static const struct hms_pg_stmt allow = { "allow", "select device_allow($1, $2, $3, $4)::text" };
static const struct hms_pg_stmt set_credential = { "set_credential", "select device_credential_set($1, $2, $3)" };

static const struct hms_pg_stmt forget_credential = { "forget_credential", "select device_credential_forget($1)" };

static int check_identity(const struct adm_options *o, struct hms_err *err)
{
	if (!o->oui || !o->serial)
		return hms_err_set(err, HMS_EINVAL, "--oui and --serial are needed");
	return 0;
}

static struct hms_str text_or(const char *text, const char *fallback) { return hms_str(text ? text : fallback); }

/* ---------------------------------------------------------------- allow */

static void print_id(const struct hms_pg_result *res, void *arg)
{
	struct hms_str id = hms_pg_get_str(res, 0, 0);

	(void)arg;
	printf("%.*s\n", HMS_STR_FMT(id));
}

static void fill_allow(struct hms_pg_batch *batch, void *arg)
{
	const struct adm_options *o = arg;

	hms_pg_stmt_begin(batch, &allow, print_id, NULL);
	hms_pg_p_text(batch, text_or(o->tenant, "default"));
	hms_pg_p_text(batch, hms_str(o->oui));
	hms_pg_p_text(batch, text_or(o->product_class, ""));
	hms_pg_p_text(batch, hms_str(o->serial));
}

int adm_allow(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err)
{
	int rc = check_identity(options, err);

	return rc ? rc : adm_call_once(conf, fill_allow, (void *)options, err);
}

/* ---------------------------------------------------------------- credential */

struct sealed {
	struct hms_device_id id;
	enum hms_credential_kind kind;
	struct hms_buf bytes;
};

static void fill_credential(struct hms_pg_batch *batch, void *arg)
{
	const struct sealed *s = arg;

	hms_pg_stmt_begin(batch, &set_credential, NULL, NULL);
	hms_pg_p_uuid(batch, s->id.b);
	hms_pg_p_int2(batch, (int16_t)s->kind);
	hms_pg_p_bytea(batch, hms_buf_view(&s->bytes));
}

static void fill_forget(struct hms_pg_batch *batch, void *arg)
{
	const struct adm_options *o = arg;
	struct hms_device_id id =
		hms_device_id(text_or(o->tenant, "default"), hms_str(o->oui), text_or(o->product_class, ""), hms_str(o->serial));

	hms_pg_stmt_begin(batch, &forget_credential, NULL, NULL);
	hms_pg_p_uuid(batch, id.b);
}

static int read_password(const char *file, char *out, size_t size, struct hms_err *err)
{
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
	char *line = f ? fgets(out, (int)size, f) : NULL;

	if (f && f != stdin)
		fclose(f);
	if (!line)
		return hms_err_set(err, HMS_ENOENT, "--password-file: nothing to read in %s", file);
	if (strlen(out) + 1 == size && out[size - 2] != '\n')
		return hms_err_set(err, HMS_EINVAL, "--password-file: the password is longer than %zu characters", size - 2);
	out[strcspn(out, "\r\n")] = '\0';
	return out[0] ? 0 : hms_err_set(err, HMS_EINVAL, "--password-file: the password is empty");
}

static int seal(const struct adm_options *o, const char *password, struct sealed *s, struct hms_err *err)
{
	const char *file = o->secret_file ? o->secret_file : getenv("HMS_SERVICE_SECRET_FILE");
	struct hms_credential c = { .kind = s->kind };
	struct hms_secret *secret = NULL;
	struct hms_sealer *sealer = NULL;
	int rc;

	if (!file)
		return hms_err_set(err, HMS_EINVAL, "--secret-file (or HMS_SERVICE_SECRET_FILE) is needed");
	rc = hms_secret_load(file, &secret, err);
	if (rc)
		return rc;
	snprintf(c.username, sizeof(c.username), "%s", o->username);
	snprintf(c.password, sizeof(c.password), "%.256s", password);
	hms_credential_derive(&c, text_or(o->realm, "hms"));
	sealer = hms_sealer_new(secret, HMS_CREDENTIAL_PURPOSE, 0);
	rc = sealer ? hms_credential_seal(sealer, s->id, &c, &s->bytes) : HMS_ENOMEM;
	hms_sealer_free(&sealer);
	hms_secret_free(&secret);
	return rc ? hms_err_set(err, rc, "the credential cannot be sealed") : 0;
}

static const struct {
	const char *name;
	enum hms_credential_kind kind;
} kinds[] = {
	{ "own", HMS_CREDENTIAL_OWN },
	{ "pending", HMS_CREDENTIAL_PENDING },
	{ "connection", HMS_CREDENTIAL_CONNECTION },
};

static int read_kind(const char *name, enum hms_credential_kind *out, struct hms_err *err)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!name || strcmp(name, kinds[i].name) == 0) {
			*out = kinds[i].kind;
			return 0;
		}
	return hms_err_set(err, HMS_EINVAL, "--kind is own, pending, connection or none");
}

int adm_credential(const struct adm_options *o, const struct hms_conf *conf, struct hms_err *err)
{
	struct sealed s = { .kind = HMS_CREDENTIAL_OWN, .bytes = HMS_BUF_INIT(4096) };
	char password[258];
	int rc = check_identity(o, err);

	if (rc)
		return rc;
	if (o->kind && strcmp(o->kind, "none") == 0)
		return adm_call_once(conf, fill_forget, (void *)o, err);
	if (!o->username || strlen(o->username) > 256 || !o->password_file)
		return hms_err_set(err, HMS_EINVAL, "--username (at most 256 characters) and --password-file are needed");
	rc = read_kind(o->kind, &s.kind, err);
	if (rc)
		return rc;
	s.id = hms_device_id(text_or(o->tenant, "default"), hms_str(o->oui), text_or(o->product_class, ""), hms_str(o->serial));
	if ((rc = read_password(o->password_file, password, sizeof(password), err)) == 0 && (rc = seal(o, password, &s, err)) == 0)
		rc = adm_call_once(conf, fill_credential, &s, err);
	hms_buf_fini(&s.bytes);
	return rc;
}
