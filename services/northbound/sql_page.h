/** Pieces of the statements: filters and pages by key. */
#ifndef NBI_SQL_PAGE_H
#define NBI_SQL_PAGE_H

#define ARG(name) "($2 ->> '" name "')"
/* The n-th part of a cursor that is a JSON array. */
#define CURSOR(n) "(($2 ->> 'cursor')::jsonb ->> " n ")"
#define LIMIT "($2 ->> 'limit')::int"
/* A filter that vanishes from the plan where its argument is absent. */
#define FILTER(name, condition) " and (" ARG(name) " is null or " condition ")"
#define DEVICE "device_id = api_v1.device_find($1, $2 -> 'device')"

/* One page: one row more than was asked for says that there is another. rows: "select ..., <text> as key_ from ... where ..." (key_ is
 * what the next request gives as cursor); order: its order. */
#define PAGE_WHERE(rows, order, where)                                                                                                    \
	"with page as (" rows " order by " order " limit " LIMIT " + 1), n as (select p.*, row_number() over () as rn_ from page p)"      \
	" select jsonb_build_object('items', coalesce(jsonb_agg(to_jsonb(n) - '{rn_,key_,tenant}'::text[] order by rn_)"                  \
	" filter (where rn_ <= " LIMIT "), '[]'), 'next', case when count(*) > " LIMIT " then max(key_::text) filter (where rn_ = " LIMIT \
	") end)"                                                                                                                          \
	"::text from n" where
#define PAGE(rows, order) PAGE_WHERE(rows, order, "")
/* Of a device: no row where there is no such device. */
#define DEVICE_PAGE(rows, order) PAGE_WHERE(rows, order, " having api_v1.device_find($1, $2 -> 'device') is not null")

#endif
