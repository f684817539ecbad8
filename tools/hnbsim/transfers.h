/** The queue of Downloads, Uploads and changes of deployment units of a cell, kept over reboots (TR-069 A.3.2.8, A.4.1.5, A.4.1.8, A.4.1.10): what waits, what
 *  runs, what is to be reported by TransferComplete or DUStateChangeComplete. No I/O; transfer.h runs them. */
#ifndef HNBSIM_TRANSFERS_H
#define HNBSIM_TRANSFERS_H

#include "du.h"
#include "hms/base/buf.h"
#include "hms/base/err.h"

#define TRANSFERS_MAX 8
#define TRANSFER_FILE_MAX_BYTES ((uint64_t)64 * 1024 * 1024)
#define TRANSFER_KEY_SIZE 33
#define TRANSFER_TEXT_SIZE 257

enum transfer_state { TRANSFER_WAITING, TRANSFER_RUNNING, TRANSFER_FETCHED, TRANSFER_DONE };

struct transfer {
	bool upload;
	uint32_t event, m_event; /* that report its end: enum hms_cwmp_event_bit */
	struct du_op *ops;	 /* of ChangeDUState, which moves no file; NULL: it is a transfer */
	size_t op_count;
	enum transfer_state state;
	char key[TRANSFER_KEY_SIZE], type[65];
	char url[TRANSFER_TEXT_SIZE], user[TRANSFER_TEXT_SIZE], password[TRANSFER_TEXT_SIZE], target[TRANSFER_TEXT_SIZE];
	uint64_t file_size;  /* as announced; 0: unknown */
	uint64_t due_ms;     /* monotonic: not before */
	uint64_t until_ms;   /* monotonic: not begun after; 0: whenever */
	struct hms_buf body; /* FETCHED: until no session is under way */
	uint32_t fault;	     /* DONE: 0 or what TransferComplete says */
	char fault_text[TRANSFER_TEXT_SIZE];
	int64_t start_us, complete_us; /* wall clock; 0: unknown */
	bool sent;		       /* DONE: TransferComplete is under way in this session */
};

struct transfers {
	struct transfer **list; /* TRANSFERS_MAX, once there was one; in the order in which they were asked for */
	uint16_t count;
};

void transfers_fini(struct transfers *transfers);
/** Adds one, zeroed. NULL: the queue is full or memory is; then *full says which. */
struct transfer *transfers_add(struct transfers *transfers, bool *full);
void transfers_remove(struct transfers *transfers, struct transfer *transfer);
/** The first one of a state, or NULL. */
struct transfer *transfers_find(const struct transfers *transfers, enum transfer_state state);
/** The session is over: what was sent in it and not answered is sent again in a later one. */
void transfers_unsend(struct transfers *transfers);
/** The restart cut what was running: it begins anew. */
void transfers_rebooted(struct transfers *transfers);

#endif
