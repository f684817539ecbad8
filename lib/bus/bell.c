/* The eventfd between librdkafka's threads and the loop. */
#include "kafka.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct bus_bell {
	int fd;
	struct hms_io *io;
	void (*cb)(void *arg);
	void *arg;
};

static const uint64_t ring = 1;

static void bell_on_io(struct hms_io *io, int events, void *arg)
{
	struct bus_bell *bell = arg;
	uint64_t count;

	(void)io;
	(void)events;
	/* Nothing to read is no error: whoever rang may have been served by an earlier call. */
	if (read(bell->fd, &count, sizeof(count)) == sizeof(count)) {
		bell->cb(bell->arg);
	}
}

struct bus_bell *bus_bell_new(struct hms_loop *loop, void (*cb)(void *arg), void *arg)
{
	struct bus_bell *bell = calloc(1, sizeof(*bell));

	if (!bell) {
		return NULL;
	}
	bell->cb = cb;
	bell->arg = arg;
	bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	bell->io = bell->fd < 0 ? NULL : hms_io_new(loop, bell->fd, bell_on_io, bell);
	if (!bell->io || hms_io_set(bell->io, HMS_IO_READ)) {
		bus_bell_close(&bell);
	}
	return bell;
}

void bus_bell_attach(struct bus_bell *bell, rd_kafka_queue_t *queue)
{
	rd_kafka_queue_io_event_enable(queue, bell->fd, &ring, sizeof(ring));
}

void bus_bell_detach(rd_kafka_queue_t *queue) { rd_kafka_queue_io_event_enable(queue, -1, NULL, 0); }

void bus_bell_ring(struct bus_bell *bell)
{
	/* It cannot fail but for a counter that is full, and then it rings anyway. */
	if (write(bell->fd, &ring, sizeof(ring)) < 0) {
		return;
	}
}

static void bell_on_closed(void *arg)
{
	struct bus_bell *bell = arg;

	if (bell->fd >= 0) {
		close(bell->fd);
	}
	free(bell);
}

void bus_bell_close(struct bus_bell **bell)
{
	struct bus_bell *b = *bell;

	*bell = NULL;
	if (!b) {
		return;
	}
	if (b->io) {
		hms_io_close(b->io, bell_on_closed, b);
	} else {
		bell_on_closed(b);
	}
}
