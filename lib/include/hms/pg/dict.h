/** A dictionary table, cached: texts that have an id for ever. Ids are given outside of transactions, on a connection of their own. One loop thread. */
#ifndef HMS_PG_DICT_H
#define HMS_PG_DICT_H

#include "hms/pg/pg.h"

struct hms_pg_dict;

/** @param learn  one parameter, text[]: gives each an id that has none; returns (int id, text) of all of them.
 *  @param max  most texts that are kept here.
 *  @param forgets  when it is full: true, all are forgotten and asked for again as they come; false, further ones are never asked for, so that the table stays bounded, too.
 *  @param wanted_max  most texts asked for at once.
 *  NULL when out of memory. pg must outlive it. */
struct hms_pg_dict *hms_pg_dict_new(struct hms_pg *pg, const struct hms_pg_stmt *learn, size_t max, size_t wanted_max, bool forgets);
void hms_pg_dict_free(struct hms_pg_dict **dict);

/** The id of a text, 0 when it is not known (yet). */
uint32_t hms_pg_dict_id(const struct hms_pg_dict *dict, struct hms_str text);
/** Takes over an id that the table gave. Returns 0, HMS_EFULL or HMS_ENOMEM. */
int hms_pg_dict_put(struct hms_pg_dict *dict, struct hms_str text, uint32_t id);

/** Notes a text that hms_pg_dict_learn() shall ask for; it is copied. */
void hms_pg_dict_want(struct hms_pg_dict *dict, struct hms_str text);
size_t hms_pg_dict_wanted(const struct hms_pg_dict *dict);
/** Gives ids to all wanted texts, and wants none any more. done runs later, whether it worked or not: code says; not when the connection is freed before. Returns 0 or
 *  HMS_ENOMEM: there is no done then. */
int hms_pg_dict_learn(struct hms_pg_dict *dict, void (*done)(int code, void *arg), void *arg);

#endif
