/* Descriptors: one uv_poll handle each, changed only when what to wait for changes. */
#include "loop_internal.h"

#include <stdlib.h>

#include "hms/base/err.h"

struct hms_io {
	uv_poll_t poll;
	int events; /* what libuv waits for now */
	hms_io_cb *cb;
	void *arg;
	void (*closed)(void *arg);
	void *closed_arg;
};

_Static_assert((int)HMS_IO_READ == (int)UV_READABLE && (int)HMS_IO_WRITE == (int)UV_WRITABLE, "events are passed on as they are");

static void io_on_poll(uv_poll_t *poll, int status, int events)
{
	struct hms_io *io = poll->data;

	if (status < 0) {
		io->events = 0; /* libuv has stopped the handle */
		events = HMS_IO_READ | HMS_IO_WRITE;
	}
	io->cb(io, events, io->arg);
}

struct hms_io *hms_io_new(struct hms_loop *loop, int fd, hms_io_cb *cb, void *arg)
{
	struct hms_io *io = calloc(1, sizeof(*io));

	if (!io) {
		return NULL;
	}
	if (uv_poll_init(&loop->uv, &io->poll, fd)) {
		free(io);
		return NULL;
	}
	io->poll.data = io;
	io->cb = cb;
	io->arg = arg;
	return io;
}

int hms_io_set(struct hms_io *io, int events)
{
	if (events == io->events) {
		return 0;
	}
	if (events ? uv_poll_start(&io->poll, events, io_on_poll) : uv_poll_stop(&io->poll)) {
		return HMS_EIO;
	}
	io->events = events;
	return 0;
}

static void io_on_closed(uv_handle_t *handle)
{
	struct hms_io *io = handle->data;

	if (io->closed) {
		io->closed(io->closed_arg);
	}
	free(io);
}

void hms_io_close(struct hms_io *io, void (*closed)(void *arg), void *arg)
{
	io->closed = closed;
	io->closed_arg = arg;
	uv_close((uv_handle_t *)&io->poll, io_on_closed);
}
