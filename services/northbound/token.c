/* Tokens of callers. */
#include "token.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/map.h"
#include "hms/crypto/crypto.h"
#include "nbi.h"

#define SLOTS 1024
#define TOKEN_MAX 256

const char *const nbi_role_names[] = { "viewer", "operator", "admin" };

static const struct hms_pg_stmt find_token = {
	"nbi_token",
	"select id, name, tenant, role from api_token where hash = $1 and revoked is null and (expires is null or expires > now())"
};

struct slot {
	struct nbi_token token;
	uint64_t until_ms;
};

/* A place by hash; the newer one stays. */
struct nbi_tokens {
	struct slot slots[SLOTS];
};

struct nbi_tokens *nbi_tokens_new(void) { return calloc(1, sizeof(struct nbi_tokens)); }

void nbi_tokens_free(struct nbi_tokens **tokens)
{
	free(*tokens);
	*tokens = NULL;
}

int nbi_token_hash(struct hms_str header, uint8_t hash[32])
{
	static const struct hms_str scheme = { "bearer", 6 };
	struct hms_str token = header, word = hms_str_split(&token, ' ');

	if (!token.p || !hms_str_caseeq(word, scheme))
		return HMS_ESYNTAX;
	token = hms_str_trim(token);
	if (token.len < 16 || token.len > TOKEN_MAX)
		return HMS_ESYNTAX;
	hms_sha256(token.p, token.len, hash);
	return 0;
}

static struct slot *slot_of(struct nbi *nbi, const uint8_t hash[32]) { return &nbi->tokens->slots[hms_hash(hash, 32) % SLOTS]; }

bool nbi_token_cached(struct nbi *nbi, const uint8_t hash[32], struct nbi_token *out)
{
	const struct slot *slot = slot_of(nbi, hash);

	if (slot->until_ms <= hms_loop_now_ms(nbi->loop) || !hms_equal_ct(slot->token.hash, hash, 32))
		return false;
	*out = slot->token;
	return true;
}

void nbi_token_ask(struct hms_pg_batch *batch, const uint8_t hash[32], hms_pg_rows_cb *rows, void *arg)
{
	hms_pg_stmt_begin(batch, &find_token, rows, arg);
	hms_pg_p_bytea(batch, hms_strn((const char *)hash, 32));
}

static void copy_text(char *out, size_t size, struct hms_str s) { snprintf(out, size, "%.*s", HMS_STR_FMT(s)); }

bool nbi_token_row(struct nbi *nbi, const struct hms_pg_result *res, const uint8_t hash[32], struct nbi_token *out)
{
	struct slot *slot = slot_of(nbi, hash);
	struct hms_str role;

	if (hms_pg_rows(res) != 1)
		return false;
	*out = (struct nbi_token){ .role = NBI_VIEWER };
	hms_pg_get_uuid(res, 0, 0, out->id);
	memcpy(out->hash, hash, sizeof(out->hash));
	copy_text(out->name, sizeof(out->name), hms_pg_get_str(res, 0, 1));
	copy_text(out->tenant, sizeof(out->tenant), hms_pg_get_str(res, 0, 2));
	role = hms_pg_get_str(res, 0, 3);
	for (unsigned i = NBI_VIEWER; i <= NBI_ADMIN; i++)
		if (hms_str_eqz(role, nbi_role_names[i]))
			out->role = i;
	*slot = (struct slot){ .token = *out, .until_ms = hms_loop_now_ms(nbi->loop) + (uint64_t)nbi->conf->token_cache };
	return true;
}
