/** Refusals as RFC 9457 problems. No I/O. */
#ifndef NBI_PROBLEM_H
#define NBI_PROBLEM_H

#include "hms/base/buf.h"

enum nbi_problem {
#define NBI_PROBLEM(id, status, name, title) NBI_PROBLEM_##id,
#include "problems.def"
#undef NBI_PROBLEM
	NBI_PROBLEM_COUNT
};

struct nbi_problem_info {
	unsigned status;
	const char *name, *title;
};
const struct nbi_problem_info *nbi_problem_info(enum nbi_problem problem);

/** The first problem of that status; INTERNAL when there is none. */
enum nbi_problem nbi_problem_of(int status);

/** application/problem+json: type, title, status, detail, and field where it is not empty. place: of a mistake in a document; may be NULL. */
struct nbi_place {
	unsigned line;
	struct hms_str member; /* empty: the document as a whole */
};
void nbi_problem_write(struct hms_buf *out, enum nbi_problem problem, const char *detail, const char *field, const struct nbi_place *place);

/** The place in a text "line 12: parameters.lte.tac: ..."; false: there is none. */
bool nbi_place_read(const char *text, struct nbi_place *out);

/** Appends a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void nbi_json_string(struct hms_buf *out, struct hms_str s);

#endif
