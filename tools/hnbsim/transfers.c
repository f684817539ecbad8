/* The queue of Downloads, Uploads and changes of deployment units of a cell. */
#include "transfers.h"

#include <stdlib.h>

static void free_one(struct transfer *transfer)
{
	hms_buf_fini(&transfer->body);
	free(transfer->ops);
	free(transfer);
}

void transfers_fini(struct transfers *transfers)
{
	for (uint16_t i = 0; i < transfers->count; i++)
		free_one(transfers->list[i]);
	free(transfers->list);
	*transfers = (struct transfers){ 0 };
}

struct transfer *transfers_add(struct transfers *transfers, bool *full)
{
	struct transfer *transfer;

	*full = transfers->count == TRANSFERS_MAX;
	if (!transfers->list)
		transfers->list = calloc(TRANSFERS_MAX, sizeof(struct transfer *));
	if (*full || !transfers->list || !(transfer = calloc(1, sizeof(*transfer))))
		return NULL;
	hms_buf_init(&transfer->body, TRANSFER_FILE_MAX_BYTES);
	transfers->list[transfers->count++] = transfer;
	return transfer;
}

void transfers_remove(struct transfers *transfers, struct transfer *transfer)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < transfers->count; i++)
		if (transfers->list[i] != transfer)
			transfers->list[kept++] = transfers->list[i];
	transfers->count = kept;
	free_one(transfer);
}

struct transfer *transfers_find(const struct transfers *transfers, enum transfer_state state)
{
	for (uint16_t i = 0; i < transfers->count; i++)
		if (transfers->list[i]->state == state)
			return transfers->list[i];
	return NULL;
}

void transfers_unsend(struct transfers *transfers)
{
	for (uint16_t i = 0; i < transfers->count; i++)
		transfers->list[i]->sent = false;
}

void transfers_rebooted(struct transfers *transfers)
{
	for (uint16_t i = 0; i < transfers->count; i++) {
		struct transfer *transfer = transfers->list[i];

		if (transfer->state == TRANSFER_RUNNING)
			transfer->state = TRANSFER_WAITING;
	}
}
