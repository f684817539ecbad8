/** Notes from inside. */
#ifndef DESIRED_NOTES_H
#define DESIRED_NOTES_H

#include "hms/desired/known.h"

/* Members. */
#define NOTE_REFUSED "refused"		   /* {path: fault code} */
#define NOTE_UNTOLD "untold"		   /* {path: fault code}: its notification is refused */
#define NOTE_NOTIFY "notify"		   /* {path: notification} */
#define NOTE_WRITTEN "written"		   /* {path: digest} of what reads back empty */
#define NOTE_TABLES "tables"		   /* {table: [instance, ...]} */
#define NOTE_OURS "ours"		   /* {table: {instance: identity of the row that it was made for}} */
#define NOTE_OPEN "open"		   /* {"table", "was": [...], "row": identity or "gone": instance} */
#define NOTE_SEEN "seen"		   /* {partial path: true}: has been read */
#define NOTE_READ_MAX "read_max"	   /* most names of a read, after one was refused */
#define NOTE_TELL_MAX "tell_max"	   /* the same for SetParameterAttributes */
#define NOTE_NO_ATTRIBUTES "no_attributes" /* it has no such methods */
#define NOTE_NO_FILES "no_files"	   /* it takes no Download */

/** A member of the object of that name, both as they are; NULL: none. */
json_t *note_get(const json_t *notes, const char *member, struct hms_str key);
/** Sets it, and makes the object; takes value over. */
void note_set(json_t *notes, const char *member, struct hms_str key, json_t *value);
void note_drop(json_t *notes, const char *member, struct hms_str key);

/** A table, or a part of the tree, in which there is nothing. */
void known_read_empty(struct hms_known *known, struct hms_str path);

void note_hex(uint64_t value, char out[17]);

#endif
