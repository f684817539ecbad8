/** Intrusive doubly linked lists. A node is in at most one list; an unlinked node points at itself. */
#ifndef HMS_BASE_LIST_H
#define HMS_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct hms_list {
	struct hms_list *next, *prev;
};

#define HMS_LIST_INIT(name)      \
	{                        \
		&(name), &(name) \
	}
#define hms_container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static inline void hms_list_init(struct hms_list *l) { l->next = l->prev = l; }
static inline bool hms_list_empty(const struct hms_list *l) { return l->next == l; }
static inline void hms_list_insert_before(struct hms_list *at, struct hms_list *node)
{
	node->prev = at->prev;
	node->next = at;
	at->prev->next = node;
	at->prev = node;
}
static inline void hms_list_push_back(struct hms_list *head, struct hms_list *node) { hms_list_insert_before(head, node); }
static inline void hms_list_push_front(struct hms_list *head, struct hms_list *node) { hms_list_insert_before(head->next, node); }
/** Safe on a node that is in no list. */
static inline void hms_list_remove(struct hms_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	hms_list_init(node);
}

/** Iterates; the current node may be removed. */
#define hms_list_foreach(it, nxt, head) for ((it) = (head)->next, (nxt) = (it)->next; (it) != (head); (it) = (nxt), (nxt) = (it)->next)

#endif
