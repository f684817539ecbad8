/* hiredis on our loop: its hooks, over a duplicate of its descriptor. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/base/err.h"
#include "redis_internal.h"

/* hiredis closes its descriptor at once, the loop wants it open until it has let go: so the loop watches a duplicate,
 * closed when it says so. */
struct watch {
	redisAsyncContext *ac; /* NULL once hiredis is done */
	struct hms_loop *loop;
	struct hms_io *io;
	struct hms_defer write; /* what this turn of the loop asks for leaves in one write at its end */
	bool writing;
	int fd, events;
};

static void on_closed(void *arg)
{
	struct watch *watch = arg;

	close(watch->fd);
	free(watch);
}

static void on_ready(struct hms_io *io, int events, void *arg)
{
	struct watch *watch = arg;

	(void)io;
	if (events & HMS_IO_READ && watch->ac)
		redisAsyncHandleRead(watch->ac);
	/* the read may have ended the connection; the watch itself lives until on_closed */
	if (events & HMS_IO_WRITE && watch->ac)
		redisAsyncHandleWrite(watch->ac);
}

/* A loop that cannot watch leaves the commands unanswered: their time-outs renew the connection. */
static void set(struct watch *watch, int add, int del)
{
	watch->events = (watch->events | add) & ~del;
	hms_io_set(watch->io, watch->events);
}

static void add_read(void *arg) { set(arg, HMS_IO_READ, 0); }

static void del_read(void *arg) { set(arg, 0, HMS_IO_READ); }

/* The socket nearly always takes it: waiting until it says so would cost two changes of what is waited for and a turn of the loop. */
static void on_write(struct hms_defer *defer, void *arg)
{
	struct watch *watch = arg;

	(void)defer;
	watch->writing = true;
	redisAsyncHandleWrite(watch->ac);
	watch->writing = false;
}

static void add_write(void *arg)
{
	struct watch *watch = arg;

	if (watch->writing || !(watch->ac->c.flags & REDIS_CONNECTED))
		set(watch, HMS_IO_WRITE, 0);
	else if (!(watch->events & HMS_IO_WRITE))
		hms_defer_schedule(watch->loop, &watch->write);
}

static void del_write(void *arg) { set(arg, 0, HMS_IO_WRITE); }

static void cleanup(void *arg)
{
	struct watch *watch = arg;

	watch->ac = NULL;
	hms_defer_cancel(&watch->write);
	hms_io_close(watch->io, on_closed, watch);
}

int redis_adapter_attach(redisAsyncContext *ac, struct hms_loop *loop)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return HMS_ENOMEM;
	watch->ac = ac;
	watch->loop = loop;
	hms_defer_init(&watch->write, on_write, watch);
	fcntl(ac->c.fd, F_SETFD, FD_CLOEXEC);
	watch->fd = fcntl(ac->c.fd, F_DUPFD_CLOEXEC, 0);
	if (watch->fd < 0) {
		free(watch);
		return HMS_EIO;
	}
	watch->io = hms_io_new(loop, watch->fd, on_ready, watch);
	if (!watch->io) {
		on_closed(watch);
		return HMS_ENOMEM;
	}
	ac->ev.data = watch;
	ac->ev.addRead = add_read;
	ac->ev.delRead = del_read;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	ac->ev.cleanup = cleanup;
	return 0;
}
