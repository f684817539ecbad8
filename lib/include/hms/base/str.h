/** Borrowed strings: a pointer and a length, not terminated. Whoever hands one out says until when it lives. */
#ifndef HMS_BASE_STR_H
#define HMS_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hms_str {
	const char *p;
	size_t len;
};

#define HMS_STR(literal) ((struct hms_str){ (literal), sizeof(literal) - 1 })
#define HMS_STR_FMT(s) (int)(s).len, ((s).p ? (s).p : "")

static inline struct hms_str hms_str(const char *z) { return (struct hms_str){ z, z ? strlen(z) : 0 }; }
static inline struct hms_str hms_strn(const char *p, size_t len) { return (struct hms_str){ p, len }; }
static inline bool hms_str_eq(struct hms_str a, struct hms_str b) { return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0); }
static inline bool hms_str_eqz(struct hms_str a, const char *z) { return hms_str_eq(a, hms_str(z)); }
static inline bool hms_str_starts(struct hms_str s, struct hms_str prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.p, prefix.p, prefix.len) == 0);
}
static inline bool hms_str_ends(struct hms_str s, struct hms_str suffix)
{
	return s.len >= suffix.len && (suffix.len == 0 || memcmp(s.p + s.len - suffix.len, suffix.p, suffix.len) == 0);
}

/** ASCII comparison that ignores case. */
bool hms_str_caseeq(struct hms_str a, struct hms_str b);

/** memcmp order, the shorter first on a tie; for qsort and bsearch. */
int hms_str_cmp(struct hms_str a, struct hms_str b);

/** Without leading and trailing XML white space (space, tab, CR, LF). */
struct hms_str hms_str_trim(struct hms_str s);

/** Splits at the first sep: returns the part before it and leaves the rest in *rest (p NULL when sep was not there). */
struct hms_str hms_str_split(struct hms_str *rest, char sep);

/** Decimal integers without white space or sign other than a leading '-'. Errors: HMS_ESYNTAX, HMS_ETOOBIG. */
int hms_str_u64(struct hms_str s, uint64_t *out);
int hms_str_i64(struct hms_str s, int64_t *out);

/** xsd:boolean in any spelling seen in the field: 0 1 true false, any case, outer white space. Errors: HMS_ESYNTAX. */
int hms_str_bool(struct hms_str s, bool *out);

/** Whether s is valid UTF-8 without U+0000, surrogates and overlong forms. */
bool hms_utf8_valid(struct hms_str s);
/** Bytes (1..4) of the character at the start of s, 0 when it is not valid as above or s is empty. */
size_t hms_utf8_next(struct hms_str s);

/** A malloc'ed, terminated copy; NULL when out of memory. */
char *hms_str_dup(struct hms_str s);

#endif
