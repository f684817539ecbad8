/* The sealed session cookie: content, sealing, and finding it in a header. */
#include "cookie.h"

#include "hms/cwmp/cwmp.h"

#define VERSION 3

static uint8_t *put(uint8_t *p, uint64_t value, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0; value >>= 8)
		p[i] = (uint8_t)value;
	return p + bytes;
}

static uint64_t take(const uint8_t **p, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | (*p)[i];
	*p += bytes;
	return value;
}

void fe_cookie_encode(const struct fe_session *s, uint8_t out[FE_COOKIE_PLAIN])
{
	uint8_t *p = out;

	*p++ = VERSION;
	memcpy(p, s->device.b, sizeof(s->device.b));
	p += sizeof(s->device.b);
#define FIELD(bytes, member) p = put(p, (uint64_t)s->member, bytes);
#include "cookie.def"
#undef FIELD
}

int fe_cookie_decode(struct hms_str plain, struct fe_session *out)
{
	const uint8_t *p = (const uint8_t *)plain.p;

	memset(out, 0, sizeof(*out));
	if (plain.len == 0)
		return HMS_ESYNTAX;
	if (*p++ != VERSION)
		return HMS_EVERSION;
	if (plain.len != FE_COOKIE_PLAIN)
		return HMS_ESYNTAX;
	memcpy(out->device.b, p, sizeof(out->device.b));
	p += sizeof(out->device.b);
#define FIELD(bytes, member) out->member = (typeof(out->member))take(&p, bytes);
#include "cookie.def"
#undef FIELD
	/* What indexes tables here. */
	if (out->ns >= HMS_CWMP_NS_COUNT || out->method >= HMS_CWMP_METHOD_COUNT)
		return HMS_ESYNTAX;
	return 0;
}

int fe_cookie_seal(struct hms_sealer *sealer, const struct fe_session *s, struct hms_str tenant, int64_t now_us, struct hms_buf *scratch,
		   char out[FE_COOKIE_SIZE])
{
	uint8_t plain[FE_COOKIE_PLAIN];
	int rc;

	fe_cookie_encode(s, plain);
	hms_buf_reset(scratch);
	rc = hms_seal(sealer, now_us, tenant, plain, sizeof(plain), scratch);
	if (rc != 0)
		return rc;
	hms_base64url(scratch->p, scratch->len, out);
	return 0;
}

int fe_cookie_open(struct hms_sealer *sealer, struct hms_str value, struct hms_str tenant, int64_t now_us, struct hms_buf *scratch,
		   struct fe_session *out)
{
	uint8_t sealed[FE_COOKIE_PLAIN + HMS_SEAL_OVERHEAD];
	int len = hms_unbase64(value, sealed, sizeof(sealed));
	int rc;

	if (len < 0)
		return len == HMS_ETOOBIG ? HMS_ESYNTAX : len;
	hms_buf_reset(scratch);
	rc = hms_unseal(sealer, now_us, tenant, sealed, (size_t)len, scratch);
	if (rc == 0)
		rc = fe_cookie_decode(hms_buf_view(scratch), out);
	if (rc == 0 && out->expiry_us <= now_us)
		rc = HMS_ESTALE;
	return rc;
}

bool fe_cookie_next(struct hms_str *header, struct hms_str *value)
{
	while (header->p) {
		struct hms_str rest = hms_str_split(header, ';');
		struct hms_str name = hms_str_trim(hms_str_split(&rest, '='));

		if (!hms_str_eqz(name, FE_COOKIE_NAME))
			continue;
		*value = hms_str_trim(rest);
		if (value->len >= 2 && value->p[0] == '"' && value->p[value->len - 1] == '"')
			*value = hms_strn(value->p + 1, value->len - 2);
		return true;
	}
	return false;
}
