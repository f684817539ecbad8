/* From a record of hms.files to a file of the transaction. */
#include "batch.h"
#include "hms/base/clock.h"

#define SCHEMA 1 /* of FileEvent: what this release can read */
#define ID_BYTES 16

static int set_aside(struct pmi_batch *b, const struct hms_message *msg, const char *reason)
{
	hms_stream_set_aside(b->pmi->stream, msg, reason);
	return 0;
}

/* Files of an account that is no device carry its key as the record's. */
static bool owner_of(const Hms__FileEvent *ev, const struct hms_message *msg, struct hms_device_id *id)
{
	if (ev->device_id.len == ID_BYTES)
		memcpy(id->b, ev->device_id.data, ID_BYTES);
	else if (ev->device_id.len == 0 && msg->key.len == ID_BYTES)
		memcpy(id->b, msg->key.p, ID_BYTES);
	else
		return false;
	return true;
}

static const char *problem_of(struct pmi_batch *b, const Hms__FileEvent *ev, const struct hms_message *msg, struct hms_device_id *id)
{
	if (!owner_of(ev, msg, id))
		return "a FileEvent without a device";
	if (ev->file_id.len != ID_BYTES)
		return "file_id is not 16 bytes";
	if (hms_device_partition(*id, hms_stream_partitions(b->pmi->stream)) != (unsigned)msg->partition)
		return "wrong partition for its device_id";
	if (!hms_utf8_valid(hms_str(ev->name)) || !hms_utf8_valid(hms_str(ev->tenant)))
		return "its text is not UTF-8";
	return NULL;
}

int pmi_record(struct pmi_batch *b, const struct hms_message *msg)
{
	struct hms_arena *arena = hms_stream_arena(b->pmi->stream);
	ProtobufCAllocator allocator = hms_arena_allocator(arena);
	size_t used = hms_arena_used(arena);
	Hms__FileEvent *ev = hms__file_event__unpack(&allocator, msg->value.len, (const uint8_t *)msg->value.p);
	struct pmi_file *f = hms_arena_alloc(arena, sizeof(*f));
	const char *problem;

	if (!f)
		return HMS_ENOMEM;
	if (!ev) /* an arena that is full has taken more than a record holds, or next to nothing is left of it */
		return used + 2 * msg->value.len + 65536 > (size_t)b->pmi->conf->memory_bytes ? HMS_ENOMEM
											      : set_aside(b, msg, "not a FileEvent");
	if (ev->min_reader > SCHEMA)
		return HMS_EVERSION;
	problem = problem_of(b, ev, msg, &f->id);
	if (problem)
		return set_aside(b, msg, problem);
	f->ev = ev;
	*b->tail = f;
	b->tail = &f->next;
	if (!pmi_batch_device(b, f->id))
		return HMS_ENOMEM;
	return ev->kind == HMS__FILE_EVENT__KIND__PM ? pmi_read(b, f) : 0;
}
