/** Tokens of callers: looked up in PostgreSQL, kept for a moment. */
#ifndef NBI_TOKEN_H
#define NBI_TOKEN_H

#include "hms/base/str.h"
#include "hms/pg/pg.h"
#include "route.h"

struct nbi;

struct nbi_token {
	uint8_t id[16];
	uint8_t hash[32];
	enum nbi_role role;
	char name[65], tenant[65];
};

extern const char *const nbi_role_names[];

struct nbi_tokens;
struct nbi_tokens *nbi_tokens_new(void);
void nbi_tokens_free(struct nbi_tokens **tokens);

/** SHA-256 of the token in an Authorization header ("Bearer <token>"). Returns 0 or HMS_ESYNTAX. */
int nbi_token_hash(struct hms_str header, uint8_t hash[32]);
/** A token that was looked up less than token_cache ago. */
bool nbi_token_cached(struct nbi *nbi, const uint8_t hash[32], struct nbi_token *out);
/** Adds the question to a batch; nbi_token_row() reads its row, if there is one. */
void nbi_token_ask(struct hms_pg_batch *batch, const uint8_t hash[32], hms_pg_rows_cb *rows, void *arg);
bool nbi_token_row(struct nbi *nbi, const struct hms_pg_result *res, const uint8_t hash[32], struct nbi_token *out);

#endif
