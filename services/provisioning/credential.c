/* Credentials of its own for a device: made at the first contact, pending until the device has shown them. */
#include "credential.h"

#include "hms/base/err.h"
#include "values.h"

enum { PASSWORD_LEN = 32, NAME_LEN = 16 };

void prov_credential_list(struct hms_arena *arena, struct prov_device *d)
{
	struct hms_buf list = HMS_BUF_INIT(16384);

	for (int kind = HMS_CREDENTIAL_OWN; kind <= HMS_CREDENTIAL_PENDING; kind++)
		if (d->sealed[kind].p)
			hms_credential_list_add(&list, d->sealed[kind]);
	d->credentials = hms_arena_str(arena, hms_buf_view(&list));
	d->failed |= list.failed || !d->credentials.p;
	hms_buf_fini(&list);
}

/* sealed.p NULL: there is none any more. */
static void set(struct prov_context *ctx, struct prov_device *d, enum hms_credential_kind kind, struct hms_str sealed)
{
	d->sealed[kind] = sealed;
	d->sealed_dirty |= 1u << kind;
	d->entry_dirty = true;
	prov_credential_list(ctx->arena, d);
}

static int keep(struct prov_context *ctx, struct prov_device *d, const struct hms_credential *c)
{
	struct hms_buf sealed = HMS_BUF_INIT(4096);
	int rc = hms_credential_seal(ctx->sealer, d->id, c, &sealed);
	struct hms_str copy = rc ? (struct hms_str){ NULL, 0 } : hms_arena_str(ctx->arena, hms_buf_view(&sealed));

	hms_buf_fini(&sealed);
	if (!copy.p)
		return HMS_ENOMEM;
	set(ctx, d, c->kind, copy);
	return 0;
}

/* What is in one kind goes to another, unless it cannot be opened. */
static void move(struct prov_context *ctx, struct prov_device *d, enum hms_credential_kind from, enum hms_credential_kind to)
{
	struct hms_credential c;

	if (!d->sealed[from].p || !ctx->sealer || hms_credential_unseal(ctx->sealer, d->id, d->sealed[from], &c))
		return;
	c.kind = to;
	if (keep(ctx, d, &c))
		d->failed = true;
	else
		set(ctx, d, from, (struct hms_str){ NULL, 0 });
	explicit_bzero(&c, sizeof(c));
}

/* ---- what the device shows ---- */
static void taken(struct prov_context *ctx, struct prov_device *d)
{
	move(ctx, d, HMS_CREDENTIAL_PENDING, HMS_CREDENTIAL_OWN);
	move(ctx, d, HMS_CREDENTIAL_CONNECTION_PENDING, HMS_CREDENTIAL_CONNECTION);
	prov_device_set_duties(d, 0, PROV_DUTY_CREDENTIALS);
	prov_device_note(d, ctx->arena, "credentials", "", NULL);
}

/* Whether it needs to be told, for the first time or again. At a listener that asks for nothing only its first contact says so. */
static bool needs(const struct prov_device *d, const Hms__DeviceEvent *ev)
{
	bool own = d->sealed[HMS_CREDENTIAL_OWN].p, pending = d->sealed[HMS_CREDENTIAL_PENDING].p,
	     fresh = ev->classes & HMS_EVENT_BOOTSTRAP;

	switch (ev->inform->credential) {
	case HMS__INFORM__CREDENTIAL__OWN:
		return pending; /* it was told, and has not taken it */
	case HMS__INFORM__CREDENTIAL__SHARED:
		return pending || fresh || (!own && ev->classes & HMS_EVENT_BOOT);
	default:
		return fresh && !own;
	}
}

void prov_credential_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	if (ev->inform->credential == HMS__INFORM__CREDENTIAL__PENDING)
		taken(ctx, d);
	else if (needs(d, ev) && !prov_device_owes(d, PROV_DUTY_CREDENTIALS))
		prov_device_set_duties(d, PROV_DUTY_CREDENTIALS, 0);
}

void prov_credential_reset(struct prov_context *ctx, struct prov_device *d)
{
	move(ctx, d, HMS_CREDENTIAL_OWN, HMS_CREDENTIAL_PENDING);
	move(ctx, d, HMS_CREDENTIAL_CONNECTION, HMS_CREDENTIAL_CONNECTION_PENDING);
}

/* ---- what it is told ---- */
static int make(struct prov_context *ctx, struct prov_device *d, enum hms_credential_kind kind)
{
	struct hms_credential c = { .kind = kind };
	int rc = 0;

	if (kind == HMS_CREDENTIAL_PENDING) /* [A5] */
		rc = hms_device_username(d->cold.oui, d->cold.product_class, d->cold.serial, c.username, sizeof(c.username));
	else
		hms_credential_random(c.username, NAME_LEN);
	hms_credential_random(c.password, PASSWORD_LEN);
	hms_credential_derive(&c, ctx->realm);
	if (rc >= 0)
		rc = keep(ctx, d, &c);
	explicit_bzero(&c, sizeof(c));
	return rc < 0 ? rc : 0;
}

static int add_sealed(struct prov_context *ctx, struct prov_device *d, const char *name, const char *text, json_t *rows)
{
	struct hms_str path = prov_values_path(ctx, d, name, NULL);
	struct hms_buf sealed = HMS_BUF_INIT(4096);
	int rc;

	if (!path.p)
		return 0;
	rc = hms_credential_text_seal(ctx->sealer, d->id, hms_str(text), &sealed);
	if (rc == 0)
		json_array_append_new(
			rows, json_pack("{s:s%,s:s,s:s}", "Name", path.p, path.len, "Sealed", hms_buf_z(&sealed), "Type", "xsd:string"));
	hms_buf_fini(&sealed);
	return rc;
}

static int add_pair(struct prov_context *ctx, struct prov_device *d, enum hms_credential_kind kind, const char *username,
		    const char *password, json_t *rows)
{
	struct hms_credential c;
	int rc = 0;

	if (!d->sealed[kind].p || hms_credential_unseal(ctx->sealer, d->id, d->sealed[kind], &c)) {
		rc = make(ctx, d, kind);
		if (rc == 0)
			rc = hms_credential_unseal(ctx->sealer, d->id, d->sealed[kind], &c);
	}
	if (rc == 0)
		rc = add_sealed(ctx, d, username, c.username, rows);
	if (rc == 0)
		rc = add_sealed(ctx, d, password, c.password, rows);
	explicit_bzero(&c, sizeof(c));
	return rc;
}

int prov_credential_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			    struct hms_str *payload, struct hms_err *err)
{
	json_t *rows;
	int rc;

	(void)choice;
	(void)part;
	if (!ctx->sealer)
		return hms_err_set(err, HMS_EINVAL, "credentials cannot be sealed: no [service] secret_file");
	if (!prov_values_path(ctx, d, "management.username", NULL).p || !prov_values_path(ctx, d, "management.password", NULL).p)
		return hms_err_set(err, HMS_ENOENT, "the data model has no management.username and management.password");
	rows = json_array();
	rc = add_pair(ctx, d, HMS_CREDENTIAL_PENDING, "management.username", "management.password", rows);
	if (rc == 0 && prov_values_path(ctx, d, "management.connection_request_username", NULL).p)
		rc = add_pair(ctx, d, HMS_CREDENTIAL_CONNECTION_PENDING, "management.connection_request_username",
			      "management.connection_request_password", rows);
	if (rc == 0)
		return prov_values_dump(ctx, json_pack("{s:o}", "ParameterList", rows), payload);
	json_decref(rows);
	return hms_err_set(err, rc, "credentials: %s", hms_strerror(rc));
}
