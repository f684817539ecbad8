/** What the story does itself so that a step comes about: the cell raises and clears an alarm; with --operate, what an operator does. */
#ifndef HNBSIM_STORY_ACT_H
#define HNBSIM_STORY_ACT_H

#include "story.h"

/** No session of the cell is under way. */
void story_act(struct story *story, struct cell *cell);

#endif
