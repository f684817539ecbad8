/* Ranges of inputs: by bytes, and by halves around a culprit. */
#include "cut.h"

/* One input at least, whatever its size. */
static size_t end_by_bytes(const struct stream_cut *cut, size_t from)
{
	size_t sum = cut->bytes[from], to = from + 1;

	while (to < cut->count && sum <= cut->bytes_max && cut->bytes[to] <= cut->bytes_max - sum)
		sum += cut->bytes[to++];
	return to;
}

void stream_cut_begin(struct stream_cut *cut, const size_t *bytes, size_t count, size_t bytes_max)
{
	*cut = (struct stream_cut){ .bytes = bytes, .count = count, .bytes_max = bytes_max };
	cut->to = end_by_bytes(cut, 0);
}

bool stream_cut_halve(struct stream_cut *cut)
{
	if (cut->to - cut->from < 2)
		return false;
	cut->ends[cut->depth++] = cut->to; /* each half is at most half as long: the depth is at most the bits of a size_t */
	cut->to = cut->from + (cut->to - cut->from) / 2;
	return true;
}

bool stream_cut_next(struct stream_cut *cut)
{
	cut->from = cut->to;
	while (cut->depth && cut->ends[cut->depth - 1] == cut->from) /* its second half was the last of it */
		cut->depth--;
	if (cut->depth) {
		cut->to = cut->ends[cut->depth - 1];
		return true;
	}
	if (cut->from == cut->count)
		return false;
	cut->to = end_by_bytes(cut, cut->from);
	return true;
}
