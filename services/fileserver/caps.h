/** What one device or one address may do at a time and a day: a table of fixed size. */
#ifndef FS_CAPS_H
#define FS_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_caps;
struct fs_cap;

/** @param most  entries; beyond it those that are idle longest are forgotten, bytes of the day included. NULL when out of memory. */
struct fs_caps *fs_caps_new(size_t most);
/** All caps must have been given back. */
void fs_caps_free(struct fs_caps **caps);

enum fs_cap_result { FS_CAP_OK, FS_CAP_BUSY, FS_CAP_DAY, FS_CAP_FULL };
/** Takes one of the places of a key (16 bytes). @param at_once, day_bytes  the limits; 0: none.  @param expected  bytes that are known to come.
 *  @param day  a number that changes each day. FS_CAP_FULL: no entry is idle, or out of memory. *out is to be given back when FS_CAP_OK. */
enum fs_cap_result fs_cap_take(struct fs_caps *caps, const uint8_t key[16], int64_t at_once, int64_t day_bytes, uint64_t expected,
			       int64_t day, struct fs_cap **out);
/** Counts bytes; false when they exceed the day's. */
bool fs_cap_bytes(struct fs_cap *cap, size_t len);
/** NULL is ignored. */
void fs_cap_give(struct fs_cap **cap);

#endif
