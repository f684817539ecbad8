/* Refusals as RFC 9457 problems. */
#include "problem.h"

static const struct nbi_problem_info problems[NBI_PROBLEM_COUNT] = {
#define NBI_PROBLEM(id, status, name, title) [NBI_PROBLEM_##id] = { status, name, title },
#include "problems.def"
#undef NBI_PROBLEM
};

const struct nbi_problem_info *nbi_problem_info(enum nbi_problem problem) { return &problems[problem]; }

enum nbi_problem nbi_problem_of(int status)
{
	for (unsigned i = 0; i < NBI_PROBLEM_COUNT; i++)
		if ((int)problems[i].status == status)
			return i;
	return NBI_PROBLEM_INTERNAL;
}

static void add_char(struct hms_buf *out, unsigned char c)
{
	static const char plain[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (size_t i = 0; i + 1 < sizeof(plain); i += 2)
		if ((unsigned char)plain[i] == c) {
			hms_buf_char(out, '\\');
			hms_buf_char(out, plain[i + 1]);
			return;
		}
	hms_buf_printf(out, "\\u%04x", c);
}

void nbi_json_string(struct hms_buf *out, struct hms_str s)
{
	hms_buf_char(out, '"');
	while (s.len) {
		unsigned char c = (unsigned char)*s.p;
		size_t n = hms_utf8_next(s);

		if (c < 0x20 || c == '"' || c == '\\')
			add_char(out, c);
		else if (n)
			hms_buf_add(out, s.p, n);
		else
			hms_buf_strz(out, "\xef\xbf\xbd");
		n = n ? n : 1;
		s.p += n;
		s.len -= n;
	}
	hms_buf_char(out, '"');
}

bool nbi_place_read(const char *text, struct nbi_place *out)
{
	struct hms_str rest = hms_str(text), line;
	uint64_t number;
	const char *end;

	if (!hms_str_starts(rest, HMS_STR("line ")))
		return false;
	rest = hms_strn(rest.p + 5, rest.len - 5);
	line = hms_str_split(&rest, ':');
	if (hms_str_u64(line, &number) || number > UINT32_MAX || !rest.len || *rest.p != ' ')
		return false;
	rest = hms_strn(rest.p + 1, rest.len - 1);
	end = strstr(rest.p, ": ");
	*out = (struct nbi_place){ .line = (unsigned)number, .member = HMS_STR("") };
	if (end && !memchr(rest.p, ' ', (size_t)(end - rest.p)))
		out->member = hms_strn(rest.p, (size_t)(end - rest.p));
	return true;
}

void nbi_problem_write(struct hms_buf *out, enum nbi_problem problem, const char *detail, const char *field, const struct nbi_place *place)
{
	const struct nbi_problem_info *info = &problems[problem];

	hms_buf_printf(out, "{\"type\":\"urn:hms:problem:%s\",\"title\":\"%s\",\"status\":%u,\"detail\":", info->name, info->title,
		       info->status);
	nbi_json_string(out, hms_str(detail));
	if (field && *field) {
		hms_buf_strz(out, ",\"field\":");
		nbi_json_string(out, hms_str(field));
	}
	if (place) {
		hms_buf_printf(out, ",\"line\":%u,\"member\":", place->line);
		nbi_json_string(out, place->member);
	}
	hms_buf_strz(out, "}");
}
