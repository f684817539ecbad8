/** Which of the inputs in hand make up a transaction: at most so many bytes of them, and after a failure for good halves, until the culprit is alone (I5). */
#ifndef STREAM_CUT_H
#define STREAM_CUT_H

#include <stdbool.h>
#include <stddef.h>

enum { STREAM_CUT_DEPTH = 64 };

struct stream_cut {
	const size_t *bytes; /* of each input */
	size_t count, bytes_max;
	size_t from, to;	       /* this transaction's inputs: [from, to) */
	size_t ends[STREAM_CUT_DEPTH]; /* of the ranges that were halved and are not done yet, outermost first */
	unsigned depth;
};

/** The first inputs; count > 0. bytes is borrowed. */
void stream_cut_begin(struct stream_cut *cut, const size_t *bytes, size_t count, size_t bytes_max);
/** [from, to) failed for good: its first half. False when it is one input: the culprit. */
bool stream_cut_halve(struct stream_cut *cut);
/** [from, to) is done with: what follows it. False when nothing does. */
bool stream_cut_next(struct stream_cut *cut);

#endif
