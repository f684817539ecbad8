/* Lines of members: a walk over a text that is known to be JSON. */
#include "where.h"

#include <stdio.h>

static void push(struct where *at, const char *name, size_t index)
{
	if (at->depth < WHERE_DEPTH)
		at->parts[at->depth] = (struct where_part){ name, index };
	at->depth++;
}

void where_name(struct where *at, const char *name) { push(at, name, 0); }

void where_index(struct where *at, size_t index) { push(at, NULL, index); }

void where_up(struct where *at) { at->depth--; }

void where_text(const struct where *at, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < at->depth && i < WHERE_DEPTH && len < size; i++) {
		const struct where_part *part = &at->parts[i];
		int n = part->name ? snprintf(out + len, size - len, "%s%s", i ? "." : "", part->name)
				   : snprintf(out + len, size - len, "[%zu]", part->index + 1);

		len += n > 0 ? (size_t)n : 0;
	}
}

/* ---------------------------------------------------------------- the walk */

struct walk {
	const char *p, *end;
	int line;
};

static void blanks(struct walk *w)
{
	for (; w->p < w->end && strchr(" \t\r\n", *w->p) && *w->p; w->p++)
		w->line += *w->p == '\n';
}

/* Behind a string; what stands between its quotes. */
static struct hms_str string(struct walk *w)
{
	const char *begin = ++w->p;

	while (w->p < w->end && *w->p != '"')
		w->p += *w->p == '\\' && w->end - w->p > 1 ? 2 : 1;
	if (w->p < w->end)
		w->p++;
	return hms_strn(begin, (size_t)(w->p - begin) - (w->p > begin));
}

/* Behind a value, whatever it is: brackets are counted, so that depth takes no stack. */
static void skip(struct walk *w)
{
	size_t open = 0;

	do {
		blanks(w);
		if (w->p == w->end)
			return;
		if (*w->p == '"') {
			string(w);
			continue;
		}
		open += *w->p == '{' || *w->p == '[';
		open -= (*w->p == '}' || *w->p == ']') && open;
		w->p++;
	} while (open || (w->p < w->end && !strchr(",}] \t\r\n:", *w->p)));
}

/* To the member, or to the element; false: it is not there. *line: where it begins. */
static bool enter(struct walk *w, const struct where_part *part, int *line)
{
	blanks(w);
	if (w->p == w->end || *w->p != (part->name ? '{' : '['))
		return false;
	w->p++;
	for (size_t i = 0;; i++) {
		struct hms_str name = { NULL, 0 };

		blanks(w);
		if (w->p == w->end || *w->p == '}' || *w->p == ']')
			return false;
		*line = w->line;
		if (part->name) {
			name = string(w);
			blanks(w);
			w->p += w->p < w->end; /* the colon */
		}
		if (part->name ? hms_str_eqz(name, part->name) : i == part->index)
			return true;
		skip(w);
		blanks(w);
		w->p += w->p < w->end && *w->p == ',';
	}
}

int where_line(const struct where *at, struct hms_str text)
{
	struct walk w = { text.p, text.p + text.len, 1 };
	int line = 1;

	for (size_t i = 0; i < at->depth && i < WHERE_DEPTH; i++)
		if (!enter(&w, &at->parts[i], &line))
			break; /* its name is written with escapes: the line of what it is in */
	return line;
}
